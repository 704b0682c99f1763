#pragma once
// What the tests of the authors' own DPM-Solver and UniPC share: their schedules, networks and limits.

#include "limited.hpp"

namespace tests::official {

/// Time is in [0, 1]; a discrete chain has its n at n/T, and between them ln α linear.
class Process {
 public:
  explicit Process(const Case& c) : name_(c.object("schedule").choice("schedule", {"linear", "cosine", "discrete"})) {
    using tweedie::Discrete;
    const Reference schedule = c.object("schedule");
    if (name_ == "linear") vp_ = {schedule.number("continuous_beta_0", 0.1), schedule.number("continuous_beta_1", 20)};
    if (name_ == "cosine") schedule.settled({"continuous_beta_0", "continuous_beta_1"});
    if (name_ != "discrete") return;
    const int T = schedule.integer("T");
    const double first = schedule.number("beta_start"), last = schedule.number("beta_end");
    const Discrete whole = schedule.choice("betas", {"linear", "scaled_linear"}) == "linear"
                               ? Discrete::linear(T, first, last)
                               : Discrete::scaled_linear(T, first, last);
    std::vector<double> alpha_bars;  // without the end where λ < −5.1
    for (int n = 1; n <= c.integer("total_N"); ++n) alpha_bars.push_back(whole(n).alpha * whole(n).alpha);
    chain_ = Discrete::from_alpha_bars(alpha_bars);
  }
  tweedie::Level operator()(double t) const {
    tweedie::Level level = name_ == "linear"   ? vp_(t)
                           : name_ == "cosine" ? tweedie::Cosine{}(t)
                                               : chain_(t * chain_.steps());
    level.time = t;
    return level;
  }
  double time(double lambda) const {
    return name_ == "linear"   ? vp_.time(lambda)
           : name_ == "cosine" ? tweedie::Cosine{}.time(lambda)
                               : chain_.time(lambda) / chain_.steps();
  }
  bool discrete() const { return name_ == "discrete"; }

 private:
  std::string name_;
  tweedie::VariancePreserving vp_;
  tweedie::Discrete chain_ = tweedie::Discrete::linear(1000);
};

/// The times between which a run goes.
inline std::pair<double, double> ends(const Case& c) {
  const Reference args = c.object("sample_args");
  return {args.number("t_start", c.number("T", 1)), args.number("t_end", 1.0 / c.integer("total_N"))};
}

inline Limit limit(const Case& c) {
  const double quantile = c.args.number("dynamic_thresholding_ratio", 0.995),
               least = c.args.number("thresholding_max_val", 1);
  if (!c.args.has("correcting_x0_fn")) return {};
  c.args.only("correcting_x0_fn", "dynamic_thresholding");
  const Limit over_least = threshold(quantile, least, std::numeric_limits<double>::infinity());
  return [=](const Batch& x0) -> Batch { return over_least(x0) / least; };
}

/// The exact network, guided where the case says so. The peer guides ε̂, whatever its network predicts.
inline Denoise denoiser(const Case& c) {
  using tweedie::Prediction;
  c.only("state_space", "vp");
  const std::string name = c.choice("model_type", {"noise", "x_start", "v", "score"});
  const Prediction kind = name == "noise"     ? Prediction::eps
                          : name == "x_start" ? Prediction::x0
                          : name == "v"       ? Prediction::v
                                              : Prediction::score;
  const Denoise plain = exact_network(kind, c.mixture);
  if (!c.has("guidance")) return plain;
  const Reference guidance = c.object("guidance");
  const std::string type = guidance.choice("type", {"uncond", "classifier-free", "classifier"});
  if (type == "uncond") return plain;
  const std::vector<int> component{guidance.integer("component")};
  const double scale = guidance.number("scale");
  if (type == "classifier-free")
    return tweedie::classifier_free_scale(exact_network(kind, c.mixture.subset(component)), plain, scale);
  return tweedie::classifier(
      plain,
      [mixture = c.mixture, component](const Batch& x, const tweedie::Level& t) {
        return mixture.log_probability_gradient(component, x, t);
      },
      scale);
}

}  // namespace tests::official
