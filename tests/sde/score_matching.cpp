#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {

const Level t{.time = 0.5, .alpha = 0.6, .sigma = 0.8};
MatrixXd half(const MatrixXd& x, const Level&) {
  return x / 2;
}

}  // namespace

TEST_CASE("score losses: each sample's own number") {
  const MatrixXd x0 = MatrixXd::Random(3, 4);
  MatrixXd eps = x0;
  Normals{4}(eps, address(Purpose::loss));
  const MatrixXd x = 0.6 * x0 + 0.8 * eps;
  const Eigen::VectorXd expected = (x / 2 + eps / 0.8).colwise().squaredNorm().transpose();
  CHECK(largest_difference(denoising_score_loss(half, x0, t, Normals{4}), expected) < 1e-13);
  const auto product = [](const auto&, const Level&, const auto& z) { return MatrixXd(z / 2); };
  const Eigen::VectorXd implicit = x.colwise().squaredNorm().transpose().array() / 8 + 1.5;
  CHECK(largest_difference(implicit_score_loss(half, product, x, t), implicit) < 1e-13);
  CHECK(largest_difference(sliced_score_loss(half, product, x, t, Normals{1}), implicit) < 1e-13);  // a multiple of I
  CHECK(largest_difference(sliced_score_loss(half, product, x, t, Normals{1}, Probe::gaussian), implicit) > 1e-2);
  const auto zero = [](const MatrixXd& y, const Level&) -> MatrixXd { return 0 * y; };
  CHECK(largest_difference(explicit_score_loss(half, zero, x, t), x.colwise().squaredNorm().transpose() / 4) < 1e-13);
  CHECK(std::abs(denoising_constant(t, 3) - 3 / 0.64) < 1e-13);
  // The loss of an ε prediction is σ² times it.
  const auto eps_of_score = [&](const MatrixXd& y) -> MatrixXd { return -0.8 * half(y, t); };
  CHECK(largest_difference(0.64 * expected, (eps_of_score(x) - eps).colwise().squaredNorm().transpose()) < 1e-13);
}

TEST_CASE("score losses: refusals") {
  const MatrixXd x = MatrixXd::Random(2, 2);
  CHECK(contains(refusal([&] { denoising_score_loss(half, x, clean, Normals{1}); }), "sigma = 0"));
  CHECK(contains(refusal([&] { denoising_constant(clean, 2); }), "sigma = 0"));
  const auto wide = [](const MatrixXd&, const Level&) -> MatrixXd { return MatrixXd::Zero(1, 1); };
  CHECK(contains(refusal([&] { explicit_score_loss(wide, half, x, t); }), "1x1", "2x2"));
}
