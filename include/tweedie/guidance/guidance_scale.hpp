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
  GuidanceScale(double number) : at_([number](const Level&) { return number; }) { check(number); }
  template <class F>
  requires(std::is_invocable_r_v<double, const F&, const Level&>) GuidanceScale(F at) : at_(std::move(at)) {
    told(at_, "guidance: its scale", "a number, or a function of the level");
  }

  double operator()(const Level& t) const {
    const double number = at_(t);
    check(number);
    return number;
  }

 private:
  static void check(double number) { require(std::isfinite(number), "guidance: its scale is ", number); }

  std::function<double(const Level&)> at_;
};

/// `inside` where lambda_low ≤ λ ≤ lambda_high, elsewhere `outside`, which should be the number that does nothing: 0
/// for a weight w and for a classifier, 1 for a scale γ.
/// Kynkäänniemi et al., Applying guidance in a limited interval, arXiv:2404.07724v2, eq. 6; their σ is e^(−λ), and
/// their interval leaves out its lower end in σ.
inline GuidanceScale limited(GuidanceScale inside, double lambda_low, double lambda_high, double outside = 0) {
  require(lambda_low <= lambda_high, "limited: the interval of lambda from ", lambda_low, " to ", lambda_high,
          " is empty");
  return [=](const Level& t) { return lambda(t) >= lambda_low && lambda(t) <= lambda_high ? inside(t) : outside; };
}

}  // namespace tweedie
