#pragma once
// A linear measurement of the data, y = A x₀ + noise·n, n ~ N(0, I): part of an image, a blur, a projection.

#include <functional>
#include <type_traits>

#include "../exact/linear_posterior.hpp"
#include "../schedule/told.hpp"
#include "../state/callable.hpp"
#include "../state/normals.hpp"

namespace tweedie {

/// A as a matrix, or as a pair of callables for x ↦ A x and u ↦ Aᵀ u on columns, and what was measured. It works in
/// Real, whatever the scalar of the state; the methods of this folder take LinearMeasurement, in double.
template <class Real>
class BasicLinearMeasurement {
 public:
  using Matrix = Eigen::MatrixX<Real>;
  using Map = std::function<Matrix(const Matrix&)>;

  /// A of m × d; y of m × 1, the same for every sample, or m × n, one for each; noise ≥ 0, the standard deviation.
  BasicLinearMeasurement(const Matrix& A, Matrix y, double noise)
      : BasicLinearMeasurement([A](const Matrix& x) -> Matrix { return A * x; },
                               [A](const Matrix& u) -> Matrix { return A.transpose() * u; }, A.cols(), std::move(y),
                               noise) {}

  /// forward: d × n → m × n; adjoint: m × n → d × n, which return matrices. Throws std::invalid_argument where the two
  /// are not adjoint, A x·u ≠ x·Aᵀu, which is tried on three random pairs.
  template <std::invocable<const Matrix&> Forward, std::invocable<const Matrix&> Adjoint>
  requires(!std::same_as<Forward, Map> || !std::same_as<Adjoint, Map>)
      BasicLinearMeasurement(Forward forward, Adjoint adjoint, Eigen::Index dimension, Matrix y, double noise)
      : BasicLinearMeasurement(Map(std::move(forward)), Map(std::move(adjoint)), dimension, std::move(y), noise) {
    detail::check_evaluated<std::invoke_result_t<const Forward&, const Matrix&>>();
    detail::check_evaluated<std::invoke_result_t<const Adjoint&, const Matrix&>>();
  }
  BasicLinearMeasurement(Map forward, Map adjoint, Eigen::Index dimension, Matrix y, double noise)
      : forward_(std::move(forward)),
        adjoint_(std::move(adjoint)),
        dimension_(dimension),
        y_(std::move(y)),
        noise_(noise) {
    told(forward_, "measurement: its forward map", "x -> A x"), told(adjoint_, "measurement: its adjoint", "u -> A'u");
    require(noise >= 0 && std::isfinite(noise), "measurement: noise = ", noise, " must be finite and not negative");
    require(y_.size() > 0 && y_.allFinite(), "measurement: y is empty, or has a value that is not finite");
    require(dimension > 0, "measurement: its dimension is ", dimension, ", but must be positive");
    Matrix x(dimension, 3), u(y_.rows(), 3);
    Normals{0x7eed1e}(x, address(Purpose::adjoint, 0));
    Normals{0x7eed1e}(u, address(Purpose::adjoint, 1));
    const Matrix Ax = this->forward(x), Atu = this->adjoint(u);
    for (Eigen::Index i = 0; i < 3; ++i) {
      const Real left = Ax.col(i).dot(u.col(i)), right = x.col(i).dot(Atu.col(i));
      const Real of_A = Ax.col(i).stableNorm() / x.col(i).norm(), of_At = Atu.col(i).stableNorm() / u.col(i).norm();
      require(std::abs(left - right) <= Real(1e-5) * (of_A + of_At) * x.col(i).norm() * u.col(i).norm(),
              "measurement: the adjoint fails the dot-product test: A x.u = ", left, ", but x.A'u = ", right);
      if (std::max(of_A, of_At) > 0) unit_ = std::ldexp(Real(1), std::ilogb(std::max(of_A, of_At)));
    }
  }

  Eigen::Index dimension() const { return dimension_; }
  double noise() const { return noise_; }
  double variance() const { return noise_ * noise_; }
  const Matrix& y() const { return y_; }
  /// A power of two near the size of A, its gain on random directions: in this unit A, y and noise may be squared.
  Real unit() const { return unit_; }

