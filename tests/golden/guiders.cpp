// diffusers' guiders, rules for two predictions and more: all of ε̂, at levels that stand for the steps of a run.

#include "trajectory.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;
using tests::Denoise;
using tests::Reference;

namespace {

struct Input {
  Level level;
  Batch x, pred_cond, pred_uncond, pred_other;
};
/// The levels, noisiest first, and the component that is the condition.
struct Inputs {
  std::vector<Input> levels;
  int component = 0;
};
Inputs inputs() {
  Inputs inputs;
  for (const Reference& c : tests::read_reference("guiders").objects("cases")) {
    if (c.text("class") != "inputs") continue;
    inputs.component = c.integer("component");
    for (const Reference& at : c.objects("levels"))
      inputs.levels.push_back({{.alpha = at.number("alpha"), .sigma = at.number("sigma")},
                               at.state("x"),
                               at.state("pred_cond"),
                               at.state("pred_uncond"),
                               at.state("pred_other")});
  }
  return inputs;
}

Batch eps_of(const Batch& x0, const Input& at) {
  return (at.x - at.level.alpha * x0) / at.level.sigma;
}

/// The denoisers of the condition, of all, and of component 0, "skipped" and "weak" to the peer, and the levels.
struct Parts {
  explicit Parts(const Case& c)
      : levels(inputs().levels),
        conditional(c.mixture.subset({inputs().component})),
        unconditional(c.mixture),
        other(c.mixture.subset({0})) {}
  std::vector<Input> levels;
  Denoise conditional, unconditional, other;

  std::size_t step(const Level& t) const {
    const auto same = [&](const Input& at) { return at.level.sigma == t.sigma; };
    return std::size_t(std::find_if(levels.begin(), levels.end(), same) - levels.begin());
  }
  void compare_with(const Case& c, const Denoise& denoise, const std::vector<Batch>& less = {}) const {
    std::vector<Batch> ours;
    for (const Input& at : levels) ours.push_back(eps_of(denoise(at.x, at.level), at));
    for (std::size_t i = 0; i < less.size(); ++i) ours[i] -= less[i];
    compare(c, "pred", ours, c.states("pred"));
  }
};

void check_inputs(const Case& c) {
  const Parts p(c);
  for (const Input& at : p.levels) {
    compare(c, "pred_cond", eps_of(p.conditional(at.x, at.level), at), at.pred_cond);
    compare(c, "pred_uncond", eps_of(p.unconditional(at.x, at.level), at), at.pred_uncond);
    compare(c, "pred_other", eps_of(p.other(at.x, at.level), at), at.pred_other);
  }
}

/// Steps of a run, as shares of it.
struct Window {
  int first, last;
  Window(double start, double stop, std::size_t steps)
      : first(int(start * double(steps))), last(int(stop * double(steps))) {}
  bool holds(std::size_t i) const { return first <= int(i) && int(i) < last; }
};

/// What all guiders are asked for. "Original" is the weight w = γ − 1. A guidance that does nothing is off to the peer.
struct Asked {
  explicit Asked(const Case& c, double usual = 7.5)
      : parts(c),
        number(c.args.number("guidance_scale", usual)),
        original(c.args.flag("use_original_formulation", false)),
        scale(original ? number + 1 : number),
        rescale(c.args.number("guidance_rescale", 0)),
        window(c.args.number("start", 0), c.args.number("stop", 1), parts.levels.size()),
        enabled(c.args.flag("enabled", true)) {}

  bool guides(std::size_t i) const { return enabled && scale != 1 && window.holds(i); }

  /// Compares what is left outside the steps, the conditional prediction, and all of it rescaled to its spread: as
  /// `rescaled` with the guided prediction in the place of the unconditional one, and none of the other.
  void compare_with(const Case& c, const Denoise& guided, const std::vector<Batch>& less = {}) const {
    const Denoise within = [&](const Batch& x, const Level& t) {
      return guides(parts.step(t)) ? guided(x, t) : parts.conditional(x, t);
    };
    if (rescale == 0) return parts.compare_with(c, within, less);
    require(less.empty(), c.type, ": no rule for guidance_rescale = ", rescale);
    parts.compare_with(c, rescaled(parts.conditional, within, 0, rescale, Prediction::eps));
  }

