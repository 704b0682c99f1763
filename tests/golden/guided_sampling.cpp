// guided-diffusion's samplers: DDPM with fixed and with learned variance, and DDIM, on a respaced chain whose network
// knows the original timesteps.
// A draw is made for the last step too, and multiplied by 0.

#include "guided.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;

namespace {

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

tests::LearnedSampler learned_sampler(const std::string& type) {
  return type == "LEARNED" ? tests::learned(learned_log_variance(tests::guided::log_variance_output))
                           : tests::learned(learned_range(tests::guided::range_output));
}

/// The mean of each step is shifted. The peer shifts also the step onto the data, by a variance that it then draws no
/// noise of: FIXED_LARGE's is that of the step before, a learned range ends there. Ours has no variance there, and does
/// not: that shift is made here.
std::vector<Batch> shifted(const Case& c, const tests::Denoise& denoise, const Grid& grid, const std::string& type) {
  const std::size_t n = grid.size() - 1;
  const Level &before = grid[n - 2], &last = grid[n - 1];
  const double posterior = posterior_variance(before, last), forward = forward_variance(last, grid[n]);
  const tests::Steps steps = tests::steps_of(grid);
  const auto run = [&](const auto& sampler) {
    return trajectory(c, denoise, MeanShift{sampler, gradient(c), scale(c)}, steps);
  };
  std::vector<Batch> x = type.starts_with("LEARNED")
                             ? run(learned_sampler(type))
                             : run(DDPM{type == "FIXED_LARGE" ? forward_variance : posterior_variance});
  Batch variance = Batch::Constant(x[0].rows(), x[0].cols(), type == "FIXED_LARGE" ? posterior : 0);
  if (type == "LEARNED") variance = tests::guided::log_variance_output(x[n - 1], 0).array().exp();
  if (type == "LEARNED_RANGE") {
    const Batch share = (tests::guided::range_output(x[n - 1], 0).array() + 1) / 2;
    variance = (share.array() * std::log(forward) + (1 - share.array()) * std::log(posterior)).exp();
  }
  x[n] += scale(c) * variance.cwiseProduct(gradient(c)(x[n - 1], last));
  return x;
}

std::vector<Batch> p_sample(const Case& c, const tests::Denoise& denoise, const Grid& grid) {
  const std::string type = tests::guided::var_type(c);
  if (c.has("guidance")) return shifted(c, denoise, grid, type);
  const tests::Steps steps = tests::steps_of(grid);
  if (type.starts_with("LEARNED")) return trajectory(c, denoise, learned_sampler(type), steps);
  return trajectory(c, denoise, tabulate(DDPM{type == "FIXED_SMALL" ? posterior_variance : forward_variance}, grid));
}

/// Upward. The peer shows its network the state of level s as if it were of t, the level that the step goes to.
void check_reverse(const Case& c, const tests::Denoise& denoise, const Grid& grid) {
  c.args.only("eta", 0);
  c.args.settled({"var_type"});  // it draws nothing
  std::vector<Batch> x{c.states("x").front()};
  for (std::size_t i = grid.size() - 1; i-- > 0;) {
    const Batch x0 = denoise(x.back(), grid[i]), eps = (x.back() - grid[i].alpha * x0) / grid[i].sigma;
    const Level next = i == 0 ? Level{.alpha = 0, .sigma = 1} : grid[i - 1];
    x.push_back(next.alpha * x0 + next.sigma * eps);
  }
  compare(c, "x", x, c.states("x"));
}

void check(const Case& c) {
  const Grid grid = tests::guided::grid(c);
  tests::Denoise denoise = tests::guided::denoiser(c);
  if (c.type == "SpacedDiffusion.ddim_reverse_sample") return check_reverse(c, denoise, grid);
  compare_levels(c, std::vector<Level>(grid.begin(), grid.end() - 1));
  const bool ddim = c.type == "SpacedDiffusion.ddim_sample";
  require(ddim || c.type == "SpacedDiffusion.p_sample" || c.type == "GaussianDiffusion.p_sample", "no rule for ",
          c.type);
  if (ddim) c.args.settled({"var_type"});  // its noise is eta's
  if (ddim && c.has("guidance")) denoise = classifier(denoise, gradient(c), scale(c));
  const std::vector<Batch> x =
      ddim ? trajectory(c, denoise, tabulate(DDIM{c.args.number("eta", 0)}, grid)) : p_sample(c, denoise, grid);
  compare(c, "x", x, c.states("x"));
  if (c.has("pred_xstart_last"))
    compare(c, "pred_xstart_last", denoise(x[x.size() - 2], grid[grid.size() - 2]), c.state("pred_xstart_last"));
}

}  // namespace

TEST_CASE("Golden: guided-diffusion's samplers", "[golden]") {
  tests::check_family("guided_sampling", {{tests::raises, "the peer throws"}}, check);
}
