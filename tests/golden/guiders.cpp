// diffusers' guiders, rules for two predictions and more: all of ε̂, at three levels that stand for the steps 0, 1 and
// 2 of a run of three.

#include "trajectory.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;
using tests::Reference;

namespace {

struct Input {
  Level level;
  Batch x, pred_cond, pred_uncond, pred_other;
};
std::vector<Input> inputs() {
  std::vector<Input> list;
  for (const Reference& c : tests::read_reference("guiders").objects("cases")) {
    if (c.text("id") != "inputs") continue;
    for (const Reference& at : c.objects("levels"))
      list.push_back({{.alpha = at.number("alpha"), .sigma = at.number("sigma")},
                      at.state("x"),
                      at.state("pred_cond"),
                      at.state("pred_uncond"),
                      at.state("pred_other")});
  }
  return list;
}

Batch eps_of(const Batch& x0, const Input& at) {
  return (at.x - at.level.alpha * x0) / at.level.sigma;
}

/// The denoisers of component 1, of all, and of component 0, "skipped" and "weak" to the peer, and the levels.
struct Parts {
  explicit Parts(const Case& c)
      : conditional(c.mixture.subset({1})), unconditional(c.mixture), other(c.mixture.subset({0})), levels(inputs()) {}
  GaussianMixture<> conditional, unconditional, other;
  std::vector<Input> levels;

  /// Step i and later ones.
  double from_step(int i) const { return lambda(levels[std::size_t(i)].level); }
  template <class D>
  void compare_with(const Case& c, const D& denoise, const std::vector<Batch>& less = {}) const {
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

void check_classifier_free(const Case& c) {
  const Parts p(c);
  const double number = c.args.number("guidance_scale");
  const int first = int(3 * c.args.number("start", 0));
  require(c.args.number("stop", 1) == 1, "no rule for a stop");
  const GuidanceScale scale =
      first > 0 ? limited(number, p.from_step(first), p.from_step(2), 1) : GuidanceScale(number);
  if (c.args.flag("use_original_formulation", false))
    p.compare_with(c, classifier_free(p.conditional, p.unconditional, number));
  else if (c.args.has("guidance_rescale"))
    p.compare_with(c,
                   rescaled(p.conditional, p.unconditional, scale, c.args.number("guidance_rescale"), Prediction::eps));
  else
    p.compare_with(c, classifier_free_scale(p.conditional, p.unconditional, scale));
}

/// A rescale of 0 is no limit. Without being told otherwise the peer keeps the parallel part, within a radius of 15.
/// Its memory is made where it prepares its inputs, which these cases do not call: the one that names a momentum was
/// computed without.
void check_projected(const Case& c) {
  const Parts p(c);
  Projection projection{.scale = c.args.number("guidance_scale"),
                        .eta = c.args.number("eta", 1),
                        .from_unconditional = true,
                        .kind = Prediction::eps};
  if (const double radius = c.args.number("adaptive_projected_guidance_rescale", 15); radius > 0)
    projection.radius = radius;
  p.compare_with(c, projected(p.conditional, p.unconditional, projection));
}

/// The peer divides by ‖ε̂_u‖² + 1e−8, ours by ‖ε̂_u‖²: its ε̂ lacks (1 − γ) of the difference of the two, along ε̂_u.
void check_zero_star(const Case& c) {
  const Parts p(c);
  const double gamma = c.args.number("guidance_scale");
  const int zeros = c.args.integer("zero_init_steps");
  std::vector<Batch> floor;
  for (std::size_t i = 0; i < 3; ++i) {
    const Batch &y = p.levels[i].pred_cond, &u = p.levels[i].pred_uncond;
    const Eigen::ArrayXd size = u.colwise().squaredNorm(), dot = y.cwiseProduct(u).colwise().sum();
    const double used = int(i) < zeros ? 0 : 1;
    floor.push_back(used * (1 - gamma) * u * (dot / size - dot / (size + 1e-8)).matrix().asDiagonal());
  }
  const auto ours = zeros == 0 ? zero_star(p.conditional, p.unconditional, gamma,
                                           -std::numeric_limits<double>::infinity(), Prediction::eps)
                               : zero_star(p.conditional, p.unconditional, gamma, p.from_step(zeros), Prediction::eps);
  p.compare_with(c, ours, floor);
}

/// Two conditions: that of the prompt, and from step 1 on, that with layers left out, which it is to go away from.
void check_skipped_layers(const Case& c) {
  const Parts p(c);
  const double gamma = c.args.number("guidance_scale"), away = c.args.number("skip_layer_guidance_scale");
  const auto part = [&](double inside, double outside) {
    return limited(inside, p.from_step(1), p.from_step(2), outside);
  };
  p.compare_with(c, composed(p.unconditional, Condition{p.conditional, part(gamma + away, gamma)},
                             Condition{p.other, part(-away, 0)}));
}

void check(const Case& c) {
  if (c.type == "inputs") return check_inputs(c);
  if (c.type == "ClassifierFreeGuidance") return check_classifier_free(c);
  if (c.type == "AdaptiveProjectedGuidance") return check_projected(c);
  if (c.type == "ClassifierFreeZeroStarGuidance") return check_zero_star(c);
  if (c.type == "SkipLayerGuidance") return check_skipped_layers(c);
  const Parts p(c);
  const double gamma = c.args.number("guidance_scale");
  if (c.type == "TangentialClassifierFreeGuidance")
    return p.compare_with(c, tangential(p.conditional, p.unconditional, gamma));
  if (c.type == "MagnitudeAwareGuidance")
    return p.compare_with(c, magnitude_aware(p.conditional, p.unconditional, gamma));
  require(c.type == "AutoGuidance", "no rule for ", c.type);
  p.compare_with(c, classifier_free_scale(p.conditional, p.unconditional, gamma));
}

}  // namespace

TEST_CASE("Golden: diffusers' guiders", "[golden]") {
  tests::check_family("guiders", {}, check);
}
