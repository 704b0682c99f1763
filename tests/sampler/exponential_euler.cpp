#include "laws.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

TEST_CASE("ExponentialEuler: its rows keep the marginals for every noise, at both ends") {
  for (const Grid& grid : {levels(VariancePreserving{}, uniform(7)), levels(SubVariancePreserving{}, uniform(7)),
                           levels(Cosine{}, uniform(5)), levels(RectifiedFlow{}, uniform(5)),
                           levels(Discrete::linear(), trailing(10)), karras(EDM{}, 10, 80, 0.002)})
    for (const double noise : {0.0, 0.3, 1.0, 1.7, 30.0}) {
      const Table table = tabulate(ExponentialEuler{noise}, grid);
      obeys::marginal_mean(table);
      obeys::marginal_variance(table);
    }
}

TEST_CASE("ExponentialEuler: noise 0 is DDIM and noise 1 is DDPM") {
  const Grid grid = levels(VariancePreserving{}, uniform(9));
  for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
    const Level &t = grid[i], &s = grid[i + 1];
    const Row none = ExponentialEuler{0}.row(t, s), ddim = DDIM{}.row(t, s), one = ExponentialEuler{}.row(t, s),
              ddpm = DDPM{}.row(t, s);
    CHECK(none.x0 == ddim.x0);
    CHECK(none.eps == ddim.eps);
    CHECK(std::abs(one.x - ddpm.x) < 1e-14);
    CHECK(std::abs(one.x0[0] - ddpm.x0[0]) < 1e-14);
    CHECK(std::abs(one.z - ddpm.z) < 1e-14);
  }
}

TEST_CASE("ExponentialEuler: order 1 for every noise, and it takes the optimal variance exactly") {
  for (const double noise : {0.0, 0.5, 1.4})
    CHECK(std::abs(obeys::observed_order(ExponentialEuler{noise}, VariancePreserving{}, 200) - 1) < 0.1);
  const auto v = [](const Level& t) { return obeys::gaussian_data().posterior_variances(t)[0]; };
  const Grid grid = levels(VariancePreserving{}, uniform(3, 1, 0.1));
  for (const double noise : {0.0, 0.5, 1.4}) {
    const auto result = push_forward(with_variance(tabulate(ExponentialEuler{noise}, grid), v), obeys::gaussian_data());
    CHECK(frechet(result, obeys::gaussian_data().marginal(grid.back())) < 1e-12);
  }
}

TEST_CASE("ExponentialEuler: ends and refusals") {
  const VariancePreserving vp{};
  const Row last = ExponentialEuler{0.5}.row(vp(0.1), clean),
            first = ExponentialEuler{0.5}.row(Cosine{}(1), Cosine{}(0.9));
  CHECK(last.x == 0);
  CHECK(last.x0[0] == 1);
  CHECK(last.z == 0);
  CHECK(first.x == 0);
  CHECK(first.z == Cosine{}(0.9).sigma);
  CHECK(ExponentialEuler{0.5}.row(vp(0.1), vp(0.1)).x == 1);
  CHECK(ExponentialEuler{1e-170}.row(vp(0.1), clean).x0[0] == 1);            // its square is 0
  CHECK(ExponentialEuler{0}.row(vp(0.1), vp(0.9)).eps[0] == vp(0.9).sigma);  // upward
  CHECK(contains(refusal([&] { ExponentialEuler{0.5}.row(vp(0.1), vp(0.9)); }), "less noise only"));
  CHECK(contains(refusal([&] { ExponentialEuler{-0.5}.row(vp(0.9), vp(0.1)); }), "noise = -0.5"));
  CHECK(contains(refusal([&] { ExponentialEuler{}.row(clean, clean); }), "no noise"));
}
