#pragma once
// What a table makes of Gaussian data, exactly: no sample is drawn. The best denoiser of N(μ, S) is affine,
//   x̂₀ = μ + αS C⁻¹ (x − αμ),   ε̂ = σ C⁻¹ (x − αμ),   C = α²S + σ²I,
// so every row maps the states that it reads, jointly Gaussian, to a Gaussian. In the eigenbasis of S these maps are
// diagonal. The joint law is kept of as many past states as the table reads estimates of; noise and history are
// included.  [OR-1]

#include "../sampler/row.hpp"
#include "gaussian.hpp"

namespace tweedie {

/// The law of the result of `table` on data ~ `data` with the best denoiser, started from x ~ `start`.
template <class Scalar>
Gaussian<Scalar> push_forward(const Table& table, const Gaussian<Scalar>& data, const Gaussian<Scalar>& start) {
  using Vector = typename Gaussian<Scalar>::Vector;
  using Matrix = typename Gaussian<Scalar>::Matrix;
  check_table(table);
  require(data.dimension() == start.dimension(), "push_forward: the data have dimension ", data.dimension(),
          ", the start ", start.dimension());
  const Eigen::Index d = data.dimension(), kept = std::max<Eigen::Index>(1, Eigen::Index(depth(table)));

  const auto [basis, v] = data.covariance().spectrum();
  const Vector root = v.cwiseSqrt(), mu = basis.transpose() * data.mean();

  Vector mean = Vector::Zero(kept * d);  // block k: the state k rows back
  Matrix covariance = Matrix::Zero(kept * d, kept * d);
  mean.head(d) = basis.transpose() * start.mean();
  covariance.topLeftCorner(d, d) = basis.transpose() * start.covariance().matrix() * basis;

  for (std::size_t i = 0; i < table.size(); ++i) {
    const Row& row = table[i].row;
    std::vector<Vector> gain(std::size_t(kept),
                             Vector::Zero(d));  // new state = Σ gain[k] ∘ (state k rows back) + constant + z ζ
    Vector constant = Vector::Zero(d);
    gain[0].setConstant(Scalar(row.x));
    for (std::size_t k = 0; k < depth(row); ++k) {
      if (row.x0[k] == 0 && row.eps[k] == 0) continue;
      const Scalar alpha = Scalar(table[i - k].from.alpha), sigma = Scalar(table[i - k].from.sigma);
      // With c = s² the coefficients αv/c and σ/c, of ratios that are numbers in any units.
      const Vector inverse = root.unaryExpr([&](Scalar r) {
        const Scalar s = detail::hypotenuse(alpha * r, sigma);
        return s == 0 ? Scalar(0) : 1 / s;
      });
      const Vector estimate = Scalar(row.x0[k]) * alpha * root.cwiseProduct(inverse).cwiseAbs2() +
                              Scalar(row.eps[k]) * (sigma * inverse).cwiseProduct(inverse);
      gain[k] += estimate;
      constant += Scalar(row.x0[k]) * mu - alpha * estimate.cwiseProduct(mu);
    }

    Vector next_mean = constant;
    Matrix cross = Matrix::Zero(d, kept * d);  // of the new state with every kept one
    for (Eigen::Index k = 0; k < kept; ++k) {
      next_mean += gain[std::size_t(k)].cwiseProduct(mean.segment(k * d, d));
      cross += gain[std::size_t(k)].asDiagonal() * covariance.middleRows(k * d, d);
    }
    Matrix variance = Scalar(row.z * row.z) * Matrix::Identity(d, d);
    for (Eigen::Index k = 0; k < kept; ++k) variance += cross.middleCols(k * d, d) * gain[std::size_t(k)].asDiagonal();

    const Eigen::Index older = (kept - 1) * d;  // what stays when all move one row back
    mean.tail(older) = mean.head(older).eval();
    covariance.bottomRightCorner(older, older) = covariance.topLeftCorner(older, older).eval();
    mean.head(d) = next_mean;
    covariance.topLeftCorner(d, d) = variance;
    covariance.topRightCorner(d, older) = cross.leftCols(older);
    covariance.bottomLeftCorner(older, d) = cross.leftCols(older).transpose();
  }
  const Matrix result = basis * covariance.topLeftCorner(d, d) * basis.transpose();
  return {basis * mean.head(d), Covariance<Scalar>::semidefinite((result + result.transpose()) / 2)};
}

/// The same, started from the data noised to the first level.
template <class Scalar>
Gaussian<Scalar> push_forward(const Table& table, const Gaussian<Scalar>& data) {
  check_table(table);
  return push_forward(table, data, data.marginal(table.front().from));
}

}  // namespace tweedie
