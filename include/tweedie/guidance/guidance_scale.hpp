#pragma once
// How strongly a guidance pulls: a number, or a function of the level.

#include <functional>

#include "../schedule/level.hpp"
#include "../schedule/told.hpp"

namespace tweedie {

/// A scale γ or a weight w, made of a number or of a callable (level) → number. Throws std::invalid_argument where it
/// is not finite.
class GuidanceScale {
 public:
  GuidanceScale(double number) : at_([number](const Level&, double) { return number; }) { check(number); }
  template <class F>
  requires(std::is_invocable_r_v<double, const F&, const Level&>) GuidanceScale(F at) {
    std::function<double(const Level&)> function = std::move(at);
    told(function, "guidance: its scale", "a number, or a function of the level");
    at_ = [function = std::move(function)](const Level& t, double) { return function(t); };
  }

  /// `none` is the number of no guidance, which only who asks knows: 0 for a weight w and for a classifier, 1 for a
  /// scale γ between two denoisers. It is what `limited` gives outside its interval.
  double operator()(const Level& t, double none = 0) const {
    const double number = at_(t, none);
    check(number);
    return number;
  }

 private:
  friend GuidanceScale limited(GuidanceScale inside, double lambda_low, double lambda_high);

  static void check(double number) { require(std::isfinite(number), "guidance: its scale is ", number); }

  std::function<double(const Level&, double none)> at_;
};

namespace detail {
inline bool inside_interval(const Level& t, double lambda_low, double lambda_high) {
  return lambda(t) >= lambda_low && lambda(t) <= lambda_high;
}
inline void check_interval(double lambda_low, double lambda_high) {
  require(lambda_low <= lambda_high, "limited: the interval of lambda from ", lambda_low, " to ", lambda_high,
          " is empty");
}
}  // namespace detail

/// `inside` where lambda_low ≤ λ ≤ lambda_high, elsewhere no guidance: weight 0, scale 1, whatever it is given to.
/// Kynkäänniemi et al., Applying guidance in a limited interval, arXiv:2404.07724v2, eq. 6; their σ is e^(−λ), and
/// their interval leaves out its lower end in σ.
inline GuidanceScale limited(GuidanceScale inside, double lambda_low, double lambda_high) {
  detail::check_interval(lambda_low, lambda_high);
  GuidanceScale scale = 0;
  scale.at_ = [=](const Level& t, double none) {
    return detail::inside_interval(t, lambda_low, lambda_high) ? inside(t, none) : none;
  };
  return scale;
}
/// The same with a number of one's own outside.
inline GuidanceScale limited(GuidanceScale inside, double lambda_low, double lambda_high, double outside) {
  detail::check_interval(lambda_low, lambda_high);
  return [=](const Level& t) {
    return detail::inside_interval(t, lambda_low, lambda_high) ? inside(t, outside) : outside;
  };
}

}  // namespace tweedie
