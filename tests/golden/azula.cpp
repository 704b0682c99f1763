// azula's samplers, which the recorded levels lead from t = 1 to a last level of σ = 1e−3; and k-diffusion's lists of
// levels.

#include "azula.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;

namespace {

/// The peer's corrector: a share δ of the noise, as it is estimated, is drawn anew.
struct Renoising {
  double delta;
  Row correction(const Level& t) const {
    return {.x0 = {t.alpha}, .eps = {std::sqrt(1 - delta) * t.sigma}, .z = std::sqrt(delta) * t.sigma};
  }
};

Table table(const Case& c, const Grid& grid) {
  const int order = c.args.integer("order", 1);
  if (c.type == "DDPMSampler") return tabulate(DDPM{}, grid);
  if (c.type == "DDIMSampler")
    return tabulate(DDIM{std::sqrt(c.args.number("eta"))}, grid);  // its eta is of the variance
  if (c.type == "EulerSampler") return tabulate(DDIM{}, grid);
  if (c.type == "HeunSampler") return tabulate(Heun{}, grid);
  if (c.type == "ItoSampler") {
    require(c.args.number("temperature", 1) == 1, "no rule for a temperature");
    return tabulate(DPMSolver{.order = 1, .prediction = Prediction::eps, .noise = c.args.number("eta")}, grid);
  }
  if (c.type == "zABSampler") return tabulate(LMS{.order = order}, grid);
  if (c.type == "zEABSampler") return tabulate(DEIS{.order = order, .lower_order_final = false}, grid);
  if (c.type == "xEABSampler") return tabulate(DPMSolver{.order = order, .lower_order_final = false}, grid);
  if (c.type == "vABSampler") return tabulate(LMS{.order = order, .slope = Slope::velocity}, grid);
  require(c.type == "PCSampler", "no rule for ", c.type);
  return tabulate(PredictorCorrector<DDIM, Renoising>{{}, {c.args.number("delta")}, c.args.integer("corrections")},
                  grid);
}

void check(const Case& c) {
  const Grid grid = tests::azula_grid(c);
  const tests::RecordedNoise recorded(c);
  std::int64_t draws = 0;
  std::vector<Batch> inputs;
  const auto watched = [&](const GaussianMixture<>& mixture) -> tests::Denoise {
    return [&inputs, mixture](const Batch& x, const Level& t) -> Batch {
      inputs.push_back(x);
      return mixture(x, t);
    };
  };
  tests::Denoise denoise = watched(c.mixture);
  if (c.has("guidance"))  // which is the weight
    denoise = classifier_free(watched(c.mixture.subset({c.integer("component")})), denoise, c.number("guidance"));
  const Batch end = sample(denoise, table(c, grid), c.state("x_init"), [&](Batch& z) { recorded(z, draws++, 0); });
  inputs.push_back(end);
  compare(c, "x", inputs, c.states("x"));
}

}  // namespace

TEST_CASE("Golden: azula", "[golden]") {
  const auto starts = [](const std::string& head) { return [head](const Case& c) { return c.id.starts_with(head); }; };
  tests::check_family(
      "azula",
      {{starts("schedule_"), "its schedules, whose levels the other cases bring with them"},
       {tests::of_type({"REABSampler"}), "the last factor of the peer's step has sigma_t for sigma_s"},
       {[](const Case& c) { return c.has("y") || c.has("mask"); }, "inverse problems are not built yet"}},
      check);
}
