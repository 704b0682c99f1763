#include "support/test.hpp"

using namespace tweedie;

TEST_CASE("the variances of a step equal their definition by differences of squares") {
  for (const auto& [t, s] : {std::pair{VariancePreserving{}(0.7), VariancePreserving{}(0.3)},
                             std::pair{EDM{}(3), EDM{}(1)}, std::pair{RectifiedFlow{}(0.9), RectifiedFlow{}(0.2)}}) {
    const double a = t.alpha / s.alpha, b2 = t.sigma * t.sigma - a * a * s.sigma * s.sigma;
    CHECK(std::abs(forward_variance(t, s) / b2 - 1) < 1e-14);
    CHECK(std::abs(posterior_variance(t, s) / (b2 * s.sigma * s.sigma / (t.sigma * t.sigma)) - 1) < 1e-14);
  }
}

TEST_CASE("the variances of a step at the ends of a schedule") {
  const Level t = VariancePreserving{}(0.5), end = Cosine{}(1), s = Cosine{}(0.5);
  CHECK(posterior_variance(t, clean) == 0);
  CHECK(forward_variance(t, clean) == t.sigma * t.sigma);
  CHECK(std::abs(forward_variance(end, s) - 1) < 1e-15);  // nothing of s is left at α = 0
  CHECK(std::abs(posterior_variance(end, s) - s.sigma * s.sigma) < 1e-16);
  CHECK(posterior_variance(t, t) == 0);
}

TEST_CASE("the variances of a step are refused towards more noise, and from no noise") {
  CHECK(tests::contains(tests::refusal([] { posterior_variance(EDM{}(1), EDM{}(2)); }), "less noise only"));
  CHECK(tests::contains(tests::refusal([] { forward_variance(clean, clean); }), "sigma = 0"));
}
