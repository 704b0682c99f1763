#include "support/test.hpp"

using namespace tweedie;
using Eigen::ArrayXd;
using Eigen::MatrixXd;

namespace {
/// An orthogonal matrix that no axis is an eigenvector of: a reflection.
MatrixXd reflection(Eigen::Index d, double seed) {
  Eigen::VectorXd normal(d);
  for (Eigen::Index i = 0; i < d; ++i) normal[i] = std::sin(seed * double(i * i + 1));
  return MatrixXd::Identity(d, d) - 2 / normal.squaredNorm() * normal * normal.transpose();
}
ArrayXd sorted(ArrayXd values) {
  std::sort(values.begin(), values.end());
  return values;
}
}  // namespace

TEST_CASE("columns are made orthogonal by an orthogonal matrix, which what is carried along tells") {
  for (const Eigen::Index n : {1, 2, 5, 12}) {
    const MatrixXd given = MatrixXd::Random(12, n);
    MatrixXd C = given, Q = MatrixXd::Identity(n, n);
    const ArrayXd sizes = detail::orthogonalise<double>(C, Q);
    CHECK(tests::largest_difference(Q.transpose() * Q, MatrixXd::Identity(n, n)) < 1e-13);
    CHECK(tests::largest_difference(given * Q, C) < 1e-13);
    CHECK(tests::largest_difference(C.transpose() * C, MatrixXd(sizes.square().matrix().asDiagonal())) < 1e-13);
  }
}

TEST_CASE("singular values are right relative to themselves where the columns are of many sizes") {
  ArrayXd sizes(8);
  for (int j = 0; j < 8; ++j) sizes[j] = std::pow(10, 10 - 4 * j);  // 1e10 to 1e−18
  for (const double unit : {1e-150, 1., 1e150}) {
    MatrixXd C = unit * reflection(9, 0.7).leftCols(8) * sizes.matrix().asDiagonal(), none;
    // Mixed within a factor that leaves each column its size: the volume is that of the sizes.
    for (int j = 1; j < 8; ++j) C.col(j) += 0.3 * sizes[j] / sizes[j - 1] * C.col(j - 1);
    const ArrayXd found = detail::orthogonalise<double>(C, none);
    CHECK(std::abs((found / unit).log().sum() - sizes.log().sum()) < 1e-13 * 100);
    CHECK((sorted(found / unit) / sorted(sizes) - 1).abs().maxCoeff() < 0.1);
  }
}

TEST_CASE("columns that depend on others to rounding become 0, however many and whatever their size") {
  for (const Eigen::Index rank : {1, 3, 10})
    for (const Eigen::Index n : {11, 30, 60}) {
      const MatrixXd basis = MatrixXd::Random(40, rank), mix = MatrixXd::Random(rank, n);
      MatrixXd equal = basis * mix, graded = equal, none;
      for (Eigen::Index j = 0; j < n; ++j) graded.col(j) *= std::pow(10, -double(j % 7) * 2);
      CHECK((detail::orthogonalise<double>(equal, none) > 0).count() == rank);
      CHECK((detail::orthogonalise<double>(graded, none) > 0).count() == rank);
    }
  MatrixXd wide = MatrixXd::Random(2, 200), none;
  CHECK((detail::orthogonalise<double>(wide, none) > 0).count() == 2);
  MatrixXd zero = MatrixXd::Zero(3, 2), empty(3, 0);
  CHECK((detail::orthogonalise<double>(zero, none) == 0).all());
  CHECK(detail::orthogonalise<double>(empty, none).size() == 0);
}

TEST_CASE("small singular values of nearly dependent columns survive where their entries hold them") {
  // σ from 1 to 1e−12 mixed on both sides: what rounding of the entries leaves is 1e−16 of the largest.
  ArrayXd sizes(6);
  for (int j = 0; j < 6; ++j) sizes[j] = std::pow(10, -2.4 * j);
  MatrixXd C = reflection(20, 0.3).leftCols(6) * sizes.matrix().asDiagonal() * reflection(6, 1.9), none;
  const ArrayXd found = sorted(detail::orthogonalise<double>(C, none));
  CHECK((found - sorted(sizes)).abs().maxCoeff() < 1e-15);
}

TEST_CASE("a complement fills columns up to a basis") {
  const MatrixXd W = reflection(6, 0.4).leftCols(2), others = detail::complement<double>(W);
  MatrixXd basis(6, 6);
  basis << W, others;
  CHECK(tests::largest_difference(basis.transpose() * basis, MatrixXd::Identity(6, 6)) < 1e-14);
  CHECK(detail::complement<double>(reflection(3, 1)).cols() == 0);
  CHECK(tests::largest_difference(detail::complement<double>(MatrixXd(2, 0)).cwiseAbs(), MatrixXd::Identity(2, 2)) <
        1e-15);
}

TEST_CASE("norms and hypotenuses whose squares are not numbers") {
  for (const double unit : {1e-300, 1e-160, 1., 1e160, 1e300}) {
    CHECK(std::abs(detail::stable_norm<double>(Eigen::Vector3d(2, 3, -6) * unit) / unit - 7) < 1e-14);
    CHECK(std::abs(detail::hypotenuse(3 * unit, -4 * unit) / unit - 5) < 1e-14);
  }
  CHECK(detail::hypotenuse(0., 3.) == 3);
  CHECK(detail::hypotenuse(0., 0.) == 0);
  CHECK(detail::stable_norm<double>(Eigen::Vector2d(0, 0)) == 0);
  CHECK(std::isnan(detail::stable_norm<double>(Eigen::Vector2d(1, std::nan("")))));
  CHECK(std::isinf(detail::stable_norm<double>(Eigen::Vector2d(1, -std::numeric_limits<double>::infinity()))));
}
