// azula's schedules and its samplers, from t = 1 to a last level of σ_min, not 0.

#include <cctype>

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

/// Exponential Adams-Bashforth as the peer has it: it reads every estimate, however near to the next newer one for the
/// step to be taken. The last step of its default grids is eight times as long as those before it; the library passes
/// over the third estimate there (least_gap).
Table of_all_estimates(const Grid& grid, int order, Prediction prediction) {
  Table table;
  for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
    const Level &t = grid[i], &s = grid[i + 1];
    std::vector<Node> nodes;
    for (std::size_t k = 0; k <= i && k < std::size_t(order); ++k) nodes.push_back({grid[i - k], k});
    table.push_back(
        {t, s, nodes.size() == 1 ? DDIM{}.row(t, s) : exponential_row(t, s, nodes, prediction, 0, Moments::exact)});
  }
  return table;
}

Table table(const Case& c, const Grid& grid) {
  if (c.type == "DDPMSampler") return tabulate(DDPM{}, grid);
  if (c.type == "DDIMSampler")
    return tabulate(DDIM{std::sqrt(c.args.number("eta", 0))}, grid);  // its eta is of the variance
  if (c.type == "EulerSampler") return tabulate(DDIM{}, grid);
  if (c.type == "HeunSampler") return tabulate(Heun{}, grid);
  if (c.type == "ItoSampler") {
    c.args.only("temperature", 1);
    return tabulate(DPMSolver{.order = 1, .prediction = Prediction::eps, .noise = c.args.number("eta", 1)}, grid);
  }
  if (c.type == "PCSampler")
    return tabulate(PredictorCorrector<DDIM, Renoising>{{}, {c.args.number("delta")}, c.args.integer("corrections", 1)},
                    grid);
  const int order = c.args.integer("order");
  if (c.type == "zABSampler") return tabulate(LMS{.order = order}, grid);
  if (c.type == "zEABSampler") return of_all_estimates(grid, order, Prediction::eps);
  if (c.type == "xEABSampler") return of_all_estimates(grid, order, Prediction::x0);
  require(c.type == "vABSampler", "no rule for ", c.type);
  return tabulate(LMS{.order = order, .slope = Slope::velocity}, grid);
}

void check_schedule(const Case& c) {
  const std::string name = c.type.substr(0, c.type.find("Schedule"));
  std::string lower;
  for (const char letter : name) lower += char(std::tolower(letter));
  const tests::AzulaSchedule schedule(lower, c.args);
  std::vector<double> alpha, sigma;
  for (const double t : c.numbers("t")) {
    const Level level = schedule(t);
    alpha.push_back(level.alpha), sigma.push_back(level.sigma);
  }
  compare(c, "alpha", alpha, c.numbers("alpha"));
  compare(c, "sigma", sigma, c.numbers("sigma"));
}

void check(const Case& c) {
  if (c.type.ends_with("Schedule")) return check_schedule(c);
  const Grid grid = tests::azula_grid(c);
  compare_azula_levels(c, grid);
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
  inputs.push_back(tests::run(denoise, table(c, grid), c.state("x_init"), tests::recorded_in_order(c)));
  compare(c, "x", inputs, c.states("x"));
}

}  // namespace

TEST_CASE("Golden: azula", "[golden]") {
  tests::check_family("azula",
                      {{tests::of_type({"REABSampler"}), "the last factor of the peer's step has sigma_t for sigma_s"},
                       {[](const Case& c) { return c.has("y") || c.has("mask"); }, "compared in inverse_problems.cpp"},
                       {tests::raises, "the peer throws"}},
                      check);
}
