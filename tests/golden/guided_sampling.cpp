// guided-diffusion's samplers: DDPM with fixed and with learned variance, and DDIM, on a respaced chain whose network
// knows the original timesteps.
// A draw is made for the last step too, and multiplied by 0.

#include "guided.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;

namespace {

bool of_previous(const Case& c) {
  return c.args.text("mean_type", "EPSILON") == "PREVIOUS_X";
}

/// The steps of a grid, and the run of a sampler that is no table along them, with the draw of each.
template <class S>
std::vector<Batch> run(const Case& c, const tests::Denoise& denoise, const S& sampler, const Grid& grid) {
  std::vector<std::pair<Level, Level>> steps;
  for (std::size_t i = 0; i + 1 < grid.size(); ++i) steps.push_back({grid[i], grid[i + 1]});
  return trajectory(c, denoise, sampler, steps);
}

/// ∇ log P(component | x_t), exact, and the scale that the peer multiplies it by.
auto gradient(const Case& c) {
  const std::vector<int> component{c.object("guidance").integer("component")};
  return [mixture = c.mixture, component](const Batch& x, const Level& t) {
    return mixture.log_probability_gradient(component, x, t);
  };
}
double scale(const Case& c) {
  return c.object("guidance").number("scale");
}

/// The mean of each step is shifted. The peer shifts also the step onto the data, by a variance that it then draws no
/// noise of: the one of the step before, on its chain of ten, or of a learned range that ends there. Ours has no
/// variance there, and does not: that shift is made here.
void check_shifted(const Case& c, const tests::Denoise& denoise, const Grid& grid) {
  const bool learned = c.args.text("var_type") == "LEARNED_RANGE";
  require(learned || c.args.text("var_type") == "FIXED_LARGE", "no rule for var_type ", c.args.text("var_type"));
  const std::size_t n = grid.size() - 1;
  const Level &before = grid[n - 2], &last = grid[n - 1];
  const double posterior = posterior_variance(before, last), forward = forward_variance(last, grid[n]);
  std::vector<Batch> x =
      learned
          ? run(c, denoise,
                MeanShift{LearnedVariance{DDPM{}, learned_range(tests::guided::range_output)}, gradient(c), scale(c)},
                grid)
          : run(c, denoise, MeanShift{DDPM{forward_variance}, gradient(c), scale(c)}, grid);
  Batch variance = Batch::Constant(x[0].rows(), x[0].cols(), posterior);
  if (learned) {
    const Batch share = (tests::guided::range_output(x[n - 1], 0).array() + 1) / 2;
    variance = (share.array() * std::log(forward) + (1 - share.array()) * std::log(posterior)).exp();
  }
  x[n] += scale(c) * variance.cwiseProduct(gradient(c)(x[n - 1], last));
  compare(c, "x", x, c.states("x"));
  compare(c, "pred_xstart_last", denoise(x[n - 1], last), c.state("pred_xstart_last"));
}

void check_p_sample(const Case& c, const tests::Denoise& denoise, const Grid& grid) {
  if (c.has("guidance")) return check_shifted(c, denoise, grid);
  const std::string type = c.args.text("var_type");
  std::vector<Batch> x;
  if (type == "LEARNED_RANGE") {
    x = run(c, denoise, LearnedVariance{DDPM{}, learned_range(tests::guided::range_output)}, grid);
  } else if (type == "LEARNED") {
    x = run(c, denoise, LearnedVariance{DDPM{}, learned_log_variance([](const Batch& y, double) -> Batch {
                                          return 0.5 * y.array().sin() - 3;
                                        })},
            grid);
  } else {
    require(type == "FIXED_SMALL" || type == "FIXED_LARGE", "no rule for var_type ", type);
    x = trajectory(c, denoise, tabulate(DDPM{type == "FIXED_SMALL" ? posterior_variance : forward_variance}, grid));
  }
  compare(c, "x", x, c.states("x"));
  compare(c, "pred_xstart_last", denoise(x[x.size() - 2], grid[grid.size() - 2]), c.state("pred_xstart_last"));
}

/// Upward. The peer shows its network the state of level s as if it were of t, the level that the step goes to.
void check_reverse(const Case& c, const Grid& grid) {
  const auto model = tests::exact_network(Prediction::eps, c.mixture);
  std::vector<Batch> x{c.states("x").front()};
  for (std::size_t i = grid.size() - 1; i-- > 0;) {
    const Batch x0 = model(x.back(), grid[i]), eps = (x.back() - grid[i].alpha * x0) / grid[i].sigma;
    const Level next = i == 0 ? Level{.alpha = 0, .sigma = 1} : grid[i - 1];
    x.push_back(next.alpha * x0 + next.sigma * eps);
  }
  compare(c, "x", x, c.states("x"));
}

void check(const Case& c) {
  const Grid grid = tests::guided::grid(c);
  if (c.type == "SpacedDiffusion.ddim_reverse_sample") return check_reverse(c, grid);
  tests::Denoise denoise = tests::guided::denoiser(c);
  if (c.has("guidance") && c.type == "SpacedDiffusion.ddim_sample")
    denoise = classifier(denoise, gradient(c), scale(c));
  compare_levels(c, std::vector<Level>(grid.begin(), grid.end() - 1));
  if (c.type == "SpacedDiffusion.p_sample") return check_p_sample(c, denoise, grid);
  require(c.type == "SpacedDiffusion.ddim_sample", "no rule for ", c.type);
  const std::vector<Batch> x = trajectory(c, denoise, tabulate(DDIM{c.args.number("eta", 0)}, grid));
  compare(c, "x", x, c.states("x"));
  compare(c, "pred_xstart_last", denoise(x[x.size() - 2], grid[grid.size() - 2]), c.state("pred_xstart_last"));
}

}  // namespace

TEST_CASE("Golden: guided-diffusion's samplers", "[golden]") {
  tests::check_family("guided_sampling",
                      {{of_previous, "a network that predicts the mean of x_s, whose step needs no formula"}}, check);
}
