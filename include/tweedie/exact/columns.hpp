#pragma once
// How an exact model, which works on matrices of columns in its own scalar, takes and returns states of any kind.

#include "../state/state.hpp"

namespace tweedie::detail {

/// f(Y), Y the samples of x as columns in the model's scalar (without a copy where memory order and scalar allow it).
template <class Scalar, class X, class F>
auto on_columns(const X& x, Eigen::Index d, const char* model, const F& f) {
  static_assert(
      requires(const typename Plain<X>::Scalar& number) { static_cast<Scalar>(number); },
      "tweedie: an exact model takes states whose numbers convert to its own scalar; dual numbers do not, and the "
      "derivative is a closed form: covariance_product(model)");
  const Plain<X>& state = x;  // evaluates an expression
  if (samples(state) == 0) return f(Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>(d, 0));
  const auto view = columns(state);
  require(view.rows() == d, model, ": its dimension is ", d, ", but the state of ", shape(state),
          " has samples of dimension ", view.rows());
  const Eigen::Ref<const Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>> y = view.template cast<Scalar>();
  return f(y);
}

/// Throws unless z, what a covariance multiplies, has a column for each of y.
template <class Y, class Z>
void check_same_shape(const char* model, const Y& y, const Z& z) {
  require(z.rows() == y.rows() && z.cols() == y.cols(), model, ": covariance_times of ", y.rows(), "x", y.cols(),
          " numbers was given a factor of ", z.rows(), "x", z.cols());
}

/// f(Y) as a state of the kind of x, f giving a matrix of the shape of Y.
template <class Scalar, class X, class F>
Plain<X> mapped_columns(const X& x, Eigen::Index d, const char* model, const F& f) {
  check_real<X>();
  Plain<X> out = x;
  const auto result = on_columns<Scalar>(out, d, model, f);
  if (samples(out) > 0) columns(out) = result.template cast<typename Plain<X>::Scalar>();
  return out;
}

}  // namespace tweedie::detail
