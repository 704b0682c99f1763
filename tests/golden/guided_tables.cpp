// guided-diffusion: respacing strings, the tables of GaussianDiffusion against the rows of DDPM, and normal_kl.

#include "bounds.hpp"
#include "guided.hpp"

using namespace tweedie;
using tests::Case;

namespace {

void check_respacing(const Case& c) {
  const int T = c.args.integer("num_timesteps");
  const std::string spec = c.args.text("section_counts");
  if (c.has("raises")) {
    const std::string message = tests::refusal([&] { respaced(spec, T); });
    INFO(message);
    CHECK(tests::contains(message, "respaced"));
    return compare(c, "raises", double(!message.empty()), 1);
  }
  std::vector<double> kept = respaced(spec, T);
  kept.pop_back();  // the data
  for (double& n : kept) n -= 1;
  compare(c, "steps", std::vector<double>(kept.rbegin(), kept.rend()), c.numbers("steps"));
}

/// Every table by the levels t and s of its step alone. The peer's entry k is our step from n = k + 1.
void check_tables(const Case& c) {
  const Discrete schedule = tests::guided::chain(c.args);
  const int T = schedule.steps();
  const auto table = [&](const std::string& name, const auto& entry) {
    std::vector<double> ours;
    for (int n = 1; n <= T; ++n) ours.push_back(entry(schedule(n), schedule(n - 1)));
    compare(c, name, ours, c.numbers(name));
  };
  const auto bar = [](const Level& t) { return t.alpha * t.alpha; };
  table("betas", forward_variance);
  table("alphas_cumprod", [&](const Level& t, const Level&) { return bar(t); });
  table("alphas_cumprod_prev", [&](const Level&, const Level& s) { return bar(s); });
  table("alphas_cumprod_next",
        [&](const Level& t, const Level&) { return t.time < T ? bar(schedule(t.time + 1)) : 0; });
  table("posterior_variance", posterior_variance);
  table("posterior_log_variance_clipped", [&](const Level& t, const Level& s) {
    return std::log(t.time > 1 ? posterior_variance(t, s) : posterior_variance(schedule(2), schedule(1)));
  });
  table("posterior_mean_coef1", [](const Level& t, const Level& s) { return DDPM{}.row(t, s).x0[0]; });
  table("posterior_mean_coef2", [](const Level& t, const Level& s) { return DDPM{}.row(t, s).x; });
  table("sqrt_recip_alphas_cumprod",
        [](const Level& t, const Level&) { return x0_coefficients(Prediction::eps, t).x; });
  table("sqrt_recipm1_alphas_cumprod",
        [](const Level& t, const Level&) { return -x0_coefficients(Prediction::eps, t).y; });
  table("log_one_minus_alphas_cumprod", [](const Level& t, const Level&) { return 2 * std::log(t.sigma); });
}

/// Number by number: one-dimensional Gaussians.
void check_kl(const Case& c) {
  const Eigen::MatrixXd mean1 = c.state("mean1"), mean2 = c.state("mean2");
  const Eigen::MatrixXd variance1 = c.state("logvar1").array().exp(), variance2 = c.state("logvar2").array().exp();
  const auto gaussian = [](double mean, double variance) {
    return Gaussian<>(Eigen::VectorXd::Constant(1, mean), Covariance<>::isotropic(1, variance));
  };
  Eigen::MatrixXd ours = mean1;
  for (Eigen::Index i = 0; i < ours.size(); ++i)
    ours(i) = kl(gaussian(mean1(i), variance1(i)), gaussian(mean2(i), variance2(i)));
  compare(c, "out", ours, c.state("out"));
}

/// The decoder's term of each number, with its mean and its logarithm of the standard deviation, and the peer's normal
/// distribution function.
void check_decoder(const Case& c) {
  const Eigen::MatrixXd x = c.state("x"), mean = c.state("means"), log_scale = c.state("log_scales");
  Eigen::MatrixXd ours = x;
  for (Eigen::Index i = 0; i < ours.size(); ++i)
    ours(i) = tests::published_decoder.log_probability(x(i), mean(i), std::exp(2 * log_scale(i)));
  compare(c, "out", ours, c.state("out"));
}

void check(const Case& c) {
  if (c.type == "space_timesteps") return check_respacing(c);
  if (c.type == "GaussianDiffusion") return check_tables(c);
  if (c.type == "losses.normal_kl") return check_kl(c);
  if (c.type == "losses.discretized_gaussian_log_likelihood") return check_decoder(c);
  throw std::invalid_argument("no rule for " + c.type);
}

}  // namespace

TEST_CASE("Golden: guided-diffusion's tables", "[golden]") {
  using tests::of_type;
  tests::check_family(
      "guided_tables",
      {{of_type({"nn.timestep_embedding"}), "a part of the peer's network: this library holds no networks"},
       {of_type({"LossSecondMomentResampler"}), "chooses training timesteps: a part of the peer's training loop"}},
      check);
}
