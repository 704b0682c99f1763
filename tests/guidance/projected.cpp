#include "guidance/predictions.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;
using tests::guidance::check_rule;
using tests::guidance::matrix;
using tests::guidance::predicting;
using tests::guidance::two;

namespace {
constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
auto by(Projection projection) {
  return [projection](const auto& with, const auto& without, Prediction kind) {
    Projection of_kind = projection;
    of_kind.kind = kind;
    return projected(with, without, of_kind);
  };
}
}  // namespace

TEST_CASE("projected: the part of the difference along the conditional prediction is damped") {
  // c = (1, 0), u = (0, 1): Δ = (1, −1), Δ∥ = (1, 0).
  const MatrixXd c = two(1, 0), u = two(0, 1);
  check_rule(c, u, two(1, -2), by({.scale = 3}));
  check_rule(c, u, two(1 + 2 * 0.5, -2), by({.scale = 3, .eta = 0.5}));
  check_rule(c, u, u + 3 * (c - u), by({.scale = 3, .eta = 1}));
  check_rule(c, u, c, by({.scale = 1, .eta = 0.5, .radius = 0.1}));
  check_rule(c, u, two(3 * 0.5, 1 - 3), by({.scale = 3, .eta = 0.5, .from_unconditional = true}));
}

TEST_CASE("projected: the difference is held to a radius, each sample's by itself") {
  MatrixXd c(2, 2), u(2, 2), expected(2, 2);
  c << 1, 1, 0, 0;
  u << 0, 0.7, 1, 0.4;  // Δ = (1, −1) of length √2, and (0.3, −0.4) of length 0.5
  const double r = 1 / std::sqrt(2.0);
  expected << 1 + 2 * 0.5 * r, 1 + 2 * 0.5 * 0.3, -2 * r, -2 * 0.4;
  check_rule(c, u, expected, by({.scale = 3, .eta = 0.5, .radius = 1}));
}

TEST_CASE("projected: a conditional prediction of 0 has no direction, and nothing is damped") {
  check_rule(two(0, 0), two(1, 2), two(-2, -4), by({.scale = 3}));
}

TEST_CASE("AdaptiveProjected: the recursion by hand, along three steps") {
  const auto with = [](const MatrixXd& x, const Level& t) -> MatrixXd { return (x.array() * 0.5 + t.alpha).matrix(); };
  const auto without = [](const MatrixXd& x, const Level&) -> MatrixXd { return (0.2 * x.array().square()).matrix(); };
  const Grid grid = levels(VariancePreserving{}, {1, 0.7, 0.4, 0.1});
  const MatrixXd start = matrix({{1, -2}, {0.5, 3}});
  const double gamma = 4, eta = 0.3, radius = 1.2, m = -0.6;
  MatrixXd x = start, memory = MatrixXd::Zero(2, 2);
  bool held = false, free = false;
  for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
    const Level &t = grid[i], &s = grid[i + 1];
    const MatrixXd c = with(x, t);
    memory = m * memory + c - without(x, t);
    MatrixXd x0 = c;
    for (Eigen::Index k = 0; k < 2; ++k) {
      const double size = memory.col(k).norm();
      (size > radius ? held : free) = true;
      const Eigen::Vector2d delta = std::min(1.0, radius / size) * memory.col(k), e = c.col(k).normalized();
      x0.col(k) += (gamma - 1) * (delta - delta.dot(e) * e + eta * delta.dot(e) * e);
    }
    x = s.alpha * x0 + s.sigma * (x - t.alpha * x0) / t.sigma;
  }
  CHECK((held && free));
  const AdaptiveProjected sampler{DDIM{}, without, {.scale = gamma, .eta = eta, .radius = radius, .momentum = m}};
  CHECK(largest_difference(sample(with, sampler, start, grid), x) < 1e-13);
  CHECK(largest_difference(sample(with, sampler, start, grid), x) < 1e-13);  // no memory is left of a run
}

