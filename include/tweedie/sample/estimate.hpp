#pragma once
// The denoiser as the loop calls it: what it returns is checked, and an error names the row and its time.

#include <limits>

#include "../denoiser/denoiser.hpp"

namespace tweedie {

namespace detail {
/// The estimate, of the right shape; place() is the head of a sentence, only made for one.
template <class D, State X, class Place>
void shaped_estimate(const D& denoise, const X& x, const Level& t, X& out, const Place& place) {
  try {
    denoised(denoise, x, t, out);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(sentence(place(), "time ", t.time, ": ", error.what()));
  }
}
template <class Place>
[[noreturn]] void estimate_not_finite(const Level& t, const Place& place, const char* more = "") {
  throw std::domain_error(
      sentence(place(), "time ", t.time, ": the denoiser returned a value that is not finite", more));
}
template <class D, State X, class Place>
void estimate_at(const D& denoise, const X& x, const Level& t, X& out, const Place& place) {
  shaped_estimate(denoise, x, t, out, place);
  if (!all_finite(out)) estimate_not_finite(t, place, all_finite(x) ? "" : ", for a state that was not finite");
}
}  // namespace detail

/// out = x̂₀. Throws std::invalid_argument for another shape, std::domain_error for a value that is not finite; both
/// name the time, and the `place` where there are such.
template <class D, State X>
void estimate(const D& denoise, const X& x, const Level& t, std::size_t row, X& out, const char* place = "row") {
  detail::estimate_at(denoise, x, t, out, [&] { return sentence(place, " ", row, " at "); });
}
template <class D, State X>
void estimate(const D& denoise, const X& x, const Level& t, X& out) {
  detail::estimate_at(denoise, x, t, out, [] { return "at "; });
}

/// What a sampler's own `step` or `run` is given as its denoiser: denoise(x, level) or denoise(x, level, out), checked.
/// `row` is that of a step; a run has none, and its errors name the time. The newest estimate is kept for an observer
/// only: `watched` tells whether there is one.
template <class D, State X>
class CheckedDenoiser {
 public:
  CheckedDenoiser(const D& denoise, const X& x, X& newest, bool watched = true)
      : denoise_(denoise), whole_(shape(x)), newest_(newest), watched_(watched) {}
  CheckedDenoiser(const D& denoise, const X& x, std::size_t row, X& newest, bool watched = true)
      : denoise_(denoise), whole_(shape(x)), row_(row), newest_(newest), watched_(watched) {}

  void check(const Level& t) const { check_denoiser(denoise_, t); }
  void operator()(const X& x, const Level& t, X& out) const {
    if (row_ != none)
      estimate(denoise_, x, t, row_, out);
    else
      estimate(denoise_, x, t, out);
    observe(out);
  }
  X operator()(const X& x, const Level& t) const {
    X out;
    (*this)(x, t, out);
    return out;
  }
  /// The last estimate of a whole state, for the observer of a run; what it was before where nobody watches.
  const X& newest() const { return newest_; }
  /// Makes x0 the newest estimate: for a step that has put it together from parts of the state.
  void observe(const X& x0) const {
    if (watched_ && shape(x0) == whole_) newest_ = x0;
  }

 private:
  const D& denoise_;
  Shape<X> whole_;
  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
  std::size_t row_ = none;
  X& newest_;
  bool watched_;
};

}  // namespace tweedie
