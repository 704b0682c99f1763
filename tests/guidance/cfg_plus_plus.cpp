#include "guidance/predictions.hpp"
#include "ledger/mixtures.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;
using tests::guidance::matrix;

namespace {
const auto with = [](const MatrixXd& x, const Level& at) -> MatrixXd { return (x.array() * 0.5 + at.alpha).matrix(); };
const auto without = [](const MatrixXd& x, const Level&) -> MatrixXd { return 0.2 * x; };
const MatrixXd x = matrix({{1, -2}, {3, 4}});
const Grid grid = levels(VariancePreserving{}, {1, 0.7, 0.4, 0.1, 0});

/// The scale of classifier-free guidance that the step from t to s amounts to.
template <class S>
auto equal_scale(const S& sampler, double share) {
  return [=](const Level& t) {
    std::size_t i = 0;
    while (grid[i].time != t.time) ++i;
    const Row row = sampler.row(t, grid[i + 1]);
    const double of_x0 = row.x0[0] + row.x * t.alpha, of_eps = row.eps[0] + row.x * t.sigma;
    return share * of_x0 / (of_x0 - of_eps * t.alpha / t.sigma);
  };
}
}  // namespace

TEST_CASE("CFGPlusPlus: the guided estimate, noised along the unconditional noise") {
  MatrixXd expected = x;
  for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
    const Level &t = grid[i], &s = grid[i + 1];
    const MatrixXd x0 = without(expected, t), guided = x0 + 0.6 * (with(expected, t) - x0);
    expected = s.alpha * guided + s.sigma * (expected - t.alpha * x0) / t.sigma;
  }
  CHECK(largest_difference(sample(with, CFGPlusPlus{DDIM{}, without, 0.6}, x, grid), expected) < 1e-13);
}

TEST_CASE("CFGPlusPlus: with DDIM it is classifier-free guidance of a scale that depends on the step") {
  const auto scale = [](const Level& t) -> double {
    std::size_t i = 0;
    while (grid[i].time != t.time) ++i;
    return 0.6 / (1 - std::exp(lambda(t) - lambda(grid[i + 1])));
  };
  const MatrixXd one = sample(with, CFGPlusPlus{DDIM{}, without, 0.6}, x, grid),
                 other = sample(classifier_free_scale(with, without, scale), DDIM{}, x, grid);
  CHECK(largest_difference(one, other) < 1e-12);
}

TEST_CASE("CFGPlusPlus: so it is with steps that draw noise") {
  const auto same = [](const auto& sampler) {
    const MatrixXd one = sample(with, CFGPlusPlus{sampler, without, 0.6}, x, grid, Normals{5}),
                   other = sample(classifier_free_scale(with, without, equal_scale(sampler, 0.6)), sampler, x, grid,
                                  Normals{5});
    CHECK(largest_difference(one, other) < 1e-11);
  };
  same(DDIM{0.5});
  same(DDPM{});
  same(ExponentialEuler{.noise = 1});
}

TEST_CASE("CFGPlusPlus: 0 is the unconditional run, a scale of the level, and one denoiser for both") {
  CHECK(largest_difference(sample(with, CFGPlusPlus{DDIM{}, without, 0}, x, grid), sample(without, DDIM{}, x, grid)) <
        1e-13);
  const auto falling = [](const Level& t) { return t.time < 0.5 ? 0.0 : 0.6; };
  const Grid first(grid.begin(), grid.begin() + 3), rest(grid.begin() + 2, grid.end());
  const MatrixXd middle = sample(with, CFGPlusPlus{DDIM{}, without, 0.6}, x, first);
  CHECK(largest_difference(sample(with, CFGPlusPlus{DDIM{}, without, falling}, x, grid),
                           sample(without, DDIM{}, middle, rest)) < 1e-13);
  const auto& clouds = tests::two_clouds();
  CHECK(largest_difference(sample(clouds, CFGPlusPlus{DDPM{}, std::cref(clouds), 0.7}, x, grid, Normals{2}),
                           sample(clouds, DDPM{}, x, grid, Normals{2})) < 1e-12);
}

TEST_CASE("CFGPlusPlus: refusals") {
  CHECK(contains(refusal([] {
                   sample(with, CFGPlusPlus{DDIM{}, without, 0.6}, x, Grid(grid.rbegin(), grid.rend()));
                 }),
                 "sigma = 0"));
  CHECK(contains(refusal([] { return CFGPlusPlus{DDIM{}, without, std::nan("")}; }), "scale is nan"));
  const Level blind{.time = 1, .alpha = 0, .sigma = 1};
  const auto of_eps = network(Prediction::eps, without);
  CHECK(contains(refusal([&] {
                   sample(with, CFGPlusPlus{DDIM{}, of_eps, 0.6}, x, {blind, clean});
                 }),
                 "eps prediction", "alpha = 0"));
  CHECK(contains(refusal([] { sample(with, CFGPlusPlus{DDPM{}, without, 0.6}, x, grid); }), "draws noise"));
  const auto wide = [](const MatrixXd&, const Level&) { return MatrixXd(MatrixXd::Ones(2, 3)); };
  CHECK(contains(refusal([&] {
                   sample(with, CFGPlusPlus{DDIM{}, wide, 0.6}, x, grid);
                 }),
                 "CFG++: the unconditional", "time 1", "shape 2x3"));
  const auto lost = [](const MatrixXd& y, const Level& t) -> MatrixXd { return t.time < 0.5 ? MatrixXd(y / 0) : y; };
  CHECK(contains(refusal<std::domain_error>([&] {
                   sample(with, CFGPlusPlus{DDIM{}, lost, 0.6}, x, grid);
                 }),
                 "CFG++: the unconditional", "time 0.4", "not finite"));
  // A scale of other guidance, before anything is asked.
  int calls = 0;
  const auto counting = [&](const MatrixXd& y, const Level&) -> MatrixXd { return ++calls, y; };
  const auto late = [](const Level& t) { return t.time < 0.3 ? 7.5 : 0.5; };
  CHECK(contains(refusal([&] {
                   sample(counting, CFGPlusPlus{DDIM{}, counting, 7.5}, x, grid);
                 }),
                 "CFG++", "scale is 7.5", "[0, 1]", "classifier_free_scale"));
  CHECK(contains(refusal([&] { sample(counting, CFGPlusPlus{DDIM{}, counting, -0.1}, x, grid); }), "scale is -0.1"));
  CHECK(contains(refusal([&] {
                   sample(counting, CFGPlusPlus{DDIM{}, counting, late}, x, grid);
                 }),
                 "time 0.1", "scale is 7.5"));
  CHECK(calls == 0);
}

TEST_CASE("CFGPlusPlus: outside the interval of limited it is the unconditional run") {
  const GuidanceScale never = limited(0.6, 50, 60);
  CHECK(largest_difference(sample(with, CFGPlusPlus{DDIM{}, without, never}, x, grid),
                           sample(without, DDIM{}, x, grid)) < 1e-13);
}
