#pragma once
// Products with a Jacobian to rounding, by dual numbers: f is called on numbers v + v̇ e with e² = 0, and the part at e
// of f(x + z e) is (∂f/∂x) z. The numbers are those of Eigen's AutoDiff module, which this header alone includes;
// tweedie.hpp leaves it out. Griewank and Walther, Evaluating derivatives, 2008, section 3.1.

#include <Eigen/Core>
#include <unsupported/Eigen/AutoDiff>

#include "jacobian.hpp"

namespace tweedie {

/// A number with one derivative.
template <class Scalar>
using Dual = Eigen::AutoDiffScalar<Eigen::Matrix<Scalar, 1, 1>>;

/// For f(x, level) written for any scalar: it is given a matrix of Dual, d × n, and returns one, so that it should call
/// exp, tanh, … without std::.
///   SummedDivergence{dual_product([](const auto& x, const Level& t) { … })}
template <class F>
auto dual_product(F f) {
  return [f = std::move(f)](const auto& x, const Level& t, const auto& z) {
    using X = std::remove_cvref_t<decltype(x)>;
    using Scalar = typename X::Scalar;
    using Duals = Eigen::Matrix<Dual<Scalar>, Eigen::Dynamic, Eigen::Dynamic>;
    const auto values = columns(x);
    const auto along = columns(z);
    Duals y(values.rows(), values.cols());
    for (Eigen::Index i = 0; i < y.cols(); ++i)
      for (Eigen::Index j = 0; j < y.rows(); ++j)
        y(j, i) = Dual<Scalar>(values(j, i), Eigen::Matrix<Scalar, 1, 1>::Constant(along(j, i)));
    static_assert(
        requires { Duals(f(y, t)); },
        "tweedie: dual_product calls f(x, level) with x a matrix of Dual numbers, and wants one back");
    const Duals fy = f(y, t);
    require(fy.rows() == y.rows() && fy.cols() == y.cols(), "dual_product: f returned the shape ", fy.rows(), "x",
            fy.cols(), " for ", y.rows(), "x", y.cols());
    X out = x;
    auto to = columns(out);
    for (Eigen::Index i = 0; i < y.cols(); ++i)
      for (Eigen::Index j = 0; j < y.rows(); ++j) {
        const auto& derivative = fy(j, i).derivatives();
        to(j, i) = derivative.size() == 0 ? Scalar(0) : derivative[0];
      }
    return out;
  };
}

}  // namespace tweedie
