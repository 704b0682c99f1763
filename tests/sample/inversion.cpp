#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;

namespace {
const GaussianMixture<> data(Eigen::Vector2d(0.3, 0.7), (MatrixXd(2, 2) << 1, -1, 0.5, -0.2).finished(),
                             std::vector{Covariance<>::isotropic(2, 0.1), Covariance<>::isotropic(2, 0.2)});
Grid reversed(Grid grid) {
  std::reverse(grid.begin(), grid.end());
  return grid;
}
}  // namespace

TEST_CASE("the exact inversion returns x to 1e-10, on fine and on coarse grids") {
  const VariancePreserving vp;
  for (const int n : {3, 10, 50}) {
    const Grid down = levels(vp, uniform(n, 1, 0.01)), up = reversed(down);
    const MatrixXd x = noised(MatrixXd(0.7 * MatrixXd::Random(2, 30)), up.front(), Normals{3});
    const MatrixXd noise = sample(data, DDIMInversion{}, x, up);
    CHECK(tests::largest_difference(sample(data, DDIM{}, noise, down), x) < 1e-10);
    const MatrixXd start = prior(down.front(), {2, 30}, Normals{4});
    CHECK(tests::largest_difference(sample(data, DDIMInversion{}, sample(data, DDIM{}, start, down), up), start) <
          1e-7);
    // The explicit inversion is DDIM walked upward; it does not come back.
    CHECK(tests::largest_difference(sample(data, DDIM{}, sample(data, DDIM{}, x, up), down), x) > 1e-3);
  }
}

TEST_CASE("the inversion of a sample does not depend on its batch mates") {
  const Grid up = reversed(levels(VariancePreserving{}, uniform(5, 1, 0.01)));
  const MatrixXd x = MatrixXd::Random(2, 6), all = sample(data, DDIMInversion{}, x, up);
  for (Eigen::Index i = 0; i < 6; ++i)
    CHECK(tests::largest_difference(sample(data, DDIMInversion{}, x.col(i), up), MatrixXd(all.col(i))) < 1e-11);
}

TEST_CASE("the inversion of floats goes as far as floats do") {
  const Grid down = levels(VariancePreserving{}, uniform(10, 1, 0.01)), up = reversed(down);
  const Eigen::MatrixXf x = noised(MatrixXd(0.7 * MatrixXd::Random(2, 30)), up.front(), Normals{3}).cast<float>();
  const Eigen::MatrixXf noise = sample(data, DDIMInversion{}, x, up);
  CHECK(tests::largest_difference(sample(data, DDIM{}, noise, down), x) < 1e-4);
}

TEST_CASE("the inversion refuses") {
  const MatrixXd x = MatrixXd::Random(2, 6);
  CHECK(tests::contains(tests::refusal([&] {
                          sample(data, DDIMInversion{}, x, levels(EDM{}, {0, 1, 2}));
                        }),
                        "sigma = 0"));
  CHECK(tests::contains(tests::refusal([&] {
                          sample(data, DDIMInversion{}, x, levels(EDM{}, {2, 1}));
                        }),
                        "more noise"));
  CHECK(tests::contains(tests::refusal([&] {
                          sample(data, DDIMInversion{.tolerance = 0}, x, levels(EDM{}, {1, 2}));
                        }),
                        "tolerance = 0"));
  CHECK(tests::contains(tests::refusal<std::runtime_error>([&] {
                          sample(data, DDIMInversion{.iterations = 2}, x, levels(EDM{}, {0.1, 9}));
                        }),
                        "after 2 evaluations", "residual"));
}

TEST_CASE("the inversion of two points, where the estimate is a hyperbolic tangent") {
  // Points ±1 and α_t = 1: x̂₀ = tanh(y α/σ²), number by number. y is chosen, x is where DDIM takes it.
  const auto points = [](const auto& y, const Level& s, auto& out) {
    using Scalar = typename std::remove_cvref_t<decltype(y)>::Scalar;
    flat(out) = (flat(y) * Scalar(s.alpha / (s.sigma * s.sigma))).tanh();
  };
  const auto down = [&](const auto& y, const Level& s, const Level& t) {
    auto x = y;
    points(y, s, x);
    flat(x) = (flat(x) * (t.alpha - t.sigma * s.alpha / s.sigma) + flat(y) * (t.sigma / s.sigma)).eval();
    return x;
  };
  const Level t{.alpha = 1, .sigma = 0.5};
  for (const Level s : {Level{.alpha = 0.9, .sigma = 1.2}, Level{.alpha = 0.5, .sigma = 3}}) {
    MatrixXd y = 2 * s.sigma * MatrixXd::Random(2, 12);
    y.col(3).setZero();
    CHECK(tests::largest_difference(DDIMInversion{}.step(points, down(y, s, t), t, s, NoNoise{}), y) < 1e-10);
    const Eigen::MatrixXf x = down(y, s, t).cast<float>();
    CHECK(tests::largest_difference(DDIMInversion{}.step(points, x, t, s, NoNoise{}), y) < 2e-5);
  }
}