  Parts parts;
  double number;
  bool original;
  double scale, rescale;
  Window window;
  bool enabled;
};

/// Also with a weaker model of the same condition in the place of the unconditional one.
void check_classifier_free(const Case& c) {
  const Asked asked(c);
  const Parts& p = asked.parts;
  c.args.settled({"dropout", "auto_guidance_layers", "auto_guidance_config"});  // in the predictions already
  const bool whole = asked.guides(0) && asked.guides(p.levels.size() - 1);
  if (whole && asked.rescale > 0)
    return p.compare_with(c, rescaled(p.conditional, p.unconditional, asked.scale, asked.rescale, Prediction::eps));
  if (asked.original) return asked.compare_with(c, classifier_free(p.conditional, p.unconditional, asked.number));
  asked.compare_with(c, classifier_free_scale(p.conditional, p.unconditional, asked.scale));
}

/// A rescale of 0 is no limit. Without being told otherwise the peer keeps the parallel part, within a radius of 15.
/// Its memory is made where it prepares its inputs, which these cases do not call: the one that names a momentum was
/// computed without.
void check_projected(const Case& c) {
  const Asked asked(c);
  c.args.settled({"adaptive_projected_guidance_momentum"});
  Projection projection{.scale = asked.scale,  // y_c + (γ − 1) Δ, or y_u + γ Δ
                        .eta = c.args.number("eta", 1),
                        .from_unconditional = !asked.original,
                        .kind = Prediction::eps};
  if (const double radius = c.args.number("adaptive_projected_guidance_rescale", 15); radius > 0)
    projection.radius = radius;
  asked.compare_with(c, projected(asked.parts.conditional, asked.parts.unconditional, projection));
}

/// The peer divides by ‖ε̂_u‖² + 1e−8, ours by ‖ε̂_u‖²: its ε̂ lacks (1 − γ) of the difference of the two, along ε̂_u.
void check_zero_star(const Case& c) {
  const Asked asked(c);
  const Parts& p = asked.parts;
  const int zeros = c.args.integer("zero_init_steps", 1);
  std::vector<Batch> floor;
  for (std::size_t i = 0; i < p.levels.size(); ++i) {
    require(int(i) >= zeros || asked.guides(i), "no rule for zero_init_steps = ", zeros, " outside the guided steps");
    const Batch &y = p.levels[i].pred_cond, &u = p.levels[i].pred_uncond;
    const Eigen::ArrayXd size = u.colwise().squaredNorm(), dot = y.cwiseProduct(u).colwise().sum();
    const double used = int(i) < zeros || !asked.guides(i) ? 0 : 1;
    floor.push_back(used * (1 - asked.scale) * u * (dot / size - dot / (size + 1e-8)).matrix().asDiagonal());
  }
  const double infinity = std::numeric_limits<double>::infinity();
  const double zero_below = zeros == 0                      ? -infinity
                            : zeros >= int(p.levels.size()) ? infinity
                                                            : lambda(p.levels[std::size_t(zeros)].level);
  asked.compare_with(c, zero_star(p.conditional, p.unconditional, asked.scale, zero_below, Prediction::eps), floor);
}

/// Two conditions: that of the prompt, and, at steps of its own, that with layers left out, which it is to go away from.
/// The peer leaves the first of those steps out. The cases that name no stop were computed with 1.
void check_skipped_layers(const Case& c) {
  const Asked asked(c);
  const Parts& p = asked.parts;
  c.args.settled({"skip_layer_guidance_layers", "skip_layer_config"});  // in the predictions already
  Window skipping(c.args.number("skip_layer_guidance_start", 0.01), c.args.number("skip_layer_guidance_stop", 1),
                  p.levels.size());
  ++skipping.first;
  const double away = c.args.number("skip_layer_guidance_scale", 2.8);
  const auto skips = [&](const Level& t) { return asked.enabled && away != 0 && skipping.holds(p.step(t)); };
  // Without the unconditional prediction the other one stands in its place.
  const auto of_condition = [&](const Level& t) {
    const double gained = asked.guides(p.step(t)) ? asked.scale : skips(t) && !asked.original ? 0 : 1;
    return gained + (skips(t) ? away : 0);
  };
  const auto of_other = [&](const Level& t) {
    return (skips(t) ? -away : 0) + (skips(t) && !asked.guides(p.step(t)) && !asked.original ? 1 : 0);
  };
  const Denoise guided =
      composed(p.unconditional, Condition<Denoise>{p.conditional, of_condition}, Condition<Denoise>{p.other, of_other});
  if (asked.rescale == 0) return p.compare_with(c, guided);
  p.compare_with(c, rescaled(p.conditional, guided, 0, asked.rescale, Prediction::eps));
}

void check_tangential(const Case& c) {
  const Asked asked(c);
  asked.compare_with(c, tangential(asked.parts.conditional, asked.parts.unconditional, asked.scale));
}

void check_magnitude_aware(const Case& c) {
  const Asked asked(c, 10);
  asked.compare_with(
      c, magnitude_aware(asked.parts.conditional, asked.parts.unconditional, asked.scale, c.args.number("alpha", 8)));
}

void check(const Case& c) {
  if (c.type == "inputs") return check_inputs(c);
  if (c.type == "ClassifierFreeGuidance" || c.type == "AutoGuidance") return check_classifier_free(c);
  if (c.type == "AdaptiveProjectedGuidance") return check_projected(c);
  if (c.type == "ClassifierFreeZeroStarGuidance") return check_zero_star(c);
  if (c.type == "SkipLayerGuidance") return check_skipped_layers(c);
  if (c.type == "TangentialClassifierFreeGuidance") return check_tangential(c);
  if (c.type == "MagnitudeAwareGuidance") return check_magnitude_aware(c);
  throw std::invalid_argument("no rule for " + c.type);
}

}  // namespace

TEST_CASE("Golden: diffusers' guiders", "[golden]") {
  tests::check_family("guiders", {{tests::raises, "the peer throws"}}, check);
}
