// diffusers' DDIMScheduler and DDIMInverseScheduler.
//   A step from timestep k goes to k − ⌊T/n⌋ whatever the spacing, and beyond 0 to ᾱ = 1 (set_alpha_to_one) or to timestep 0.
//   With "linspace", and with "trailing" where n does not divide T, that is not the next timestep of the list, at which the
//   next step is nevertheless taken to begin. Such a run is no discretisation of anything; as a table built by hand it is
//   reproduced as it is.
//   A clipped or thresholded x̂₀ goes with the ε̂ of the x̂₀ before, unless use_clipped_model_output.

#include "diffusers.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;

namespace {

using Steps = std::vector<std::pair<Level, Level>>;

struct Setting {
  explicit Setting(const Case& c)
      : chain(tests::diffusers::chain(c.args)),
        n(c.object("set_timesteps").integer("num_inference_steps")),
        times(tests::diffusers::times(c.args.text("timestep_spacing", "leading"), n, chain.steps(),
                                      c.args.integer("steps_offset", 0))),
        set_alpha_to_one(c.args.flag("set_alpha_to_one", true)) {}

  /// The level ⌊T/n⌋ below time n; past the first, the level at which the peer ends (or, inverting, begins).
  Level below(double time) const {
    const double lower = time - chain.steps() / n;
    return lower >= 1 ? chain(lower) : set_alpha_to_one ? clean : chain(1);
  }

  Discrete chain;
  int n;
  std::vector<double> times;
  bool set_alpha_to_one;
};

void check_sampling(const Case& c) {
  const Setting setting(c);
  Steps steps;
  std::vector<Level> seen;
  for (std::size_t i = 0; i + 1 < setting.times.size(); ++i) {
    seen.push_back(setting.chain(setting.times[i]));
    steps.push_back({seen.back(), setting.below(setting.times[i])});
  }
  compare(c, "timesteps", tests::diffusers::timesteps(setting.times), c.numbers("timesteps"));
  if (c.has("final_alpha_cumprod")) {
    const double alpha = (setting.set_alpha_to_one ? clean : setting.chain(1)).alpha;
    compare(c, "final_alpha_cumprod", alpha * alpha, c.number("final_alpha_cumprod"));
  }
  compare_levels(c, seen);

  const DDIM sampler{c.object("step_args").number("eta", 0)};
  Table table;
  for (const auto& step : steps) table.push_back({step.first, step.second, sampler.row(step.first, step.second)});

  const Prediction kind = tests::diffusers::prediction(c);
  const auto model = tests::exact_network(kind, c.mixture);
  if (kind == Prediction::eps && seen.front().alpha == 0)
    return check_refused(c, [&] { sample(model, table, c.states("x").front(), tests::RecordedNoise(c)); });

  const tests::Limit limit = tests::diffusers::limit(c.args);
  const bool two_estimates = limit && !c.object("step_args").flag("use_clipped_model_output", false);
  const tests::Denoise denoise = tests::limited(model, limit);
  const std::vector<Batch> x = two_estimates ? trajectory(c, model, tests::LimitedDDIM{sampler.eta, limit}, steps)
                                             : trajectory(c, denoise, table);
  compare(c, "x", x, c.states("x"));
  compare(c, "pred_x0_last", denoise(x[x.size() - 2], seen.back()), c.state("pred_x0_last"));
}

/// The inversion evaluates the model at the noisier level s, where the step ends, and reads its output as if it had
/// been made at t, where the step begins. Exact is neither this nor DDIM{} walked upward; DDIMInversion is.
struct PublishedInversion {
  Prediction kind;
  tests::Limit limit;

  template <class D, class Noise>
  Batch step(const D& denoise, const Batch& x, const Level& t, const Level& s, const Noise&) const {
    Batch x0 = x;
    denoise(x, s, x0);
    const Batch y = target(kind, x0, Batch((x - s.alpha * x0) / s.sigma), s);
    const auto [c_x, c_y] = x0_coefficients(kind, t);
    const auto [of_x0, of_eps, scale] = output(kind, t);
    const Batch eps = (t.alpha * scale * y - of_x0 * x) / (t.alpha * of_eps - t.sigma * of_x0);
    x0 = c_x * x + c_y * y;
    if (limit) x0 = limit(x0);
    const Row row = DDIM{}.row(t, s);
    return row.x0[0] * x0 + row.eps[0] * eps;
  }
};

void check_inversion(const Case& c) {
  const Setting setting(c);
  const std::vector<double> upward(setting.times.rbegin() + 1, setting.times.rend());
  Steps steps;
  std::vector<Level> seen;
  std::vector<double> timesteps;
  for (const double n : upward) {
    seen.push_back(setting.chain(n));
    steps.push_back({setting.below(n), seen.back()});
    timesteps.push_back(n - 1);
  }
  compare(c, "timesteps", timesteps, c.numbers("timesteps"));
  compare_levels(c, seen);

  const Prediction kind = tests::diffusers::prediction(c);
  const PublishedInversion sampler{kind, tests::diffusers::limit(c.args)};
  compare(c, "x", trajectory(c, c.mixture, sampler, steps), c.states("x"));
}

void check(const Case& c) {
  if (c.type == "DDIMScheduler") return check_sampling(c);
  if (c.type == "DDIMInverseScheduler") return check_inversion(c);
  throw std::invalid_argument("no rule for " + c.type);
}

}  // namespace

TEST_CASE("Golden: diffusers' DDIM", "[golden]") {
  tests::check_family("diffusers_ddim", {}, check);
}
