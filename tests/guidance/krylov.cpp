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

TEST_CASE("conjugate_gradients, gmres: a singular system ends at least squares, consistent or not") {
  // Of rank 2 in 5 dimensions, with b in its range, out of it, and mostly out of it.
  const MatrixXd V = normals(d, 2, 4), M = V * V.transpose();
  MatrixXd right = b;
  right.col(0) = M * b.col(0);
  right.col(3) = b.col(3) - V * V.colPivHouseholderQr().solve(b.col(3)) + 1e-6 * V.col(0);
  const MatrixXd wanted = M.completeOrthogonalDecomposition().solve(right);
  for (const int k : {3, 4, int(d), int(d) + 4}) {
    INFO("iterations " << k);
    CHECK(largest_difference(MatrixXd(M * conjugate_gradients(map(M), right, k)), MatrixXd(M * wanted)) < 1e-12);
    CHECK(largest_difference(MatrixXd(M * gmres(map(M), right, k)), MatrixXd(M * wanted)) < 1e-12);
  }
  CHECK(largest_difference(conjugate_gradients(map(M), right, d), wanted) < 1e-11);
  // Nothing of b is reached: nothing is done, once a second product has told how large M is.
  const MatrixXd nowhere = right.col(3) - 1e-6 * V.col(0);
  for (const int k : {2, 5}) {
    CHECK((M * conjugate_gradients(map(M), nowhere, k)).cwiseAbs().maxCoeff() < 1e-13);
    CHECK((M * gmres(map(M), nowhere, k)).cwiseAbs().maxCoeff() < 1e-13);
  }
}

TEST_CASE("conjugate_gradients: where they would leave more than b, the least residual of the space is taken") {
  // M takes the second direction to 0: one step of the length |b|²/bᵀMb would be 10⁶ long.
  const MatrixXd M = Eigen::Vector2d(1, 0).asDiagonal(), almost = Eigen::Vector2d(1e-3, 1);
  CHECK(largest_difference(conjugate_gradients(map(M), almost, 1), gmres(map(M), almost, 1)) < 1e-12);
  CHECK(std::abs(gmres(map(M), almost, 1)(0) - 1e-3) < 1e-15);  // bᵀMb/|Mb|² = 1
}

TEST_CASE("conjugate_gradients, gmres: a shift, and what M takes to 0 under a small one") {
  for (const double shift : {0.0, 1e-3, 2.0}) {
    const MatrixXd K = positive + shift * MatrixXd::Identity(d, d), L = general + shift * MatrixXd::Identity(d, d);
    CHECK(largest_difference(conjugate_gradients(map(positive), b, d, 1e-13, shift), MatrixXd(K.llt().solve(b))) <
          1e-11);
    CHECK(largest_difference(gmres(map(general), b, d, 1e-13, shift), MatrixXd(L.fullPivLu().solve(b))) < 1e-11);
    for (int k = 1; k < d; ++k) {  // the spaces of M and of M + shift I are the same
      CHECK(largest_difference(gmres(map(general), b, k, 1e-13, shift), gmres(map(L), b, k)) < 1e-11);
      CHECK(largest_difference(conjugate_gradients(map(positive), b, k, 1e-13, shift),
                               conjugate_gradients(map(K), b, k)) < 1e-11);
    }
  }
  // [1 1; 1 1] + 10⁻¹⁶ I and a b that is not (1, 1): 1.05/2 along (1, 1), and nothing of 5·10¹⁴ across.
  const MatrixXd ones = MatrixXd::Ones(2, 2), b2 = Eigen::Vector2d(1, 1.1), mean = Eigen::Vector2d(1.05, 1.05);
  for (const double shift : {0.0, 1e-20, 1e-16, 1e-14, 1e-10}) {
    CHECK(largest_difference(MatrixXd(ones * conjugate_gradients(map(ones), b2, 2, 1e-13, shift)), mean) < 1e-9);
    CHECK(largest_difference(MatrixXd(ones * gmres(map(ones), b2, 2, 1e-13, shift)), mean) < 1e-9);
  }
}

TEST_CASE("conjugate_gradients, gmres: badly scaled systems are solved, and stop no earlier") {
  MatrixXd M = MatrixXd::Zero(4, 4);
  M.diagonal() << 1, 1e-3, 1e-6, 1e-8;
  const MatrixXd Q = MatrixXd(normals(4, 4, 5).householderQr().householderQ()), K = Q * M * Q.transpose();
  const MatrixXd solution = normals(4, 2, 6), right = K * solution;
  CHECK(largest_difference(conjugate_gradients(map(K), right, 4), solution) < 1e-6);
  CHECK(largest_difference(gmres(map(K), right, 4), solution) < 1e-6);
}

