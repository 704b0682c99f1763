#pragma once
// What the library asks of a state: Eigen::Matrix, Array or Tensor, of any scalar. Columns of a matrix are samples; the
// last index of a tensor is the sample. Tensors are recognised by their members, so nothing here includes Eigen's
// Tensor module.

#include <Eigen/Core>
#include <array>
#include <string>
#include <type_traits>

#include "../schedule/require.hpp"

namespace Eigen {
template <class, int, int, class>
class Tensor;
}

namespace tweedie {

namespace detail {
template <class X>
concept DenseExpression = std::is_base_of_v<Eigen::DenseBase<X>, X>;
template <class X>
concept TensorExpression = !DenseExpression<X> && requires {
  typename Eigen::internal::traits<X>::Scalar;
  {Eigen::internal::traits<X>::NumDimensions + Eigen::internal::traits<X>::Layout};
};
template <class X>
struct PlainOf;
template <DenseExpression X>
struct PlainOf<X> {
  using type = typename X::PlainObject;
};
template <TensorExpression X>
struct PlainOf<X> {
  using Traits = Eigen::internal::traits<X>;
  using type = Eigen::Tensor<std::remove_const_t<typename Traits::Scalar>, Traits::NumDimensions, Traits::Layout,
                             typename Traits::Index>;
};
template <class X>
concept KnownState = requires {
  typename PlainOf<std::remove_cvref_t<X>>::type;
};
template <class X>
struct PlainOrError {
  static_assert(KnownState<X>,
                "tweedie: a state is an Eigen::Matrix, Eigen::Array or Eigen::Tensor, or an expression of one");
  using type = typename PlainOf<std::remove_cvref_t<X>>::type;
};
}  // namespace detail

/// The type that owns its numbers: Matrix, Array or Tensor. Expressions, blocks and maps given as a state are evaluated
/// to it.
template <class X>
using Plain = typename detail::PlainOrError<X>::type;

template <class X>
concept State = detail::KnownState<X> && std::same_as<X, Plain<X>>;

/// What the formulas are for: float, double, long double, Eigen::half, Eigen::bfloat16, a dual number, or another type
/// that Eigen's NumTraits know as neither integer nor complex. (States of integers are tokens, and not numbers.)
template <class S>
concept RealScalar = !Eigen::NumTraits<S>::IsInteger && !Eigen::NumTraits<S>::IsComplex;

namespace detail {
/// Refuses a state of numbers that are not real, by a sentence.
template <class X>
constexpr void check_real() {
  using Scalar = typename Plain<X>::Scalar;
  static_assert(!Eigen::NumTraits<Scalar>::IsInteger,
                "tweedie: a state holds real numbers, and in integers coefficients between 0 and 1 become 0; convert "
                "them: x.cast<double>()");
  static_assert(!Eigen::NumTraits<Scalar>::IsComplex,
                "tweedie: a state holds real numbers, and the noise of a complex one would be real; give it the real "
                "and the imaginary part as two numbers");
}
/// Refuses dual numbers where a state is measured: what comes of it are doubles, and derivatives would be lost.
template <class X>
constexpr void check_measured() {
  static_assert(
      requires(const typename Plain<X>::Scalar& number) { static_cast<double>(number); },
      "tweedie: this measures a state in doubles, and a dual number does not convert to one: give it the values");
}
/// Where norms, means and quantiles of a state are made: in float at least.
template <class S>
using Wide = std::conditional_t<(sizeof(S) < sizeof(float)), float, S>;
}  // namespace detail

/// All numbers of a state in the order of memory, as an array without a copy.
template <class X>
auto flat(X& x) {
  using Scalar = typename Plain<X>::Scalar;
  using Array = Eigen::Array<Scalar, Eigen::Dynamic, 1>;
  return Eigen::Map<std::conditional_t<std::is_const_v<X>, const Array, Array>>(x.data(), Eigen::Index(x.size()));
}

/// The extent along each index: {rows, columns} of a matrix, the dimensions of a tensor.
template <State X>
auto shape(const X& x) {
  if constexpr (detail::DenseExpression<X>) {
    return std::array<Eigen::Index, 2>{x.rows(), x.cols()};
  } else {
    std::array<Eigen::Index, X::NumDimensions> extent{};
    for (std::size_t i = 0; i < extent.size(); ++i) extent[i] = Eigen::Index(x.dimension(i));
    return extent;
  }
}
template <State X>
using Shape = decltype(shape(std::declval<const X&>()));

/// The number of samples: columns of a matrix, extent of a tensor's last index.
template <State X>
Eigen::Index samples(const X& x) {
  const auto extent = shape(x);
  return extent.empty() ? 1 : extent[extent.size() - 1];
}

/// A state as a matrix of d × n without a copy, one sample a column, whatever its type and memory order.
template <class X>
auto columns(X& x) {
  using P = Plain<X>;
  constexpr bool row_major = [] {
    if constexpr (detail::DenseExpression<P>)
      return bool(P::IsRowMajor);
    else
      return int(P::Layout) == int(Eigen::RowMajor);
  }();
  using M =
      Eigen::Matrix<typename P::Scalar, Eigen::Dynamic, Eigen::Dynamic, row_major ? Eigen::RowMajor : Eigen::ColMajor>;
  const Eigen::Index n = samples(x);
  return Eigen::Map<std::conditional_t<std::is_const_v<X>, const M, M>>(x.data(),
                                                                        n == 0 ? 0 : Eigen::Index(x.size()) / n, n);
}

/// "2x1000", for messages.
template <std::size_t N>
std::string to_string(const std::array<Eigen::Index, N>& extent) {
  return sentence(extent);
}

/// Gives `x` this shape; its numbers are then unspecified. Throws std::invalid_argument where a fixed size forbids it.
template <State X>
void reshape(X& x, const Shape<X>& extent) {
  if (shape(x) == extent) return;
  for (const Eigen::Index size : extent) require(size >= 0, "state: the shape ", extent, " must not be negative");
  if constexpr (detail::DenseExpression<X>) {
    require((X::RowsAtCompileTime == Eigen::Dynamic || X::RowsAtCompileTime == extent[0]) &&
                (X::ColsAtCompileTime == Eigen::Dynamic || X::ColsAtCompileTime == extent[1]),
            "state: its fixed size does not allow the shape ", extent[0], "x", extent[1]);
    x.resize(extent[0], extent[1]);
  } else {
    typename X::Dimensions dimensions;
    for (std::size_t i = 0; i < extent.size(); ++i) dimensions[i] = extent[i];
    x.resize(dimensions);
  }
}

/// Whether every number is finite.
template <State X>
bool all_finite(const X& x) {
  detail::check_real<X>();
  using Scalar = typename X::Scalar;
  const auto numbers = flat(x);
  if constexpr (std::floating_point<Scalar>) {
    return (numbers * 0).sum() == 0;  // NaN or infinity times 0 is NaN; unlike isFinite().all(), this is vectorised
  } else {
    for (Eigen::Index i = 0; i < numbers.size(); ++i) {
      const Scalar number = numbers[i];
      if (!(number - number == Scalar(0))) return false;
    }
    return true;
  }
}

}  // namespace tweedie
