#pragma once
// What the tests of azula share: its schedules, and the grid of a run, T + 1 equal steps in time from 1 to 0.

#include "trajectory.hpp"

namespace tests {

/// α and σ of time in [0, 1], with α_min at 1 and σ_min at 0, and their rates.
class AzulaSchedule {
 public:
  AzulaSchedule(const std::string& name, const Reference& args)
      : name_(name),
        alpha_min_(args.number("alpha_min", 1e-3)),
        sigma_min_(args.number("sigma_min", 1e-3)),
        sigma_max_(args.number("sigma_max", 1e3)),
        gamma_(args.number("gamma", 0.1)) {
    tweedie::require(name == "vp" || name == "cosine" || name == "rectified" || name == "ve" || name == "decay",
                     "no rule for schedule = \"", name, "\"");
  }

  tweedie::Level operator()(double t) const {
    if (name_ == "ve") {
      const double rate = std::log(sigma_max_ / sigma_min_), sigma = sigma_min_ * std::exp(rate * t);
      return {t, 1, sigma, 0, rate * sigma};
    }
    if (name_ == "rectified" || name_ == "decay") {  // τ = t, or (1 − γ^t)/(1 − γ)
      const bool decay = name_ == "decay";
      const double tau = decay ? (1 - std::pow(gamma_, t)) / (1 - gamma_) : t;
      const double d_tau = decay ? -std::log(gamma_) * std::pow(gamma_, t) / (1 - gamma_) : 1;
      return {t, tau * alpha_min_ + (1 - tau), tau + (1 - tau) * sigma_min_, d_tau * (alpha_min_ - 1),
              d_tau * (1 - sigma_min_)};
    }
    const double slope = name_ == "vp" ? std::log(alpha_min_) : std::acos(alpha_min_);
    const double alpha = name_ == "vp" ? std::exp(slope * t * t) : std::cos(slope * t),
                 d_alpha = name_ == "vp" ? 2 * slope * t * alpha : -slope * std::sin(slope * t);
    const double sigma = std::sqrt(1 - alpha * alpha + sigma_min_ * sigma_min_);
    return {t, alpha, sigma, d_alpha, -alpha * d_alpha / sigma};
  }

 private:
  std::string name_;
  double alpha_min_, sigma_min_, sigma_max_, gamma_;
};

inline tweedie::Grid azula_grid(const Case& c) {
  const AzulaSchedule schedule(c.args.text("schedule"), c.args.object("schedule_args"));
  return tweedie::levels(schedule, tweedie::uniform(c.args.integer("steps"), 1, 0));
}

/// Compares the levels of the evaluations, those of the grid in order, each as often as the peer was there.
inline void compare_azula_levels(const Case& c, const tweedie::Grid& grid) {
  const std::vector<double> times = c.object("evals").numbers("t");
  std::vector<tweedie::Level> seen;
  for (const double t : times) {
    const auto same = [t](const tweedie::Level& level) { return std::fabs(level.time - t) < 1e-9; };
    const auto found = std::find_if(grid.begin(), grid.end(), same);
    tweedie::require(found != grid.end(), "the peer evaluated at t = ", t, ", which is no time of the grid");
    seen.push_back(*found);
  }
  compare_levels(c, seen);
}

}  // namespace tests
