#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {

const auto half = [](const MatrixXd& z, const Level&) -> MatrixXd { return z / 2; };
const auto halved = [](const MatrixXd&, const Level&, const MatrixXd& u) -> MatrixXd { return u / 2; };
const auto away = [](const MatrixXd& x0, const Level&) -> MatrixXd { return 3 * x0.array() - 1; };
const Level t{.time = 0.5, .alpha = 0.8, .sigma = 0.6};
const MatrixXd x = (MatrixXd(2, 2) << 1, -2, 3, 4).finished();

}  // namespace

TEST_CASE("clean_classifier: the gradient is taken at the estimate, and goes back through the Jacobian") {
  const MatrixXd x0 = x / 2, g = 3 * x0.array() - 1;
  CHECK(largest_difference(clean_classifier(half, away, halved, 2)(x, t), MatrixXd(x0 + 0.36 / 0.8 * 2 * g / 2)) <
        1e-14);
  const auto by_time = clean_classifier(half, away, halved, [](const Level& at) { return 2 * at.time; });
  CHECK(largest_difference(by_time(x, t), clean_classifier(half, away, halved)(x, t)) == 0);
  // The transpose is asked for: J = (0 1; 0 0) sends (a, b) to (b, 0), and its transpose to (0, a).
  const auto upper = [](const MatrixXd& z, const Level&) -> MatrixXd {
    return (MatrixXd(2, z.cols()) << z.row(1), 0 * z.row(0)).finished();
  };
  const auto transposed = [](const MatrixXd&, const Level&, const MatrixXd& u) -> MatrixXd {
    return (MatrixXd(2, u.cols()) << 0 * u.row(0), u.row(0)).finished();
  };
  const MatrixXd one = Eigen::Vector2d(1, 3);
  const MatrixXd expected = Eigen::Vector2d(3, 0.36 / 0.8 * (3 * 3 - 1));
  CHECK(largest_difference(clean_classifier(upper, away, transposed)(one, t), expected) < 1e-14);
}

TEST_CASE("clean_classifier: on Gaussian data it goes too far by (r^2 + Var)/r^2") {
  const double variance = 0.7, mean = 0.3, y = 1.1;
  const Gaussian<> data(Eigen::VectorXd::Constant(1, mean), Covariance<>(MatrixXd::Constant(1, 1, variance)));
  const MatrixXd at = (MatrixXd(1, 3) << -0.5, 0.2, 1.4).finished();
  for (const double r : {0.2, 1.0})
    for (const double time : {0.05, 0.4, 0.9}) {
      const Level level = VariancePreserving{}(time);
      const double a = level.alpha, s2 = level.sigma * level.sigma, spread = 1 / (1 / variance + a * a / s2);
      const auto gradient = [&](const MatrixXd& x0, const Level&) -> MatrixXd { return (y - x0.array()) / (r * r); };
      const MatrixXd guided = clean_classifier(data, gradient, covariance_product(data))(at, level);
      // E[x₀ | x_t] and E[x₀ | x_t, y], by adding precisions.
      const Eigen::ArrayXXd x0 = spread * (mean / variance + a / s2 * at.array());
      const double sharper = 1 / (1 / spread + 1 / (r * r));
      const Eigen::ArrayXXd exact = sharper * (mean / variance + a / s2 * at.array() + y / (r * r));
      const Eigen::ArrayXXd ratio = (guided.array() - x0) / (exact - x0);
      CHECK((ratio / ((r * r + spread) / (r * r)) - 1).abs().maxCoeff() < 1e-11);
    }
}

TEST_CASE("clean_classifier: states of every kind agree") {
  const auto filling = [](const auto& z, const Level&, auto& out) { flat(out) = flat(z) * 0.5f; };
  const auto product = [](const auto&, const Level&, auto u) { return flat(u) *= 0.5f, u; };
  const auto gradient = [](auto x0, const Level&) { return flat(x0) = 3 * flat(x0) - 1, x0; };
  const Eigen::ArrayXXf array = x.cast<float>();
  const Eigen::ArrayXXf of_array = clean_classifier(filling, gradient, product, 2)(array, t);
  CHECK(largest_difference(of_array, clean_classifier(half, away, halved, 2)(x, t)) < 1e-5);
  CHECK(largest_difference(clean_classifier(filling, gradient, product, 2)(x.cast<float>(), t), of_array) < 1e-5);
}

TEST_CASE("clean_classifier: a gradient that has no part is not asked for") {
  int calls = 0;
  const auto counting = [&](const MatrixXd& x0, const Level&) -> MatrixXd { return ++calls, x0; };
  const Level blind{.time = 1, .alpha = 0, .sigma = 1};
  CHECK(clean_classifier(half, counting, halved, 0)(x, blind) == MatrixXd(x / 2));
  CHECK(clean_classifier(half, counting, halved, 3)(x, clean) == MatrixXd(x / 2));
  CHECK(calls == 0);
}

TEST_CASE("clean_classifier: refusals") {
  const auto of = [](const auto& gradient, const auto& product) {
    return [&] { clean_classifier(half, gradient, product)(x, t); };
  };
  const auto wide = [](const MatrixXd&, const Level&) { return MatrixXd(MatrixXd::Ones(2, 3)); };
  CHECK(contains(refusal(of(wide, halved)), "clean classifier", "time 0.5", "shape 2x3", "state of 2x2"));
  const auto broken = [](const MatrixXd& x0, const Level&) { return MatrixXd(x0 * std::nan("")); };
  CHECK(contains(refusal<std::domain_error>(of(broken, halved)), "clean classifier", "time 0.5", "not finite"));
  const auto narrow = [](const MatrixXd&, const Level&, const MatrixXd& u) { return MatrixXd(u.col(0)); };
  CHECK(contains(refusal(of(away, narrow)), "clean classifier", "product has the shape 2x1", "state of 2x2"));
  CHECK(contains(refusal([&] { clean_classifier(half, away, halved, std::nan("")); }), "scale is nan"));
  const Level blind{.time = 1, .alpha = 0, .sigma = 1};
  int calls = 0;
  const auto counting = [&](const MatrixXd& z, const Level&) -> MatrixXd { return ++calls, z; };
  CHECK(contains(refusal([&] {
                   sample(clean_classifier(counting, away, halved), DDIM{}, x, {blind, t});
                 }),
                 "clean classifier", "time 1", "alpha = 0"));
  CHECK(calls == 0);
}