TEST_CASE("the inversion solves in any unit of the data") {
  const auto there_and_back = [](double unit) {
    const GaussianMixture<> scaled(
        Eigen::Vector2d(0.3, 0.7), unit * (MatrixXd(2, 2) << 1, -1, 0.5, -0.2).finished(),
        std::vector{Covariance<>::isotropic(2, 0.1 * unit * unit), Covariance<>::isotropic(2, 0.2 * unit * unit)});
    Grid down;
    for (const double sigma : {10.0, 4.0, 1.0, 0.3, 0.05}) down.push_back({.alpha = 1, .sigma = sigma * unit});
    MatrixXd z(2, 20);
    Normals{5}(z, 0);
    const MatrixXd start = 10 * unit * z, x = sample(scaled, DDIM{}, start, down),
                   noise = sample(scaled, DDIMInversion{}, x, reversed(down));
    return tests::largest_difference(noise / unit, start / unit);
  };
  for (const double unit : {1.0, 1e-6, 1e6, 1e-140, 1e140}) {
    CAPTURE(unit);
    CHECK(there_and_back(unit) < 1e-9);
  }
}

TEST_CASE("the inversion of floats ends where rounding does: in many dimensions, in large units") {
  // Narrow clouds far apart, through which y − G(y) is steep; x comes from a start, so that there is a solution.
  const Grid down = levels(VariancePreserving{}, uniform(10, 1, 0.01));
  const Eigen::Index d = 300;
  Eigen::MatrixXf means(d, 3), start(d, 20);
  Normals{6}(means, 0);
  for (const float unit : {1.0f, 1000.0f}) {
    const GaussianMixture<float> clouds(Eigen::Vector3f(0.25f, 0.25f, 0.5f), Eigen::MatrixXf(unit * means),
                                        std::vector(3, Covariance<float>::isotropic(d, 0.01f * unit * unit)));
    Grid grid = down;
    for (Level& level : grid) level.sigma *= double(unit);
    Normals{7}(start, 0);
    start *= unit;
    const Eigen::MatrixXf x = sample(clouds, DDIM{}, start, grid),
                          noise = sample(clouds, DDIMInversion{}, x, reversed(grid));
    CHECK(((noise - start).colwise().norm().array() < 1e-4f * start.colwise().norm().array()).all());
    CHECK(tests::largest_difference(sample(clouds, DDIM{}, noise, grid), x) < 2e-5 * double(unit));
  }
}

TEST_CASE("the inversion does not take what is no number for solved") {
  // At α_s = 0 the start σ_s/σ_t x is beyond the scalar's numbers.
  const auto same = [](const MatrixXd& at, const Level&) -> MatrixXd { return at; };
  const Grid up{{.alpha = 1, .sigma = 1e-200}, {.alpha = 1, .sigma = 1e200}};
  CHECK(tests::contains(
      tests::refusal<std::exception>([&] { sample(same, DDIMInversion{}, MatrixXd::Ones(2, 3), up); }), "finite"));
  const auto nan = [](const MatrixXd& at, const Level&) -> MatrixXd { return at * std::nan(""); };
  const auto unchecked = [&](const MatrixXd& y, const Level& t, MatrixXd& out) { out = nan(y, t); };
  CHECK(tests::contains(tests::refusal<std::runtime_error>([&] {
                          DDIMInversion{}.step(unchecked, MatrixXd(MatrixXd::Ones(2, 3)), {.alpha = 1, .sigma = 1},
                                               {.alpha = 1, .sigma = 2}, NoNoise{});
                        }),
                        "sample 0", "finite"));
}

TEST_CASE("the denoiser is asked only for samples that are not found, and each is found where its own equation is") {
  // A denoiser that is linear in each sample, x̂₀ = b x, b by its first coordinate, which the batch does not change:
  // y = x σ_s/σ_t / (1 + gain b), found at once for b = 0, later for others.
  const Level t{.alpha = 1, .sigma = 1}, s{.alpha = 1, .sigma = 3};
  std::vector<Eigen::Index> asked;
  const auto net = [&](const MatrixXd& y, const Level&) -> MatrixXd {
    asked.push_back(y.cols());
    MatrixXd out = y;
    for (Eigen::Index i = 0; i < y.cols(); ++i) out.col(i) *= y(0, i) == 0 ? 0 : 0.7;
    return out;
  };
  MatrixXd x(2, 5);
  x << 0, 1, 0, -2, 0, 3, 4, 5, 6, 7;
  MatrixXd expected = 3 * x;
  for (const Eigen::Index i : {1, 3}) expected.col(i) /= 1 + 2 * 0.7;
  MatrixXd newest;
  const MatrixXd y = sample(net, DDIMInversion{}, x, Grid{t, s}, NoNoise{},
                            [&](const Step&, const MatrixXd&, const MatrixXd& x0) { newest = x0; });
  CHECK(tests::largest_difference(y, expected) < 1e-11);
  REQUIRE(asked.size() > 2);
  CHECK(asked[0] == 5);
  for (std::size_t i = 1; i < asked.size(); ++i) CHECK(asked[i] == 2);
  // What an observer sees is the estimate of every sample at its own y.
  CHECK(tests::largest_difference(newest, net(y, s)) < 1e-11);

  // A state whose number of samples is fixed is asked for as a whole, and what is found stays.
  using Fixed = Eigen::Matrix<double, 2, 5>;
  const Fixed all = sample([&](const Fixed& at, const Level& level) -> Fixed { return net(at, level); },
                           DDIMInversion{}, Fixed(x), Grid{t, s});
  CHECK(tests::largest_difference(MatrixXd(all), y) < 1e-15);
}
