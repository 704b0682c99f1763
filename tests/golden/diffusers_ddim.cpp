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

struct Setting {
  explicit Setting(const Case& c)
      : chain(tests::diffusers::chain(c.args)),
        n(c.object("set_timesteps").integer("num_inference_steps")),
        times(tests::diffusers::times(c, "leading")),
        set_alpha_to_one(c.args.flag("set_alpha_to_one", true)),
        kind(tests::diffusers::prediction(c)),
        limit(tests::diffusers::limit(c.args, true)) {
    c.only("state_space", "vp");
  }

  /// The level ⌊T/n⌋ below time n; past the first, the level at which the peer ends (or, inverting, begins).
  Level below(double time) const {
    const double lower = time - chain.steps() / n;
    return lower >= 1 ? chain(lower) : set_alpha_to_one ? clean : chain(1);
  }

  Discrete chain;
  int n;
  std::vector<double> times;
  bool set_alpha_to_one;
  Prediction kind;
  tests::Limit limit;
};

void check_sampling(const Case& c) {
  const Setting setting(c);
  const DDIM sampler{c.object("step_args").number("eta", 0)};
  const bool of_clipped = c.object("step_args").flag("use_clipped_model_output", false);
  Table table;
  for (std::size_t i = 0; i + 1 < setting.times.size(); ++i) {
    const Level t = setting.chain(setting.times[i]), s = setting.below(setting.times[i]);
    table.push_back({t, s, sampler.row(t, s)});
  }
  compare(c, "timesteps", tests::diffusers::timesteps(setting.times), c.numbers("timesteps"));
  if (c.has("final_alpha_cumprod")) {
    const double alpha = (setting.set_alpha_to_one ? clean : setting.chain(1)).alpha;
    compare(c, "final_alpha_cumprod", alpha * alpha, c.number("final_alpha_cumprod"));
  }
  compare_levels(c, table);
  if (setting.kind == Prediction::eps && table.front().from.alpha == 0) return check_refused(c, setting.kind, table);

  const tests::Denoise model = tests::exact_network(setting.kind, c.mixture),
                       denoise = tests::limited(model, setting.limit);
  const std::vector<Batch> x =
      setting.limit && !of_clipped ? two_estimates(c, model, setting.limit, table) : trajectory(c, denoise, table);
  compare(c, "x", x, c.states("x"));
  compare(c, "pred_x0_last", denoise(x[x.size() - 2], table.back().from), c.state("pred_x0_last"));
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
  tests::Steps steps;
  std::vector<Level> seen;
  std::vector<double> timesteps;
  for (const double n : upward) {
    seen.push_back(setting.chain(n));
    steps.push_back({setting.below(n), seen.back()});
    timesteps.push_back(n - 1);
  }
  compare(c, "timesteps", timesteps, c.numbers("timesteps"));
  compare_levels(c, seen);

  const PublishedInversion sampler{setting.kind, setting.limit};
  compare(c, "x", trajectory(c, c.mixture, sampler, steps), c.states("x"));
}

void check(const Case& c) {
  if (c.type == "DDIMScheduler") return check_sampling(c);
  if (c.type == "DDIMInverseScheduler") return check_inversion(c);
  throw std::invalid_argument("no rule for " + c.type);
}

}  // namespace

TEST_CASE("Golden: diffusers' DDIM", "[golden]") {
  tests::check_family("diffusers_ddim", {{tests::raises, "the peer throws"}}, check);
}
