#include "support/test.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

namespace {

/// dx = −x dt + √2 dw, at rest at N(0, I).
struct Ou {
  Eigen::MatrixXd drift(const Eigen::MatrixXd& x, double) const { return -x; }
  double diffusion(double) const { return std::sqrt(2); }
};

}  // namespace

TEST_CASE("Fokker-Planck: each term is there, and the differences are of fourth order") {
  const Eigen::MatrixXd x = Eigen::MatrixXd::Random(3, 5);
  const auto rest = [](const Eigen::MatrixXd& y, double) -> Eigen::VectorXd { return -y.colwise().squaredNorm() / 2; };
  CHECK(fokker_planck_residual(rest, Ou{}, x, 0).cwiseAbs().maxCoeff() < 1e-8);
  // p = exp(t³ + u·y): ∂ₜ log p = 3t², ∇·f = −3, f·∇ log p = −u·y, and ½g²‖u‖².
  const Eigen::Vector3d u(0.3, -1, 2);
  const auto moving = [&](const Eigen::MatrixXd& y, double t) -> Eigen::VectorXd {
    return ((u.transpose() * y).array() + t * t * t).transpose();
  };
  const Eigen::VectorXd expected = (3 * 0.25 - 3 - (u.transpose() * x).array() - u.squaredNorm()).transpose();
  CHECK(tests::largest_difference(fokker_planck_residual(moving, Ou{}, x, 0.5), expected) < 1e-8);
  // exp(−y⁶): the fourth-order rule errs by h⁴/30 of the fifth derivative and h⁴/90 of the sixth.
  const auto steep = [](const Eigen::MatrixXd& y, double) -> Eigen::VectorXd { return -y.array().pow(6).transpose(); };
  const Eigen::MatrixXd one = Eigen::MatrixXd::Constant(1, 1, 0.8);
  const double exact = -1 + 6 * std::pow(0.8, 6) - (-30 * std::pow(0.8, 4) + std::pow(6 * std::pow(0.8, 5), 2));
  const double wide = fokker_planck_residual(steep, Ou{}, one, 0, {.space = 0.04})[0] - exact,
               narrow = fokker_planck_residual(steep, Ou{}, one, 0, {.space = 0.02})[0] - exact;
  CHECK(std::abs(std::log2(wide / narrow) - 4) < 0.1);
}

TEST_CASE("Fokker-Planck: noise on some coordinates only") {
  struct Kramers {  // dx = v dt, dv = −(x + v) dt + √2 dw, at rest at N(0, I)
    Eigen::MatrixXd drift(const Eigen::MatrixXd& x, double) const {
      Eigen::MatrixXd f = x;
      f.row(0) = x.row(1), f.row(1) = -x.row(0) - x.row(1);
      return f;
    }
    Eigen::Vector2d diffusion(double) const { return {0, std::sqrt(2)}; }
  };
  const Eigen::MatrixXd x = Eigen::MatrixXd::Random(2, 5);
  const auto rest = [](const Eigen::MatrixXd& y, double) -> Eigen::VectorXd { return -y.colwise().squaredNorm() / 2; };
  const auto wide = [](const Eigen::MatrixXd& y, double) -> Eigen::VectorXd { return -y.colwise().squaredNorm() / 3; };
  CHECK(fokker_planck_residual(rest, Kramers{}, x, 0).cwiseAbs().maxCoeff() < 1e-8);
  CHECK(fokker_planck_residual(wide, Kramers{}, x, 0).cwiseAbs().maxCoeff() > 0.1);
}

TEST_CASE("Fokker-Planck: refusals") {
  const auto rest = [](const Eigen::MatrixXd& y, double) -> Eigen::VectorXd { return -y.colwise().squaredNorm() / 2; };
  const Eigen::MatrixXd x = Eigen::MatrixXd::Zero(1, 1);
  CHECK(contains(refusal([&] { fokker_planck_residual(rest, Ou{}, x, 0, {.space = 0}); }), "steps 0"));
  const auto one = [](const Eigen::MatrixXd&, double) -> Eigen::VectorXd { return Eigen::VectorXd::Zero(1); };
  CHECK(
      contains(refusal([&] { fokker_planck_residual(one, Ou{}, Eigen::MatrixXd::Zero(1, 3), 0); }), "1 numbers for 3"));
  CHECK(contains(refusal([&] { fokker_planck_residual(rest, LinearSde{VariancePreserving{}}, x, 2); }), "time 2"));
}
