#pragma once
// The denoiser as the loop calls it: what it returns is checked, and an error names the row and its time.

#include "../denoiser/denoiser.hpp"

namespace tweedie {

/// out = x̂₀. Throws std::invalid_argument for another shape, std::domain_error for a value that is not finite; both name the `place`.
template <class D, State X>
void estimate(const D& denoise, const X& x, const Level& t, std::size_t row, X& out, const char* place = "row") {
  try {
    denoised(denoise, x, t, out);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(sentence(place, " ", row, " at time ", t.time, ": ", error.what()));
  }
  if (all_finite(out)) return;
  throw std::domain_error(sentence(place, " ", row, " at time ", t.time,
                                   ": the denoiser returned a value that is not finite",
                                   all_finite(x) ? "" : ", for a state that was not finite"));
}

/// What a sampler's own `step` or `run` is given as its denoiser: denoise(x, level) or denoise(x, level, out), checked.
template <class D, State X>
class CheckedDenoiser {
 public:
  CheckedDenoiser(const D& denoise, std::size_t row, X& newest) : denoise_(denoise), row_(row), newest_(newest) {}

  void operator()(const X& x, const Level& t, X& out) const {
    estimate(denoise_, x, t, row_, out);
    newest_ = out;
  }
  X operator()(const X& x, const Level& t) const {
    X out;
    (*this)(x, t, out);
    return out;
  }

 private:
  const D& denoise_;
  std::size_t row_;
  X& newest_;  // the last estimate, for the observer
};

}  // namespace tweedie
