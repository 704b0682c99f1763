#include "laws.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

TEST_CASE("ReverseDiffusion: the row is the formula") {
  const VariancePreserving vp{};
  const Level t = vp(0.6), s = vp(0.5);
  const double a = t.alpha / s.alpha, b2 = t.sigma * t.sigma - a * a * s.sigma * s.sigma;
  for (const double noise : {0.0, 0.7, 1.0, 1.5}) {
    const Row row = ReverseDiffusion{noise}.row(t, s);
    CHECK(std::abs(row.x - (2 - a)) < 1e-14);
    CHECK(std::abs(row.eps[0] + (1 + noise * noise) / 2 * b2 / t.sigma) < 1e-14);
    CHECK(std::abs(row.z - noise * std::sqrt(b2)) < 1e-14);
    const Row same = ReverseDiffusion{noise}.of(t, transition(s, t));
    CHECK(same.x == row.x);
    CHECK(same.eps == row.eps);
    CHECK(same.z == row.z);
  }
}

TEST_CASE("ReverseDiffusion: for every noise it converges to the marginals at order 1, without rates") {
  for (const double noise : {0.0, 1.0, 1.4})
    CHECK(std::abs(obeys::observed_order(ReverseDiffusion{noise}, VariancePreserving{}, 400) - 1) < 0.1);
  Grid bare = levels(VariancePreserving{}, uniform(4, 1, 0.1));
  for (Level& level : bare) level.d_alpha = level.d_sigma = level.time = Level::unknown;
  CHECK(tabulate(ReverseDiffusion{}, bare).size() == 4);
}

TEST_CASE("ReverseDiffusion: ends and refusals") {
  const VariancePreserving vp{};
  CHECK(ReverseDiffusion{}.row(vp(0.1), clean).z == 0);
  CHECK(ReverseDiffusion{}.row(Cosine{}(1), Cosine{}(0.9)).x == 2);  // α = 0: all of x_t is fresh noise
  CHECK(contains(refusal([&] { ReverseDiffusion{-1}.row(vp(0.2), vp(0.1)); }), "noise = -1"));
  CHECK(contains(refusal([&] { ReverseDiffusion{}.row(vp(0.1), vp(0.2)); }), "less noise"));
  CHECK(contains(refusal([&] { ReverseDiffusion{}.of(clean, {1, 0.1}); }), "no noise"));
}
