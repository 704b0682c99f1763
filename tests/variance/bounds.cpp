#include "support/test.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

namespace {
const Level t{.time = 0.5, .alpha = 0.8, .sigma = 0.6};
auto constant(double v) {
  return [v](const Level&) { return v; };
}
}  // namespace

TEST_CASE("largest_variance: the smaller of the level's bound and the data's") {
  CHECK(std::abs(largest_variance(t) - 0.5625) < 1e-15);
  CHECK(largest_variance(t, {-1, 1}) == largest_variance(t));
  CHECK(largest_variance(t, {0, 1}) == 0.25);
  CHECK(largest_variance({.alpha = 0, .sigma = 1}, {-1, 1}) == 1);
  CHECK(largest_variance(clean) == 0);
  CHECK(std::abs(largest_variance({.alpha = 1e160, .sigma = 3e160}) - 9) < 1e-14);
  CHECK(std::abs(largest_variance({.alpha = 1e-170, .sigma = 3e-170}) - 9) < 1e-14);
  CHECK(contains(refusal([] { largest_variance(t, {1, 1}); }), "lo = 1", "hi = 1"));
  CHECK(contains(refusal([] { largest_variance({.alpha = 0, .sigma = 0}); }), "neither signal nor noise"));
}

TEST_CASE("clipped_variance holds to the bounds, checked_variance refuses beyond them") {
  CHECK(clipped_variance(constant(-0.1), {-1, 1})(t) == 0);
  CHECK(clipped_variance(constant(0.3), {-1, 1})(t) == 0.3);
  CHECK(clipped_variance(constant(0.3), {0, 1})(t) == 0.25);
  CHECK(clipped_variance(constant(7), {-5, 5})(t) == largest_variance(t));
  CHECK(contains(refusal([] { clipped_variance(constant(Level::unknown), {0, 1})(t); }), "time 0.5", "not a number"));
  CHECK(contains(refusal([] { clipped_variance(constant(1), {1, 0}); }), "lo = 1"));

  CHECK(checked_variance(constant(0.2), {0, 1})(t) == 0.2);
  CHECK(contains(refusal([] { checked_variance(constant(-0.1), {0, 1})(t); }), "time 0.5", "-0.1", "not negative"));
  CHECK(contains(refusal([] { checked_variance(constant(0.6), {-9, 9})(t); }), "0.6", "sigma^2/alpha^2 = 0.5624999"));
  CHECK(contains(refusal([] { checked_variance(constant(0.26), {0, 1}, 0)(t); }), "0.26", "0.25", "between 0 and 1"));
  CHECK(checked_variance(constant(0.26), {0, 1})(t) == 0.26);
  CHECK(contains(refusal([] { checked_variance(constant(Level::unknown), {0, 1})(t); }), "nan", "a number"));
  CHECK(contains(refusal([] { checked_variance(constant(0.1), {0, 1}, -1); }), "slack"));
}

TEST_CASE("variance_from_score: from none of the bound to all of it, and not beyond") {
  CHECK(std::abs(variance_from_score(t, 0) - largest_variance(t)) < 1e-16);
  CHECK(std::abs(variance_from_score(t, 1 / 0.36)) < 1e-15);
  for (const double sigma : {0.1, 0.3, 0.7, 1e-100, 3e100}) {  // the bound, however it was rounded
    const Level at{.alpha = 1, .sigma = sigma};
    const double above = variance_from_score(at, 1 / sigma / sigma * (1 + 2e-16));
    CHECK(above >= 0);
    CHECK(above <= 1e-15 * largest_variance(at));
  }
  CHECK(std::abs(variance_from_score(t, 1) - 0.5625 * 0.64) < 1e-15);
  CHECK(contains(refusal([] { variance_from_score(t, 2.8); }), "time 0.5", "Gamma = 2.8", "2.777"));
  CHECK(contains(refusal([] { variance_from_score(t, -1); }), "Gamma = -1"));
  CHECK(contains(refusal([] { variance_from_score({.alpha = 0, .sigma = 1}, 1); }), "alpha = 0"));
}

TEST_CASE("limited_noise: the last rows that draw any, and no more than they drew") {
  const Table plain = tabulate(DDPM{}, levels(VariancePreserving{}, uniform(5)));
  const Table limited = limited_noise(plain, 2, 0.01), all = limited_noise(plain, 99, 0.01),
              none = limited_noise(plain, 0, 0);
  const double z = 0.01 * std::sqrt(std::numbers::pi / 2);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(none[i].row.z == plain[i].row.z);
    CHECK(std::abs(limited[i].row.z - (i == 2 || i == 3 ? z : plain[i].row.z)) < 1e-16);
    CHECK(std::abs(all[i].row.z - (i == 4 ? 0 : z)) < 1e-16);
  }
  CHECK(limited_noise(plain, 2, 100)[3].row.z == plain[3].row.z);
  CHECK(limited_noise({{t, clean, {.z = -3}}}, 1, 0.01)[0].row.z == -z);
  CHECK(contains(refusal([&] { limited_noise(plain, -1, 1); }), "rows = -1"));
  CHECK(contains(refusal([&] { limited_noise(plain, 1, -1); }), "largest = -1"));
}
