#pragma once
// Doubles beside a state, whatever its scalar: a column for each sample. The types hang on X, so that a header which
// has them in a template instantiates none of Eigen where it is merely included.

#include <Eigen/Core>
#include <type_traits>

#include "../schedule/require.hpp"

namespace tweedie {

/// Some numbers for each sample of X, a row for each: Eigen::ArrayXXd.
template <class X>
using Numbers = Eigen::Array<std::conditional_t<true, double, X>, Eigen::Dynamic, Eigen::Dynamic>;

/// A number for each sample of X: Eigen::VectorXd.
template <class X>
using NumberOfEach = Eigen::Matrix<std::conditional_t<true, double, X>, Eigen::Dynamic, 1>;

}  // namespace tweedie
