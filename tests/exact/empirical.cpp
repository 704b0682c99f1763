#include "support/test.hpp"

#include <random>

using namespace tweedie;
using Eigen::MatrixXd;

namespace {
const MatrixXd points = MatrixXd::Random(2, 7), x = MatrixXd::Random(2, 5);
const Empirical<> data(points);
/// The same law as a mixture whose components have become points: the limit that Empirical takes exactly.
const GaussianMixture<> narrow(Eigen::VectorXd::Constant(7, 1. / 7), points,
                               std::vector<Covariance<>>(7, Covariance<>::isotropic(2, 1e-14)));
const Level t{.alpha = 0.8, .sigma = 0.6};
}  // namespace

TEST_CASE("Empirical is the limit of a mixture of narrow Gaussians") {
  CHECK(tests::largest_difference(data(x, t), narrow(x, t)) < 1e-12);
  CHECK(tests::largest_difference(data.score(x, t), narrow.score(x, t)) < 1e-12);
  CHECK(tests::largest_difference(data.log_density(x, t), narrow.log_density(x, t)) < 1e-12);
  CHECK(tests::largest_difference(data.variance(x, t), narrow.variance(x, t)) < 1e-12);
  CHECK(tests::largest_difference(data.covariance(x.col(1), t), narrow.covariance(x.col(1), t)) < 1e-12);
  CHECK(tests::largest_difference(data.responsibilities(x, t), narrow.responsibilities(x, t)) < 1e-12);
}

TEST_CASE("Empirical at the ends: the mean without signal, the nearest point without noise") {
  CHECK(tests::largest_difference(data(x, {.alpha = 0, .sigma = 1}),
                                  MatrixXd(points.rowwise().mean().replicate(1, 5))) < 1e-15);
  CHECK(data(MatrixXd(points.col(3) + Eigen::Vector2d(1e-3, 0)), clean) == points.col(3));
  CHECK(data(MatrixXd(0.5 * points.col(3)), {.alpha = 0.5, .sigma = 1e-9}) == points.col(3));
  CHECK(std::isfinite(data.log_density(MatrixXd::Constant(2, 1, 1e6), t)[0]));
}

TEST_CASE("Empirical draws its points, all of them") {
  std::mt19937_64 engine(1);
  const MatrixXd draws = data.draw(7000, engine);
  for (Eigen::Index i = 0; i < 7; ++i) {
    const auto count = ((draws.colwise() - points.col(i)).colwise().norm().array() == 0).count();
    CHECK(std::abs(double(count) - 1000) < 6.2 * std::sqrt(1000 * 6. / 7));
  }
}

TEST_CASE("Empirical at levels and distances whose squares are not numbers") {
  MatrixXd three(1, 3), at(1, 3);
  three << 0, 1, 2;
  at << 3e-170, 1, 0.9;
  const Empirical<> line(three);
  const Level sharp{.alpha = 1, .sigma = 1e-170};
  CHECK(line(at, sharp) == MatrixXd{{0, 1, 1}});
  CHECK(std::abs(line.score(at, sharp)(0, 0) / -3e170 - 1) < 1e-14);
  CHECK(line.variance(at, sharp).isZero(0));
  const double constant = -std::log(3) + 170 * std::log(10) - 0.5 * std::log(2 * std::numbers::pi);
  CHECK(std::abs(line.log_density(at, sharp)[0] - (constant - 4.5)) < 1e-11);
  CHECK(line.log_density(at, sharp)[2] == -std::numeric_limits<double>::infinity());
  const Empirical<> far(1e160 * three);
  CHECK(far(1e160 * at, {.alpha = 1, .sigma = 1}) == 1e160 * MatrixXd{{0, 1, 1}});
  CHECK(far.covariance(MatrixXd::Constant(1, 1, 0.9e160), {.alpha = 1, .sigma = 1})(0, 0) == 0);
  const Empirical<float> single(three.cast<float>());
  CHECK(single(at.cast<float>().eval(), {.alpha = 1, .sigma = 1e-30}) == Eigen::MatrixXf{{0, 1, 1}});
}

TEST_CASE("Empirical: products with the posterior covariance, draws of Normals, and the last word of an engine") {
  const MatrixXd z = MatrixXd::Random(2, 5), products = data.covariance_times(x, t, z);
  for (Eigen::Index i = 0; i < x.cols(); ++i)
    CHECK(tests::largest_difference(Eigen::VectorXd(products.col(i)),
                                    Eigen::VectorXd(data.covariance(x.col(i), t) * z.col(i))) < 1e-15);
  const MatrixXd draws = data.draw(7000, Normals{2});
  CHECK(data.draw(9, Normals{2}, 90) == draws.middleCols(90, 9));
  for (Eigen::Index i = 0; i < 7; ++i) {
    const auto count = ((draws.colwise() - points.col(i)).colwise().norm().array() == 0).count();
    CHECK(std::abs(double(count) - 1000) < 6.2 * std::sqrt(1000 * 6. / 7));
  }
  struct Largest {
    using result_type = std::uint64_t;
    static constexpr result_type min() { return 0; }
    static constexpr result_type max() { return ~result_type{0}; }
    result_type operator()() { return max(); }
  };
  CHECK(data.draw(1, Largest{}) == points.col(6));
}

TEST_CASE("Empirical refuses") {
  CHECK(tests::contains(tests::refusal([] { Empirical<>(MatrixXd(2, 0)); }), "no points"));
  CHECK(tests::contains(tests::refusal([] { Empirical<>(MatrixXd::Constant(2, 2, std::nan(""))); }), "not finite"));
  CHECK(tests::contains(tests::refusal([] { data.score(x, clean); }), "sigma = 0"));
  CHECK(tests::contains(tests::refusal([] { data.log_density(x, clean); }), "sigma = 0"));
  CHECK(tests::contains(tests::refusal([] { data(MatrixXd(3, 1), t); }), "dimension is 2", "dimension 3"));
  CHECK(tests::contains(tests::refusal([] { data.covariance(x, t); }), "one sample"));
}
