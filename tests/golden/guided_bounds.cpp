// guided-diffusion's variational bounds, in bits per dimension, with the normal distribution function by tanh and the
// prior N(0, I). Onto the data, where β̃² is 0, it has the β̃² of the step before in its place, for the decoder and as
// the lower end of a learned range.

#include "bounds.hpp"
#include "guided.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;

namespace {

/// The peer's posterior variance, which has no 0.
double floored_posterior(const Grid& grid, const Level& t, const Level& s) {
  const std::size_t n = grid.size();
  return s.sigma > 0 ? posterior_variance(t, s) : posterior_variance(grid[n - 3], grid[n - 2]);
}

/// The sampler of a case; its last row draws the decoder's noise.
tests::LearnedSampler sampler_of(const Case& c, const Grid& grid) {
  const std::string type = tests::guided::var_type(c);
  const auto varied = [](const tests::StepVariance& variance) { return tests::learned(variance, LastRow::noise); };
  if (type == "LEARNED") return varied(learned_log_variance(tests::guided::log_variance_output));
  if (type == "LEARNED_RANGE")
    return varied([grid](const Batch& x, const Level& t, const Level& s) -> Batch {
      const double low = std::log(floored_posterior(grid, t, s)), high = std::log(forward_variance(t, s));
      return (low + (high - low) * (tests::guided::range_output(x, t.time).array() + 1) / 2).exp();
    });
  const bool small = type == "FIXED_SMALL";
  return varied([grid, small](const Batch& x, const Level& t, const Level& s) -> Batch {
    return Batch::Constant(x.rows(), x.cols(),
                           small || s.sigma == 0 ? floored_posterior(grid, t, s) : forward_variance(t, s));
  });
}

std::vector<double> list(const Eigen::VectorXd& values) {
  return {values.begin(), values.end()};
}

/// Every term for every sample, and the errors of the estimates.
void check_loop(const Case& c) {
  const Grid grid = tests::guided::grid(c);
  const tests::Denoise denoise = tests::guided::denoiser(c);
  const Batch x0 = c.state("x_start");
  const auto draws = c.states("noise");
  const auto bound =
      tests::bound(denoise, sampler_of(c, grid), grid, x0, tests::recorded_bound_noise(c), {.prior_deviation = 1});
  const auto d = double(x0.rows());
  const Batch bits = bound.terms / (d * std::numbers::ln2);
  compare(c, "prior_bpd", list(bits.row(0).transpose()), c.numbers("prior_bpd"));
  compare(c, "vb", bits.bottomRows(bits.rows() - 1), c.state("vb"));
  compare(c, "total_bpd", list(bits.colwise().sum().transpose()), c.numbers("total_bpd"));

  Batch x0_error(bits.rows() - 1, x0.cols()), eps_error = x0_error;
  for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
    const Level& t = grid[i];
    const Batch x = t.alpha * x0 + t.sigma * draws[i], x0_hat = denoise(x, t);
    x0_error.row(Eigen::Index(i)) = (x0_hat - x0).cwiseAbs2().colwise().mean();
    eps_error.row(Eigen::Index(i)) = ((x - t.alpha * x0_hat) / t.sigma - draws[i]).cwiseAbs2().colwise().mean();
  }
  compare(c, "xstart_mse", x0_error, c.state("xstart_mse"));
  compare(c, "mse", eps_error, c.state("mse"));
}

/// Each sample has a step of its own, counted from the data.
struct Sample {
  Level t, s;
  Batch x0, noise, x_t;
};
std::vector<Sample> samples(const Case& c, const Grid& grid) {
  const Batch x0 = c.state("x_start"), noise = c.states("noise").front();
  const std::vector<double> steps = c.numbers("t");
  std::vector<Sample> all;
  for (std::size_t j = 0; j < steps.size(); ++j) {
    const std::size_t i = grid.size() - 2 - std::size_t(steps[j]);
    const Batch data = x0.col(Eigen::Index(j)), eps = noise.col(Eigen::Index(j));
    all.push_back({grid[i], grid[i + 1], data, eps, noised(data, grid[i], eps)});
  }
  return all;
}

