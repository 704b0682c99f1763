// Song's probability flow: samples and bits per dimension, which the peer integrates with scipy's RK45 over the whole
// batch; and its inpainting by predictor and corrector.

#include "likelihoods.hpp"
#include "scoresde.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;

namespace {

void check_sampler(const Case& c) {
  const tests::SongProcess process(c.args);
  const double eps = c.args.number("eps");
  c.args.settled({"rtol", "atol", "method", "N"});
  Batch x = tests::flowed(c.mixture, at_lambda(process), c.state("x_init"), {process(1), process(eps)}).back();
  if (c.args.flag("denoise", false)) {
    Step step = tests::song_predictor("reverse_diffusion", process, process(eps), eps, false);
    step.row.z = 0;
    x = tests::run(c.mixture, {step}, x);
  }
  compare(c, "x_final", x, c.state("x_final"));
}

void check_likelihood(const Case& c) {
  const tests::SongProcess process(c.args);
  const std::string kind = c.args.choice("hutchinson_type", {"Rademacher", "Gaussian"});
  c.args.settled({"rtol", "atol", "method", "N"});
  c.args.only("inverse_scaler", "(v+1)/2");
  const Eigen::Index d = c.state("data").rows();
  const auto found =
      tests::probed(c, c.state("data"), c.state("probe"), kind == "Gaussian" ? Probe::gaussian : Probe::rademacher,
                    process(c.args.number("eps")), process(1), at_lambda(process), process.prior_deviation());
  compare(c, "z", found.latent, c.state("z"));
  // Data in [−1, 1] stand for 256 grey levels: 7 bits more.
  const Dequantised grey{.lo = -1, .hi = 1, .bins = 256};
  const Eigen::VectorXd theirs = tests::column(c, "bpd"), exact = tests::column(c, "exact_bpd_at_eps");
  const Eigen::VectorXd truth = c.mixture.log_density(c.state("data"), process(c.args.number("eps")));
  for (Eigen::Index i = 0; i < theirs.size(); ++i) {
    compare(c, "bpd", grey.bits_per_dimension(-found.log_density[i], d), theirs[i]);
    compare(c, "exact_bpd_at_eps", grey.bits_per_dimension(-truth[i], d), exact[i]);
  }
}

/// After every update the known numbers are replaced by data noised afresh. The result mixes in the state, not its
/// mean.
void check_inpainting(const Case& c) {
  const tests::SongProcess process(c.args);
  require(c.args.flag("continuous", true), "no rule for continuous = false");
  c.args.never("probability_flow");
  const tests::Denoise denoise = tests::exact_network(Prediction::score, c.mixture);
  const tests::RecordedNoise noise = tests::recorded_in_order(c);
  const Batch data = c.state("data"), known = c.state("mask"), unknown = (1 - known.array()).matrix();
  Batch x = process.prior_deviation() * c.state("prior_noise");
  x = data.cwiseProduct(known) + x.cwiseProduct(unknown);
  std::vector<Batch> states;
  std::vector<Level> levels;
  Batch mean = x;
  const auto renoised = [&](const Level& level) {
    Batch z = x;
    noise(z, 0, 0);
    mean = x.cwiseProduct(unknown) + level.alpha * data.cwiseProduct(known);
    x = x.cwiseProduct(unknown) + (level.alpha * data + level.sigma * z).cwiseProduct(known);
  };
  const std::string corrector = c.args.text("corrector");
  const double snr = c.args.number("snr");
  const int steps = c.args.integer("n_steps", 1), corrections = corrector == "none" ? 0 : steps;
  for (const double t : uniform(process.N() - 1, 1, c.args.number("eps"))) {
    const Level level = process(t);
    for (int k = 0; k < corrections; ++k) {
      states.push_back(x), levels.push_back(level);
      x = tests::song_corrected(corrector, process, snr, denoise, x, level, t, noise);
    }
    renoised(level);
    states.push_back(x), levels.push_back(level);
    x = tests::run(denoise, {tests::song_predictor(c.args.text("predictor"), process, level, t, false)}, x, noise);
    renoised(level);
  }
  states.push_back(c.args.flag("denoise", true) ? mean : x);
  compare_levels(c, levels);
  compare(c, "x", states, c.states("x"));
}

void check(const Case& c) {
  if (c.type == "get_ode_sampler") return check_sampler(c);
  if (c.type == "get_likelihood_fn") return check_likelihood(c);
  if (c.type == "get_pc_inpainter") return check_inpainting(c);
  throw std::invalid_argument("no rule for " + c.type);
}

}  // namespace

TEST_CASE("Golden: score_sde, the probability flow and its likelihood", "[golden]") {
  tests::check_family("scoresde_ode_likelihood", {{tests::raises, "the peer throws"}}, check);
}
