#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {
MatrixXd positive_definite(Eigen::Index d) {
  const MatrixXd a = MatrixXd::Random(d, d);
  return a * a.transpose() + 0.1 * MatrixXd::Identity(d, d);
}
}  // namespace

TEST_CASE("every form of a covariance agrees with its matrix in every function of it") {
  const MatrixXd factor = MatrixXd::Random(6, 2);
  MatrixXd dependent(6, 3);
  dependent << factor, factor.col(0);  // of rank 2 in 3 columns
  const VectorXd diagonal = VectorXd::LinSpaced(6, 0.1, 2);
  const MatrixXd y = MatrixXd::Random(6, 4);
  for (const Covariance<>& form :
       {Covariance<>(positive_definite(6)), Covariance<>::diagonal(diagonal), Covariance<>::low_rank(factor, 0.3),
        Covariance<>::low_rank(dependent, 0.3), Covariance<>::isotropic(6, 0.7)}) {
    const MatrixXd matrix = form.matrix(), inverse = matrix.inverse();
    const auto reciprocal = [](double v) { return 1 / v; };
    CHECK(tests::largest_difference(form.apply(reciprocal, y), MatrixXd(inverse * y)) < 1e-11);
    CHECK(tests::largest_difference(form.quadratic(reciprocal, y), VectorXd((y.transpose() * inverse * y).diagonal())) <
          1e-11);
    CHECK(tests::largest_difference(form.diagonal_of(reciprocal), VectorXd(inverse.diagonal())) < 1e-11);
    CHECK(std::abs(form.trace(reciprocal) - inverse.trace()) < 1e-10);
    CHECK(std::abs(form.trace([](double v) { return std::log(v); }) - std::log(matrix.determinant())) < 1e-12);
    CHECK(tests::largest_difference(form.map([](double v) { return v * v; }).matrix(), MatrixXd(matrix * matrix)) <
          1e-12);
  }
}

TEST_CASE("forms are what they are made of") {
  const MatrixXd full = positive_definite(4), factor = MatrixXd::Random(4, 2);
  CHECK(tests::largest_difference(Covariance<>(full).matrix(), full) < 1e-14);
  CHECK(tests::largest_difference(Covariance<>::low_rank(factor, 0.5).matrix(),
                                  MatrixXd(factor * factor.transpose() + 0.5 * MatrixXd::Identity(4, 4))) < 1e-14);
  CHECK(Covariance<>::isotropic(3, 2).matrix() == 2 * MatrixXd::Identity(3, 3));
  MatrixXd singular = MatrixXd::Zero(2, 2);
  singular(0, 0) = 1;
  CHECK(Covariance<>::semidefinite(singular).matrix() == singular);
}

TEST_CASE("low_rank keeps every component that the rest does not hide, in float and in 3072 dimensions") {
  // Columns of a reflection, so that the eigenvalues are known: 40 of them over six powers of ten, far above the rest.
  const Eigen::Index d = 3072;
  VectorXd normal(d);
  for (Eigen::Index i = 0; i < d; ++i) normal[i] = std::sin(double(i * i));
  MatrixXd factor = -2 / normal.squaredNorm() * normal * normal.head(40).transpose();
  factor.diagonal().array() += 1;
  double log_determinant = (d - 40) * std::log(1e-8);
  for (int j = 0; j < 40; ++j) {
    factor.col(j) *= std::pow(10, -0.075 * j);
    log_determinant += std::log(std::pow(10, -0.15 * j) + 1e-8);
  }
  const auto form = Covariance<float>::low_rank(factor.cast<float>(), 1e-8F);
  CHECK(form.trace([](float v) { return v > 2e-8F ? 1 : 0; }) == 40);
  CHECK(std::abs(form.trace([](float v) { return std::log(double(v)); }) - log_determinant) < 1e-4);
  // What is below the rounding of the rest is not told from it.
  const auto hidden = Covariance<>::low_rank(factor.leftCols(3) * Eigen::Vector3d(1, 1e-9, 1e-12).asDiagonal(), 1);
  CHECK(std::abs(hidden.trace([](double v) { return v; }) - double(d) - 1) < 1e-9);
}