TEST_CASE("conjugate_gradients, gmres, least_squares: in any units") {
  for (const double unit : {1e-150, 1e-10, 1e10, 1e150})
    for (const double other : {1e-150, 1.0, 1e150}) {
      INFO("units " << unit << " and " << other);
      const MatrixXd M = unit * positive, right = other * b;
      const double back = unit / other;
      const MatrixXd solution = positive.llt().solve(b);
      CHECK(largest_difference(MatrixXd(conjugate_gradients(map(M), right, d) * back), solution) < 1e-11);
      CHECK(largest_difference(MatrixXd(gmres(map(M), right, d) * back), solution) < 1e-11);
      CHECK(largest_difference(MatrixXd(least_squares(map(M), map(M), right) * back), solution) < 1e-10);
    }
}

TEST_CASE("gmres: it stops where the space is exhausted or the residual small, column by column") {
  int products = 0;
  const auto counted = [&products](const MatrixXd& M) {
    products = 0;
    return [M, &products](const MatrixXd& x) -> MatrixXd { return ++products, M * x; };
  };
  gmres(counted(3 * MatrixXd::Identity(d, d)), b, 4);
  CHECK(products == 1);
  gmres(counted(MatrixXd::Zero(d, d)), b, 4);
  CHECK(products == 1);
  gmres(counted(general), b, 50);
  CHECK(products == d);
  gmres(counted(general), MatrixXd::Zero(d, 2), 50);
  CHECK(products == 0);
  const MatrixXd V = normals(d, 1, 4);
  gmres(counted(MatrixXd(V * V.transpose())), b, 50);
  CHECK(products == 2);  // b and V
  gmres(counted(positive), b, 50, 0.5);
  const int few = products;
  CHECK(few < d);
  const MatrixXd u = gmres(map(positive), b, 50, 0.5);
  for (Eigen::Index i = 0; i < b.cols(); ++i) CHECK((positive * u.col(i) - b.col(i)).norm() <= 0.5 * b.col(i).norm());
}

TEST_CASE("least_squares: the shortest of least squares, and damped") {
  const MatrixXd tall = normals(7, 3, 8), wide = normals(3, 7, 9), right = normals(7, 4, 10);
  const auto check = [](const MatrixXd& A, const MatrixXd& y, double damping, const MatrixXd& wanted, double within) {
    const MatrixXd found = least_squares(map(A), map(A.transpose()), y, damping);
    CHECK(largest_difference(found, wanted) < within);
  };
  check(tall, right, 0, tall.colPivHouseholderQr().solve(right), 1e-12);
  check(wide, right.topRows(3), 0, wide.completeOrthogonalDecomposition().solve(right.topRows(3)), 1e-12);
  for (const double damping : {1e-9, 0.1, 3.0}) {
    const MatrixXd K = tall.transpose() * tall + damping * damping * MatrixXd::Identity(3, 3);
    check(tall, right, damping, K.llt().solve(tall.transpose() * right), 1e-11);
  }
  // Twice the same row, and rows of very different sizes.
  check(MatrixXd::Ones(2, 1), Eigen::Vector2d(0.6, 0.61), 0, MatrixXd::Constant(1, 1, 0.605), 1e-15);
  const MatrixXd twice{{1, 2}, {1, 2}};
  for (const double damping : {0.0, 1e-12, 1e-8})
    check(twice, Eigen::Vector2d(1, 1.1), damping, Eigen::Vector2d(0.21, 0.42), 1e-14);
  const MatrixXd uneven = Eigen::Vector3d(1, 1e4, 1e7).asDiagonal() * normals(3, 3, 11);
  check(uneven, uneven * normals(3, 2, 12), 0, normals(3, 2, 12), 1e-7);
  // A column of 0, and what A does not reach.
  MatrixXd mixed = right.topRows(2);
  mixed.col(1).setZero();
  mixed.col(2) = Eigen::Vector2d(1, -1);
  const MatrixXd found = least_squares(map(MatrixXd::Ones(2, 1)), map(MatrixXd::Ones(1, 2)), mixed);
  CHECK(largest_difference(found, MatrixXd(mixed.colwise().mean())) < 1e-15);
  CHECK(largest_difference(least_squares(map(MatrixXd::Zero(2, 3)), map(MatrixXd::Zero(3, 2)), mixed),
                           MatrixXd::Zero(3, 4)) == 0);
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
