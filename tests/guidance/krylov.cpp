#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {

constexpr Eigen::Index d = 5;
MatrixXd normals(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  MatrixXd z(rows, columns);
  Normals{seed}(z, 0);
  return z;
}
const MatrixXd general = normals(d, d, 1) + 3 * MatrixXd::Identity(d, d);
const MatrixXd positive = MatrixXd(normals(d, d, 2) * normals(d, d, 2).transpose()) + MatrixXd::Identity(d, d);
const MatrixXd b = normals(d, 4, 3);

auto map(const MatrixXd& M) {
  return [M](const MatrixXd& x) -> MatrixXd { return M * x; };
}
/// b, M b, …, M^(k − 1) b.
MatrixXd krylov_space(const MatrixXd& M, const VectorXd& first, int k) {
  MatrixXd space(M.rows(), k);
  VectorXd next = first;
  for (int j = 0; j < k; ++j, next = M * next) space.col(j) = next.normalized();
  return space;
}

}  // namespace

TEST_CASE("conjugate_gradients: as many iterations as dimensions solve the system for every column") {
  CHECK(largest_difference(conjugate_gradients(map(positive), b, 2 * d), MatrixXd(positive.llt().solve(b))) < 1e-11);
  CHECK(largest_difference(conjugate_gradients(map(positive), b, 1000), MatrixXd(positive.llt().solve(b))) < 1e-11);
}

TEST_CASE("conjugate_gradients: k iterations minimise the energy norm of the error in the Krylov space") {
  for (int k = 1; k < d; ++k) {
    const MatrixXd u = conjugate_gradients(map(positive), b, k);
    for (Eigen::Index i = 0; i < b.cols(); ++i) {
      const MatrixXd space = krylov_space(positive, b.col(i), k);
      const MatrixXd inner = space.transpose() * positive * space;
      const VectorXd best = space * inner.fullPivLu().solve(space.transpose() * b.col(i));
      CHECK(largest_difference(VectorXd(u.col(i)), best) < 1e-10);
    }
  }
}

TEST_CASE("conjugate_gradients: a product for each different eigenvalue, and none for a right-hand side of 0") {
  int products = 0;
  const auto counted = [&products](const MatrixXd& M) {
    products = 0;
    return [M, &products](const MatrixXd& x) -> MatrixXd { return ++products, M * x; };
  };
  MatrixXd two = 2 * MatrixXd::Identity(d, d);
  two += b.col(0) * b.col(0).transpose();
  CHECK(largest_difference(conjugate_gradients(counted(two), b, 50), MatrixXd(two.llt().solve(b))) < 1e-12);
  CHECK(products <= 3);  // the third for rounding
  CHECK(conjugate_gradients(counted(two), MatrixXd::Zero(d, 2), 50) == MatrixXd::Zero(d, 2));
  CHECK(products == 0);
  conjugate_gradients(counted(positive), b, 3);
  CHECK(products == 3);
}

TEST_CASE("conjugate_gradients: columns do not know of one another") {
  MatrixXd mixed = b;
  mixed.col(1).setZero();
  mixed.col(2) = 1e-9 * Eigen::SelfAdjointEigenSolver<MatrixXd>(positive).eigenvectors().col(2);  // done at once
  for (const int k : {1, 2, 3, 20}) {
    const MatrixXd together = conjugate_gradients(map(positive), mixed, k);
    CHECK(together.allFinite());
    CHECK(together.col(1) == VectorXd::Zero(d));
    for (Eigen::Index i = 0; i < mixed.cols(); ++i) {
      const MatrixXd alone = conjugate_gradients(map(positive), mixed.col(i), k);
      CHECK(largest_difference(VectorXd(together.col(i)), alone) < 1e-13 * (1 + alone.cwiseAbs().maxCoeff()));
    }
  }
}

TEST_CASE("gmres: as many iterations as dimensions solve a system without symmetry") {
  CHECK(largest_difference(gmres(map(general), b, d), MatrixXd(general.fullPivLu().solve(b))) < 1e-11);
  CHECK(largest_difference(gmres(map(general), b, d + 4), MatrixXd(general.fullPivLu().solve(b))) < 1e-11);
  CHECK(largest_difference(gmres(map(positive), b, d), MatrixXd(positive.fullPivLu().solve(b))) < 1e-11);
  const MatrixXd indefinite = Eigen::DiagonalMatrix<double, d>(VectorXd::LinSpaced(d, -2.5, 3));
  CHECK(largest_difference(gmres(map(indefinite), b, d), MatrixXd(indefinite.fullPivLu().solve(b))) < 1e-11);
}

TEST_CASE("gmres: k iterations give the least residual of the Krylov space") {
  for (int k = 1; k < d; ++k) {
    const MatrixXd u = gmres(map(general), b, k);
    for (Eigen::Index i = 0; i < b.cols(); ++i) {
      const MatrixXd space = krylov_space(general, b.col(i), k);
      const VectorXd best = space * (general * space).colPivHouseholderQr().solve(b.col(i));
      CHECK(largest_difference(VectorXd(u.col(i)), best) < 1e-10);
    }
  }
}

TEST_CASE("gmres: a space that is exhausted early, and a right-hand side of 0") {
  const MatrixXd thrice = 3 * MatrixXd::Identity(d, d);
  CHECK(largest_difference(gmres(map(thrice), b, 4), MatrixXd(b / 3)) < 1e-14);
  MatrixXd mixed = b;
  mixed.col(1).setZero();
  mixed.col(3) *= 1e-12;
  const MatrixXd u = gmres(map(general), mixed, d);
  CHECK(u.col(1) == VectorXd::Zero(d));
  CHECK(largest_difference(u, MatrixXd(general.fullPivLu().solve(mixed))) < 1e-11);
  CHECK(largest_difference(MatrixXd(u.col(3) * 1e12), MatrixXd(general.fullPivLu().solve(b.col(3)))) < 1e-11);
  CHECK(gmres(map(general), MatrixXd::Zero(d, 2), 3) == MatrixXd::Zero(d, 2));
  CHECK(gmres(map(MatrixXd::Zero(d, d)), b, 3) == MatrixXd::Zero(d, 4));  // nothing helps
}

TEST_CASE("krylov: refusals") {
  CHECK(contains(refusal([&] { conjugate_gradients(map(positive), b, 0); }), "conjugate gradients", "iterations = 0"));
  CHECK(contains(refusal([&] { gmres(map(positive), b, -1); }), "gmres", "iterations = -1", "at least 1"));
}

TEST_CASE("conjugate_gradients, gmres: in float, to its rounding") {
  const auto M = [](const Eigen::MatrixXf& x) -> Eigen::MatrixXf { return positive.cast<float>() * x; };
  const MatrixXd solution = positive.llt().solve(b);
  CHECK(largest_difference(conjugate_gradients<float>(M, b.cast<float>(), 2 * d), solution) < 1e-5);
  CHECK(largest_difference(gmres<float>(M, b.cast<float>(), 2 * d), solution) < 1e-5);
}