TEST_CASE("the rest's part of a form is a residual, not what is left of a difference of squares") {
  // Σ = 1e8 u uᵀ + 1e−12 (I − u uᵀ) to 1e−20 of u's part: of y = a 1e4 u + 1e−6 w, w ⊥ u, yᵀ Σ⁻¹ y = a² + w².
  const Eigen::Vector3d u = Eigen::Vector3d(3, 4, 0) / 5, across = Eigen::Vector3d(-4, 3, 0) / 5;
  const auto form = Covariance<>::low_rank(1e4 * u, 1e-12);
  const MatrixXd w = across * 2.6 + Eigen::Vector3d(0, 0, 6.3);
  const auto inverse = [](double v) { return 1 / v; };
  CHECK(std::abs(form.quadratic(inverse, 1e-6 * w)[0] - 46.45) < 1e-9);
  for (const double a : {1., -30.}) {
    const MatrixXd y = a * 1e4 * u + 1e-6 * w;  // rounded to 1e−12, 1e−6 of the rest's deviation
    CHECK(std::abs(form.quadratic(inverse, y)[0] - (a * a + 46.45)) < 1e-3);
    CHECK(std::abs(form.norm([](double v) { return 1 / std::sqrt(v); }, y)[0] - std::sqrt(a * a + 46.45)) < 1e-4);
    // Of y in the direction of u alone next to nothing may be left of the rest's 1e12.
    const MatrixXd along = form.apply(inverse, MatrixXd(a * 1e4 * u));
    CHECK(along.norm() < 3);  // 1e12 of the rounding of y, and not of y
  }
  CHECK(std::abs(form.diagonal_of(inverse)[2] - 1e12) < 1);
  const auto axis = Covariance<>::low_rank(MatrixXd(1e4 * Eigen::Vector3d::UnitX()), 1e-12);
  CHECK(std::abs(axis.diagonal_of(inverse)[0] - 1e-8) < 1e-22);
  CHECK(axis.apply(inverse, Eigen::Vector3d(1e4, 0, 0)).isApprox(Eigen::Vector3d(1e-4, 0, 0), 1e-14));
}

TEST_CASE("columns of any size: the small ones count, the dependent ones do not") {
  const MatrixXd directions = MatrixXd::Random(7, 3);
  MatrixXd factor(7, 5);
  factor << directions.col(0), 1e-12 * directions.col(1), 1e10 * directions.col(2), 3 * directions.col(0),
      1e-12 * (directions.col(1) - 2 * directions.col(0));
  const auto above = [](double limit) { return [=](double v) { return v > limit ? 1 : 0; }; };
  CHECK(Covariance<>::low_rank(factor, 1e-40).trace(above(1e-30)) == 3);
  const auto none = Covariance<>::of_factor(factor);
  CHECK(none.trace(above(0)) == 3);
  CHECK(none.smallest() == 0);
  CHECK(Covariance<>::isotropic(3, 0.7).smallest() == 0.7);
  CHECK(Covariance<>::isotropic(3, 0.7).largest() == 0.7);
  CHECK(Covariance<>::diagonal(Eigen::Vector3d(0.3, 2, 1)).largest() == 2);
  CHECK(std::abs(Covariance<>::low_rank(MatrixXd(Eigen::Vector3d(0, 1, 0)), 0.7).largest() - 1.7) < 1e-15);
  CHECK(Covariance<>::low_rank(MatrixXd(Eigen::Vector3d(0, 1, 0)), 0.7).smallest() == 0.7);
  // Cauchy and Binet: the sum of the squared volumes of all triples of columns, of which those count that have one of
  // the first direction (1 and 3² times), one of the second (twice) and the third.
  const double volume = (directions.transpose() * directions).determinant();
  const double product = std::exp(none.trace([](double v) { return v > 0 ? std::log(v) : 0; }));
  CHECK(std::abs(product / (1e-4 * volume * (1 + 9) * (1 + 1)) - 1) < 1e-4);
}

TEST_CASE("a covariance in any units") {
  const MatrixXd factor = MatrixXd::Random(5, 2), y = MatrixXd::Random(5, 3);
  const auto root = [](double v) { return std::sqrt(v); };
  const MatrixXd expected = Covariance<>::low_rank(factor, 0.1).apply(root, y);
  for (const double unit : {1e-150, 1e-6, 1e6, 1e150}) {
    const auto scaled = Covariance<>::low_rank(unit * factor, 0.1 * unit * unit);
    CHECK(tests::largest_difference(scaled.apply(root, y) / unit, expected) < 1e-13);
    CHECK(tests::largest_difference(
              scaled.norm([&](double v) { return unit / std::sqrt(v); }, 1e200 * y) / 1e200,
              Covariance<>::low_rank(factor, 0.1).norm([](double v) { return 1 / std::sqrt(v); }, y)) < 1e-12);
  }
  CHECK(tests::contains(tests::refusal([&] { Covariance<>::low_rank(1e160 * factor, 1); }), "square", "not finite"));
}

TEST_CASE("a full matrix whose coordinates have very different units keeps its small eigenvalue") {
  for (const double small : {1e-6, 1e-12, 1e-100}) {  // λ₁λ₂ is the determinant, λ₁ the large variance to rounding
    const MatrixXd matrix{{1e8, 0.1 * 1e4 * std::sqrt(small)}, {0.1 * 1e4 * std::sqrt(small), small}};
    const Covariance<> form(matrix);
    CHECK(std::abs(form.smallest() / (0.99 * small) - 1) < 1e-12);
    CHECK(tests::largest_difference(form.matrix(), matrix) < 1e-7);
    const MatrixXd turned = matrix.reverse();
    CHECK(std::abs(Covariance<>(turned).smallest() / (0.99 * small) - 1) < 1e-12);
    const MatrixXd none{{1e8, 2e4 * std::sqrt(small)}, {2e4 * std::sqrt(small), small}};  // a correlation of 2
    CHECK(tests::contains(tests::refusal([&] { Covariance<>{none}; }), "positive definite"));
  }
}