/// Means and variances of q(x_t | x₀), q(x_s | x_t, x₀) and p(x_s | x_t).
void check_one_step(const Case& c) {
  const Grid grid = tests::guided::grid(c);
  const tests::Denoise denoise = tests::guided::denoiser(c);
  const auto all = samples(c, grid);
  const Eigen::Index d = c.state("x_start").rows();
  const auto compared = [&](const char* what, const std::function<Batch(const Sample&)>& f) {
    Batch ours(d, Eigen::Index(all.size()));
    for (std::size_t j = 0; j < all.size(); ++j) ours.col(Eigen::Index(j)) = f(all[j]);
    compare(c, what, ours, c.state(what));
  };
  const auto constant = [d](double v) -> Batch { return Batch::Constant(d, 1, v); };
  const auto p_variance = [&](const Sample& one) {
    return sampler_of(c, grid).row_variance(one.x_t, one.t, one.s, one.x0);
  };
  compared("q_sample", [](const Sample& one) { return one.x_t; });
  compared("q_mean", [](const Sample& one) -> Batch { return one.t.alpha * one.x0; });
  compared("q_variance", [&](const Sample& one) { return constant(one.t.sigma * one.t.sigma); });
  compared("q_log_variance", [&](const Sample& one) { return constant(2 * std::log(one.t.sigma)); });
  const auto row_mean = [](const Sample& one, const Batch& estimate) -> Batch {
    const Row row = DDPM{}.row(one.t, one.s);
    return row.x * one.x_t + row.x0[0] * estimate;
  };
  compared("posterior_mean", [&](const Sample& one) { return row_mean(one, one.x0); });
  compared("posterior_variance", [&](const Sample& one) { return constant(posterior_variance(one.t, one.s)); });
  compared("posterior_log_variance_clipped",
           [&](const Sample& one) { return constant(std::log(floored_posterior(grid, one.t, one.s))); });
  compared("pred_xstart", [&](const Sample& one) { return denoise(one.x_t, one.t); });
  compared("p_mean", [&](const Sample& one) { return row_mean(one, denoise(one.x_t, one.t)); });
  compared("p_variance", [&](const Sample& one) {  // of the small one, unlike its logarithm, 0 where it is 0
    return tests::guided::var_type(c) == "FIXED_SMALL" ? constant(posterior_variance(one.t, one.s)) : p_variance(one);
  });
  compared("p_log_variance", [&](const Sample& one) -> Batch { return p_variance(one).array().log(); });
}

/// KL: the term of the bound. MSE: the error of what is predicted, and with a learned variance that term beside it.
/// "RESCALED": the term times the number of steps, beside an MSE a thousandth of that.
void check_losses(const Case& c) {
  const Grid grid = tests::guided::grid(c);
  const bool in_x0 = tests::guided::mean_type(c) == "START_X";
  c.args.only("mean_type", in_x0 ? "START_X" : "EPSILON");
  c.args.settled({"clip_denoised"});  // never clipped in training
  const tests::Denoise denoise = tests::exact_network(in_x0 ? Prediction::x0 : Prediction::eps, c.mixture);
  const auto all = samples(c, grid);
  const auto steps = double(grid.size() - 1), d = double(c.state("x_start").rows());
  const std::string type = c.args.choice("loss_type", {"KL", "RESCALED_KL", "MSE", "RESCALED_MSE"});
  std::vector<double> term, error;
  for (const Sample& one : all) {
    // The bound of the levels from this one down: its first row is the term.
    const Grid below(std::find_if(grid.begin(), grid.end(), [&](const Level& t) { return t.time == one.t.time; }),
                     grid.end());
    const tests::RecordedNoise noise = [&](Batch& z, std::int64_t, std::int64_t) { z = one.noise; };
    const auto bound = tests::bound(denoise, sampler_of(c, grid), below, one.x0, noise, {.prior_deviation = 1});
    term.push_back(bound.terms(1, 0) / (d * std::numbers::ln2));
    const Batch x0_hat = denoise(one.x_t, one.t), eps_hat = (one.x_t - one.t.alpha * x0_hat) / one.t.sigma;
    error.push_back((in_x0 ? x0_hat - one.x0 : eps_hat - one.noise).squaredNorm() / d);
  }
  const bool learned = tests::guided::var_type(c).starts_with("LEARNED"), kl = type == "KL" || type == "RESCALED_KL";
  std::vector<double> beside, loss;
  for (std::size_t j = 0; j < all.size(); ++j) {
    beside.push_back(term[j] * (type == "RESCALED_MSE" ? steps / 1000 : 1));
    loss.push_back(kl ? term[j] * (type == "RESCALED_KL" ? steps : 1) : error[j] + (learned ? beside[j] : 0));
  }
  if (c.has("vb")) compare(c, "vb", beside, c.numbers("vb"));
  if (c.has("mse")) compare(c, "mse", error, c.numbers("mse"));
  compare(c, "loss", loss, c.numbers("loss"));
}

void check(const Case& c) {
  if (c.type == "SpacedDiffusion.calc_bpd_loop") return check_loop(c);
  if (c.type == "SpacedDiffusion.training_losses") return check_losses(c);
  require(c.type == "SpacedDiffusion", "no rule for ", c.type);
  check_one_step(c);
}

}  // namespace

TEST_CASE("Golden: guided-diffusion's bounds", "[golden]") {
  tests::check_family("guided_bounds", {}, check);
}
