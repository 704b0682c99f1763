#pragma once
// What is asked of a callable that is given to the library, told at compile time by a sentence:
//   what it returns owns its numbers. An Eigen expression refers to the lambda's own variables, which are gone by then.
//   what it fills it takes by reference. A copy would be filled, and thrown away.
//   it works on the state's scalar.

#include <cstdint>
#include <functional>
#include <tuple>

#include "state.hpp"

namespace Eigen {
template <class, int, template <class> class>
class TensorMap;
}

namespace tweedie::detail {

/// A model, or the one that a std::reference_wrapper holds.
template <class M>
const M& unwrapped(const M& model) {
  return model;
}
template <class M>
const std::remove_const_t<M>& unwrapped(const std::reference_wrapper<M>& model) {
  return model.get();
}
template <class M>
using Unwrapped = std::remove_cvref_t<decltype(unwrapped(std::declval<const M&>()))>;

/// A state whose numbers are not computed yet, or stand in another state. A Map or Ref was asked for by its name, and is
/// left to whoever wrote it.
template <class R>
inline constexpr bool is_view = false;
template <class P, int Options, class Stride>
inline constexpr bool is_view<Eigen::Map<P, Options, Stride>> = true;
template <class P, int Options, class Stride>
inline constexpr bool is_view<Eigen::Ref<P, Options, Stride>> = true;
template <class P, int Options, template <class> class Pointer>
inline constexpr bool is_view<Eigen::TensorMap<P, Options, Pointer>> = true;
template <class R>
concept Unevaluated = KnownState<R> && !State<std::remove_cvref_t<R>> && !is_view<std::remove_cvref_t<R>>;

/// Of two states, that their numbers are of different types.
template <class A, class B>
concept OtherScalar =
    KnownState<A> && KnownState<B> && !std::same_as<typename Plain<A>::Scalar, typename Plain<B>::Scalar>;

/// Parameter I of a callable with one signature; void where it has several, or is a template, or has no such parameter.
template <class R, class C, class... A>
std::type_identity<std::tuple<A..., void, void>> parameters(R (C::*)(A...));
template <class R, class C, class... A>
std::type_identity<std::tuple<A..., void, void>> parameters(R (C::*)(A...) const);
template <class R, class... A>
std::type_identity<std::tuple<A..., void, void>> parameters(R (*)(A...));
template <class F, std::size_t I>
struct ParameterOf {
  using type = void;
};
template <class F, std::size_t I>
requires requires {
  parameters(&F::operator());
}
struct ParameterOf<F, I> : std::tuple_element<I, typename decltype(parameters(&F::operator()))::type> {};
template <class F, std::size_t I>
requires requires(F f) {
  parameters(f);
}
struct ParameterOf<F, I> : std::tuple_element<I, typename decltype(parameters(std::declval<F>()))::type> {};
template <class F, std::size_t I>
using Parameter = std::remove_cvref_t<typename ParameterOf<F, I>::type>;

/// Refuses a callable of matrices of float for a state of double, and the reverse.
template <class F, class X>
constexpr void check_scalar() {
  static_assert(!OtherScalar<Parameter<Unwrapped<F>, 0>, X>,
                "tweedie: the state has another scalar (float, double) than the callable takes: give it a state of its "
                "own scalar, x.cast<float>(), or let it cast, [&](const Eigen::MatrixXd& x, const Level& t) -> "
                "Eigen::MatrixXd { return net(x.cast<float>(), t).cast<double>(); }");
}

/// Refuses a callable that returns R, an expression.
template <class R>
constexpr void check_evaluated() {
  static_assert(!Unevaluated<R>,
                "tweedie: a callable returns an Eigen expression, which refers to variables that are gone when it is "
                "read (undefined behaviour): say that it returns a state, [](const Eigen::MatrixXd& x, const Level& t) "
                "-> Eigen::MatrixXd { ... }, or evaluate what it returns, (...).eval()");
}
/// Refuses a callable that returns R in answer to a state X: an expression, or numbers of another scalar.
template <class R, class X>
constexpr void check_returned() {
  check_evaluated<R>();
  static_assert(!OtherScalar<R, X>,
                "tweedie: a callable returns numbers of another scalar (float, double) than the state has: cast them, "
                ".template cast<double>(), or sample a state of the callable's own scalar");
}

/// f(x, told, out), with the template arguments T where there are any.
template <class F, class X, class Told, class... T>
concept FillsAs = requires(const F& f, const X& x, const Told& told, X& out) {
  f.template operator()<T...>(x, told, out);
};
template <class F, class X, class Told>
concept FillsTemporary = requires(const F& f, const X& x, const Told& told, X&& out) {
  f(x, told, std::move(out));
};
/// Whether f(x, told, out) takes `out` by value or as const. Either would take a temporary as well, which a reference to
/// what it fills does not: but for auto&&, told from auto by template arguments, without which f is never instantiated
/// for a temporary.
template <class F, class X, class Told>
constexpr bool loses_output() {
  if constexpr (FillsAs<F, X, Told, X, Told, X>)  // auto or auto& each
    return FillsTemporary<F, X, Told>;
  else if constexpr (FillsAs<F, X, Told, X, Told, X&> || FillsAs<F, X, Told, const X&, const Told&, X&>)  // auto&&
    return false;
  else if constexpr (FillsAs<F, X, Told, X, X>)
    return FillsTemporary<F, X, Told>;
  else if constexpr (FillsAs<F, X, Told, X, X&>)
    return false;
  else if constexpr (FillsAs<F, X, Told, X>)
    return FillsTemporary<F, X, Told>;
  else if constexpr (FillsAs<F, X, Told, X&>)
    return false;
  else
    return FillsTemporary<F, X, Told>;
}
/// Refuses a callable (x, told, out) that takes `out` by value.
template <class F, class X, class Told>
constexpr void check_filled() {
  static_assert(!loses_output<Unwrapped<F>, X, Told>(),
                "tweedie: a callable takes its output by value, or as const, so that what it writes is lost: take it "
                "by reference, (const Eigen::MatrixXd& x, const Level& t, Eigen::MatrixXd& out)");
}

/// The same of noise(z) and noise(z, row, first_column).
template <class N, class X, class... T>
concept DrawsAs = requires(N& noise, X& z) {
  noise.template operator()<T...>(z);
}
|| requires(N& noise, X& z) {
  noise.template operator()<T...>(z, std::int64_t{}, std::int64_t{});
};
template <class N, class X>
concept DrawsTemporary = requires(N& noise, X&& z) {
  noise(std::move(z));
}
|| requires(N& noise, X&& z) {
  noise(std::move(z), std::int64_t{}, std::int64_t{});
};
template <class N, class X>
constexpr bool loses_noise() {
  if constexpr (!DrawsAs<N, X, X> && DrawsAs<N, X, X&>)  // auto&&
    return false;
  else
    return DrawsTemporary<N, X>;
}
template <class N, class X>
constexpr void check_drawn() {
  static_assert(!loses_noise<N, X>(),
                "tweedie: noise takes the state that it fills by value, or as const, so that what it draws is lost: "
                "take it by reference, [](Eigen::MatrixXd& z) { ... }");
}

/// Refuses an answer of another shape than the state's.
template <State A, State X>
void check_shape(const char* what, const A& answer, const X& x) {
  require(shape(answer) == shape(x), what, ": it returned the shape ", shape(answer), " for a state of ", shape(x));
}

}  // namespace tweedie::detail