TEST_CASE("AdaptiveProjected: without momentum it is projected, with any noise, and the observer sees the run") {
  const auto with = [](const MatrixXd& x, const Level& t) -> MatrixXd { return (x.array() * 0.5 + t.alpha).matrix(); };
  const auto without = [](const MatrixXd& x, const Level&) -> MatrixXd { return 0.2 * x; };
  const Grid grid = levels(VariancePreserving{}, uniform(4));
  const MatrixXd start = matrix({{1, -2}, {0.5, 3}});
  const Projection projection{.scale = 4, .eta = 0.3, .radius = 1};
  int rows = 0;
  const auto counting = [&](const auto&...) { ++rows; };
  const MatrixXd one = sample(with, AdaptiveProjected{DDPM{}, without, projection}, start, grid, Normals{5}, counting);
  CHECK(largest_difference(one, sample(projected(with, without, projection), DDPM{}, start, grid, Normals{5})) == 0);
  CHECK(rows == 4);
}

TEST_CASE("projected: the scale that is not given is 1, the conditional denoiser") {
  check_rule(two(1, 0), two(0, 1), two(1, 0), by({}));
}

TEST_CASE("AdaptiveProjected: a momentum of one number, and none where a sampler takes the samples one by one") {
  const auto one = [](const MatrixXd& x, const Level& t) -> MatrixXd {
    return 0.5 * x + MatrixXd::Constant(1, 1, t.alpha);
  };
  const auto other = [](const MatrixXd& x, const Level&) -> MatrixXd { return 0.2 * x; };
  const Grid grid = levels(VariancePreserving{}, {1, 0.7, 0.4});
  MatrixXd x = matrix({{1.5}});
  double memory = 0;
  for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
    const Level &t = grid[i], &s = grid[i + 1];
    memory = -0.6 * memory + (one(x, t) - other(x, t))(0);
    const double x0 = one(x, t)(0) + (4 - 1) * memory;
    x(0) = s.alpha * x0 + s.sigma * (x(0) - t.alpha * x0) / t.sigma;
  }
  const AdaptiveProjected gathers{DDIM{}, other, {.scale = 4, .eta = 1, .momentum = -0.6}};
  CHECK(largest_difference(sample(one, gathers, matrix({{1.5}}), grid), x) < 1e-13);

  const auto with = [](const MatrixXd& y, const Level&) -> MatrixXd { return 0.5 * y; };
  const MatrixXd start = matrix({{1, -2}, {0.5, 3}});
  const AdaptiveFlow by_sample{.at = at_lambda(VariancePreserving{})};
  const AdaptiveProjected none{by_sample, other, {.scale = 2}};
  CHECK(largest_difference(sample(with, none, start, grid),
                           sample(projected(with, other, {.scale = 2}), by_sample, start, grid)) == 0);
  const AdaptiveProjected some{by_sample, other, {.scale = 2, .momentum = 0.5}};
  CHECK(contains(refusal([&] { sample(with, some, start, grid); }), "1 of 2 samples", "Coupling::batch"));
}

TEST_CASE("projected: refusals") {
  const auto given = predicting(Prediction::x0, two(1, 1));
  const auto asked = [&](const Projection& p) { return refusal([&] { projected(given, given, p); }); };
  CHECK(contains(asked({.momentum = 0.5}), "momentum of 0.5", "memory", "AdaptiveProjected"));
  CHECK(contains(asked({.momentum = undefined}), "momentum of nan"));
  CHECK(contains(asked({.radius = 0}), "radius = 0", "positive"));
  CHECK(contains(asked({.radius = undefined}), "radius = nan"));
  CHECK(contains(asked({.eta = undefined}), "eta = nan", "finite"));
  CHECK(contains(refusal([] { return Projection{.scale = undefined}; }), "scale is nan"));
  const AdaptiveProjected growing{DDIM{}, given, {.momentum = 1}};
  const Grid grid = levels(VariancePreserving{}, uniform(2));
  CHECK(contains(refusal([&] { sample(given, growing, two(1, 1), grid); }), "momentum = 1", "(-1, 1)"));
  const AdaptiveProjected turning{DDIM{}, given, {.momentum = -1}};
  CHECK(contains(refusal([&] { sample(given, turning, two(1, 1), grid); }), "momentum = -1", "(-1, 1)"));
  const auto wide = [](const MatrixXd&, const Level&) { return MatrixXd(MatrixXd::Ones(2, 3)); };
  CHECK(contains(refusal([&] { projected(given, wide, {})(two(1, 1), clean); }), "shape 2x3", "state of 2x1"));
}