  /// Throws unless it is one of states of this shape, d × n.
  void check(Eigen::Index d, Eigen::Index n) const {
    require(d == dimension_, "measurement: its dimension is ", dimension_, ", but a sample has ", d);
    require(y_.cols() == 1 || y_.cols() == n, "measurement: y has ", y_.cols(), " columns for ", n,
            " samples, but must have 1 or as many");
  }
  /// A x.
  Matrix forward(const Matrix& x) const {
    require(x.rows() == dimension_, "measurement: its dimension is ", dimension_, ", but a sample has ", x.rows());
    Matrix Ax = forward_(x);
    require(Ax.rows() == y_.rows() && Ax.cols() == x.cols(), "measurement: A gave the shape ", Ax.rows(), "x",
            Ax.cols(), " for ", x.cols(), " samples, but y has ", y_.rows(), " rows");
    return Ax;
  }
  /// Aᵀ u.
  Matrix adjoint(const Matrix& u) const {
    Matrix Atu = adjoint_(u);
    require(Atu.rows() == dimension_ && Atu.cols() == u.cols(), "measurement: the adjoint gave the shape ", Atu.rows(),
            "x", Atu.cols(), " for ", u.rows(), "x", u.cols(), ", but the dimension is ", dimension_);
    return Atu;
  }
  /// y − A x.
  Matrix residual(const Matrix& x) const {
    check(x.rows(), x.cols());
    Matrix r = -forward(x);
    if (y_.cols() == 1)
      r.colwise() += y_.col(0);
    else
      r += y_;
    return r;
  }
  /// A as a matrix of m × d.
  Matrix matrix() const { return forward(Matrix::Identity(dimension_, dimension_)); }

 private:
  Map forward_, adjoint_;
  Eigen::Index dimension_;
  Matrix y_;
  double noise_;
  Real unit_ = 1;
};
using LinearMeasurement = BasicLinearMeasurement<double>;

/// The coordinates of x₀ where mask is 1 or true, else 0 or false, with their values, d × 1 or d × n, whose other numbers
/// are not read.
template <class Real = double>
BasicLinearMeasurement<Real> masked(const std::type_identity_t<Eigen::VectorX<Real>>& mask,
                                    const std::type_identity_t<Eigen::MatrixX<Real>>& values, double noise) {
  using Matrix = Eigen::MatrixX<Real>;
  std::vector<Eigen::Index> known;
  for (Eigen::Index j = 0; j < mask.size(); ++j) {
    require(mask[j] == 0 || mask[j] == 1, "masked: entry ", j, " of the mask is ", mask[j], ", but must be 0 or 1");
    if (mask[j] != 0) known.push_back(j);
  }
  require(values.rows() == mask.size(), "masked: the mask has ", mask.size(), " entries, the values ", values.rows(),
          " rows");
  require(!known.empty(), "masked: the mask is 0 everywhere, and nothing was measured");
  const Eigen::Index d = mask.size();
  return {[known](const Matrix& x) -> Matrix { return x(known, Eigen::all); },
          [known, d](const Matrix& u) {
            Matrix x = Matrix::Zero(d, u.cols());
            x(known, Eigen::all) = u;
            return x;
          },
          d, values(known, Eigen::all), noise};
}

template <class Real = double, class Mask>
requires(std::same_as<typename Mask::Scalar, bool>) BasicLinearMeasurement<Real> masked(
    const Eigen::DenseBase<Mask>& mask, const std::type_identity_t<Eigen::MatrixX<Real>>& values, double noise) {
  return masked<Real>(Eigen::VectorX<Real>(mask.derived().template cast<Real>().matrix()), values, noise);
}

/// p(x₀ | y) of a Gaussian or a mixture, for a y of one column.
template <class Model, class Real>
auto posterior(const Model& data, const BasicLinearMeasurement<Real>& measurement) {
  using Scalar = typename Model::Scalar;
  require(measurement.y().cols() == 1, "posterior: it is of one measurement, but y has ", measurement.y().cols(),
          " columns");
  return posterior(data, measurement.matrix().template cast<Scalar>().eval(),
                   measurement.y().col(0).template cast<Scalar>().eval(), measurement.noise());
}

}  // namespace tweedie
