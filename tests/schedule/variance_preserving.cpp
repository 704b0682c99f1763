#include "laws.hpp"

using namespace tweedie;

TEST_CASE("VariancePreserving obeys the laws of a schedule") {
  obeys::schedule(VariancePreserving{}, 0, 1);
  obeys::schedule(VariancePreserving{.beta_min = 1, .beta_max = 1}, 0, 1);  // constant β
  for (const double least : {1e-150, 1e-200, 1e-3}) obeys::schedule(VariancePreserving{.beta_min = least}, 0, 1);
  obeys::variance_preserving(VariancePreserving{}, 0, 1);
}

TEST_CASE("VariancePreserving at its ends") {
  const Level start = VariancePreserving{}(0), end = VariancePreserving{}(1);
  CHECK(start.alpha == 1);
  CHECK(start.sigma == 0);
  CHECK(std::isinf(start.d_sigma));
  CHECK(std::abs(end.alpha - std::exp(-10.05 / 2)) < 1e-16);  // B(1) = (0.1 + 20)/2
  CHECK(VariancePreserving{}.time(std::numeric_limits<double>::infinity()) == 0);
}

TEST_CASE("VariancePreserving keeps full precision near the data, where 1 - alpha^2 has none") {
  const double t = 1e-9, B = 0.1 * t + 9.95 * t * t;
  CHECK(std::abs(VariancePreserving{}(t).sigma / std::sqrt(B - B * B / 2) - 1) < 1e-15);
}

TEST_CASE("VariancePreserving of hardly any noise: with constant beta the time is B/beta") {
  const VariancePreserving faint{.beta_min = 1e-200, .beta_max = 1e-200};
  CHECK(std::abs(faint.time(231) / (std::exp(-462) * 1e200) - 1) < 1e-13);
  CHECK(std::abs(faint(0.25).sigma / 0.5e-100 - 1) < 1e-15);
}

TEST_CASE("VariancePreserving inverts lambda far beyond both ends of exp") {
  CHECK(std::abs(variance_preserving_integral(-400) - 800) < 1e-12);
  CHECK(variance_preserving_integral(400) == std::exp(-800));
  CHECK(std::abs(variance_preserving_integral(0) - std::log(2)) < 1e-16);
}

TEST_CASE("VariancePreserving refuses") {
  CHECK(tests::contains(tests::refusal([] { VariancePreserving{}(-0.1); }), "VariancePreserving", "-0.1", "[0, 1]"));
  CHECK(tests::contains(tests::refusal([] { VariancePreserving{}(999); }), "999", "[0, 1]"));
  CHECK(tests::contains(tests::refusal([] { VariancePreserving{}(std::nan("")); }), "nan"));
  CHECK(tests::contains(tests::refusal([] { VariancePreserving{.beta_min = 3, .beta_max = 2}(0.5); }),
                        "beta_min <= beta_max", "3", "2"));
  CHECK(tests::contains(
      tests::refusal([] { VariancePreserving{.beta_max = std::numeric_limits<double>::infinity()}(0.5); }), "inf"));
}

TEST_CASE("VariancePreserving: the end is found through rounding, and what is noisier is refused by lambda and range") {
  const double end = lambda(VariancePreserving{}(1));
  CHECK(VariancePreserving{}.time(end - 1e-14) == 1);
  CHECK(tests::contains(tests::refusal([&] { VariancePreserving{}.time(-6); }), "VariancePreserving: lambda = -6",
                        "sigma/alpha = 403.4", "noisier than the end", "lambda = -5.0249", "at time 1"));
  CHECK(tests::contains(tests::refusal([&] { VariancePreserving{}.time(end - 1e-9); }), "noisier than the end"));
  CHECK(tests::contains(tests::refusal([] { VariancePreserving{}.time(std::nan("")); }), "not a number"));
}
