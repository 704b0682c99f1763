#include "laws.hpp"

using namespace tweedie;

TEST_CASE("SubVariancePreserving obeys the laws of a schedule") {
  obeys::schedule(SubVariancePreserving{}, 0, 1);
  obeys::schedule(SubVariancePreserving{.beta_min = 1e-150}, 0, 1);
}

TEST_CASE("SubVariancePreserving has VP's mean and the square of its noise") {
  for (const double t : {0.0, 0.2, 1.0}) {
    const Level sub = SubVariancePreserving{}(t), vp = VariancePreserving{}(t);
    CHECK(sub.alpha == vp.alpha);
    CHECK(std::abs(sub.sigma - vp.sigma * vp.sigma) < 1e-15);
  }
}

TEST_CASE("SubVariancePreserving refuses") {
  CHECK(tests::contains(tests::refusal([] { SubVariancePreserving{}(2); }), "SubVariancePreserving", "time 2"));
  CHECK(tests::contains(tests::refusal([] { SubVariancePreserving{.beta_min = 0}(0.5); }), "0 < beta_min"));
  CHECK(tests::contains(tests::refusal([] { SubVariancePreserving{}.time(-6); }), "SubVariancePreserving: lambda = -6",
                        "noisier than the end"));
}
