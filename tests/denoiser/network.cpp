#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;

namespace {
const Level t = VariancePreserving{}(0.4);
const MatrixXd x = MatrixXd::Random(3, 5);
}  // namespace

TEST_CASE("a network may be told the noise in four ways") {
  const auto eps = [](const MatrixXd& at) -> MatrixXd { return at.array().sin(); };
  const MatrixXd expected = (x - t.sigma * eps(x)) / t.alpha;
  const auto by_level = network(Prediction::eps, [&](const MatrixXd& at, const Level&) { return eps(at); });
  const auto by_level_out =
      network(Prediction::eps, [&](const MatrixXd& at, const Level&, MatrixXd& out) { out = eps(at); });
  const auto by_time =
      network(Prediction::eps, [&](const MatrixXd& at, double time) -> MatrixXd { return time == 0.4 ? eps(at) : at; });
  const auto by_time_out = network(
      Prediction::eps, [&](const MatrixXd& at, double time, MatrixXd& out) { out = time == 0.4 ? eps(at) : at; });
  CHECK(tests::largest_difference(by_level(x, t), expected) < 1e-15);
  CHECK(tests::largest_difference(by_level_out(x, t), expected) < 1e-15);
  CHECK(tests::largest_difference(by_time(x, t), expected) < 1e-15);
  CHECK(tests::largest_difference(by_time_out(x, t), expected) < 1e-15);
}

TEST_CASE("the level wins where both fit") {
  const auto either = network(Prediction::x0, [](const MatrixXd& at, auto told) -> MatrixXd {
    return at * (std::is_same_v<decltype(told), Level> ? 1 : 2);
  });
  CHECK(either(x, t) == x);
}

TEST_CASE("the time map turns a level or its time into what the network knows") {
  const auto time = [](const MatrixXd& at, double told) -> MatrixXd {
    return MatrixXd::Constant(at.rows(), at.cols(), told);
  };
  CHECK(std::abs(network(Prediction::x0, time, [](double s) { return 1000 * s - 1; })(x, t)(0, 0) - 399) < 1e-12);
  CHECK(network(Prediction::x0, time, [](const Level& level) { return lambda(level); })(x, t)(0, 0) == lambda(t));
}

TEST_CASE("a network is a denoiser whatever it predicts: all kinds sample the same") {
  const Gaussian<> data(Eigen::Vector2d(1, -1), Covariance<>::isotropic(2, 0.3));
  const Grid grid = levels(VariancePreserving{}, uniform(10, 1, 1e-3));
  const MatrixXd start = prior(grid.front(), {2, 4}, Normals{1}), expected = sample(data, DDIM{}, start, grid);
  for (const Prediction kind :
       {Prediction::x0, Prediction::eps, Prediction::v, Prediction::score, Prediction::velocity}) {
    const auto net = network(kind, [&](const MatrixXd& at, const Level& level) {
      const MatrixXd x0 = data(at, level), eps = (at - level.alpha * x0) / level.sigma;
      return target(kind, x0, eps, level);
    });
    CHECK(tests::largest_difference(sample(net, DDIM{}, start, grid), expected) < 1e-10);
  }
}

TEST_CASE("networks are refused before the first row where the grid shows that they cannot serve") {
  int calls = 0;
  const auto net = [&](const MatrixXd& at, const Level&) -> MatrixXd { return ++calls, at; };
  const Grid grid = levels(Cosine{}, uniform(4));
  CHECK(tests::contains(tests::refusal([&] { sample(network(Prediction::eps, net), DDIM{}, x, grid); }),
                        "eps prediction", "alpha = 0"));
  const Grid flow = levels(EDM{}, {4, 1, 0});
  CHECK(tests::contains(tests::refusal([&] {
                          sample(network(Prediction::velocity, net), DDIM{}, x, Grid{{.alpha = 1, .sigma = 1}, clean});
                        }),
                        "velocity", "rates"));
  CHECK(calls == 0);
  const auto of_time = [](const MatrixXd& at, double) -> MatrixXd { return at; };
  CHECK(tests::contains(tests::refusal([&] {
                          sample(network(Prediction::x0, of_time), DDIM{}, x, Grid{{.alpha = 1, .sigma = 1}, clean});
                        }),
                        "wants a time", "has none"));
  const auto narrow = [](const MatrixXd& at, const Level&) -> MatrixXd { return at.leftCols(1); };
  CHECK(tests::contains(tests::refusal([&] { sample(network(Prediction::v, narrow), DDIM{}, x, flow); }), "row 0",
                        "3x1", "3x5"));
}

TEST_CASE("a network of a time is refused before the first row where a level has none") {
  int calls = 0;
  const auto net = network(Prediction::x0, [&](const MatrixXd& at, double) -> MatrixXd { return ++calls, at; });
  const Grid grid{{.time = 2, .alpha = 1, .sigma = 2}, {.alpha = 1, .sigma = 1}, clean};
  CHECK(tests::contains(tests::refusal([&] { sample(net, DDIM{}, x, grid); }), "wants a time", "sigma = 1"));
  CHECK(calls == 0);
}
