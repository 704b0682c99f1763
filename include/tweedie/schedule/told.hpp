#pragma once
// What samplers are told by functions.

#include <functional>
#include <type_traits>
#include <utility>

#include "require.hpp"

namespace tweedie {

/// The function that a member holds. Where it is empty the refusal names the member and what to give.
template <class Function>
const Function& told(const Function& function, const char* member, const char* wanted) {
  require(bool(function), member, " is an empty function; give it ", wanted);
  return function;
}

/// A number for all arguments of these types: made of a function of them, or of a number, the same for all.
template <class... Arguments>
class NumberOf {
 public:
  NumberOf() = default;
  template <class Number>
  requires(std::is_arithmetic_v<Number>) NumberOf(Number number)
      : function_([number](Arguments...) { return static_cast<double>(number); }) {}
  template <class F>
  requires(!std::same_as<F, NumberOf> && std::is_invocable_r_v<double, const F&, Arguments...>) NumberOf(F function)
      : function_(std::move(function)) {}

  explicit operator bool() const { return bool(function_); }
  double operator()(Arguments... arguments) const { return function_(arguments...); }

 private:
  std::function<double(Arguments...)> function_;
};

}  // namespace tweedie
