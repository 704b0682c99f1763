#pragma once
// An observer is called after each row or step as observer(step, x, x0), x0 the newest estimate. Returning false stops
// the run; returning nothing never does.

#include <type_traits>

#include "../sampler/row.hpp"
#include "../state/state.hpp"

namespace tweedie {

/// The default: sees nothing.
struct NoObserver {
  template <State X>
  void operator()(const Step&, const X&, const X&) const {}
};

/// Whether there is an observer that sees what it is given.
template <class Observer>
inline constexpr bool watches = !std::same_as<std::remove_cvref_t<Observer>, NoObserver>;

/// Calls the observer; false where it asks to stop.
template <class Observer, State X>
bool observed(Observer& observer, const Step& step, const X& x, const X& x0) {
  static_assert(std::is_invocable_v<Observer&, const Step&, const X&, const X&>,
                "tweedie: an observer is callable as observer(const Step&, const X& x, const X& x0)");
  if constexpr (std::is_void_v<std::invoke_result_t<Observer&, const Step&, const X&, const X&>>) {
    observer(step, x, x0);
    return true;
  } else {
    static_assert(std::is_constructible_v<bool, std::invoke_result_t<Observer&, const Step&, const X&, const X&>>,
                  "tweedie: an observer returns nothing, or a bool that is false to stop the run");
    return bool(observer(step, x, x0));
  }
}

/// A state without numbers, what an observer sees before the first estimate; of a fixed size, NaN.
template <State X>
X empty_state() {
  X x{};
  if (x.size() > 0) flat(x).setConstant(typename X::Scalar(std::numeric_limits<double>::quiet_NaN()));
  return x;
}

}  // namespace tweedie