TEST_CASE("a singular matrix whose coordinates have very different units keeps its small variances") {
  // Of coordinates (u, w, u + w, 0) in units 1e4, 1e−6, 1 and any: rank 2, and the pseudo-determinant is the sum of the
  // principal minors of two.
  const Eigen::Matrix2d of{{1, 0.3}, {0.3, 1}};
  const MatrixXd mix{{1e4, 0}, {0, 1e-6}, {1e-6, 1e-6}, {0, 0}}, matrix = mix * of * mix.transpose();
  const auto form = Covariance<>::semidefinite(matrix);
  CHECK(form.trace([](double v) { return v > 0 ? 1 : 0; }) == 2);
  double minors = 0;
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < i; ++j) minors += std::pow(mix(i, 0) * mix(j, 1) - mix(i, 1) * mix(j, 0), 2) * of.determinant();
  const double product = std::exp(form.trace([](double v) { return v > 0 ? std::log(v) : 0; }));
  CHECK(std::abs(product / minors - 1) < 1e-12);
  const auto diagonal = Covariance<>::semidefinite(MatrixXd(Eigen::Vector3d(1e8, 0, 1e-12).asDiagonal()));
  CHECK(diagonal.diagonal_of([](double v) { return v; }).isApprox(Eigen::Vector3d(1e8, 0, 1e-12)));
  CHECK(diagonal.matrix()(2, 2) == 1e-12);
}

TEST_CASE("what is singular to rounding is singular, whichever way rounding falls") {
  for (int k = 1; k < 30; ++k) {
    const Eigen::Vector3d u(0.37 * k, 1 - 0.11 * k, 0.3), w(1, 0.1 * k, -0.7);
    const MatrixXd plane = u * u.transpose() + w * w.transpose();
    CHECK(tests::contains(tests::refusal([&] { Covariance<>{plane}; }), "positive definite", "semidefinite"));
    const auto form = Covariance<>::semidefinite(plane);
    CHECK(form.smallest() == 0);
    CHECK(tests::largest_difference(form.matrix(), plane) < 1e-13 * plane.norm());
  }
}

TEST_CASE("covariances that are none are refused") {
  const auto eigenvalue = [](double v) { return MatrixXd{{0.5 + v / 2, 0.5 - v / 2}, {0.5 - v / 2, 0.5 + v / 2}}; };
  for (const double least : {-1e-13, 0., 1e-17}) CHECK(Covariance<>::semidefinite(eigenvalue(least)).smallest() == 0);
  CHECK(tests::contains(tests::refusal([&] { Covariance<>::semidefinite(eigenvalue(-1e-11)); }), "positive definite",
                        "e-1"));
  CHECK(Covariance<float>::semidefinite(eigenvalue(-1e-7).cast<float>()).smallest() == 0);
  CHECK(tests::contains(tests::refusal([&] { Covariance<float>::semidefinite(eigenvalue(-1e-5).cast<float>()); }),
                        "positive definite"));
  CHECK(Covariance<>::semidefinite(MatrixXd{{1, 0.5}, {0.5 + 1e-12, 1}}).smallest() > 0.4);
  CHECK(tests::contains(tests::refusal([&] { Covariance<>{MatrixXd{{1, 0.5}, {0.5 + 1e-10, 1}}}; }), "symmetric"));
  MatrixXd bad = MatrixXd::Identity(2, 2);
  bad(1, 1) = -0.5;
  CHECK(tests::contains(tests::refusal([&] { Covariance<>{bad}; }), "positive definite", "-0.5"));
  bad(1, 1) = 0;
  CHECK(tests::contains(tests::refusal([&] { Covariance<>{bad}; }), "positive definite", "eigenvalue is 0"));
  bad << 1, 0.5, 0, 1;
  CHECK(tests::contains(tests::refusal([&] { Covariance<>{bad}; }), "symmetric", "0.5"));
  CHECK(tests::contains(tests::refusal([] { Covariance<>{MatrixXd(2, 3)}; }), "square", "2x3"));
  bad(0, 0) = std::nan("");
  CHECK(tests::contains(tests::refusal([&] { Covariance<>{bad}; }), "not finite"));
  CHECK(tests::contains(tests::refusal([] { Covariance<>::diagonal(VectorXd::Zero(2)); }), "positive"));
  CHECK(tests::contains(tests::refusal([] { Covariance<>::low_rank(MatrixXd::Ones(2, 1), 0); }), "rest", "positive"));
  CHECK(tests::contains(tests::refusal([] { Covariance<>::low_rank(MatrixXd::Ones(2, 3), 1); }), "2x3"));
}
