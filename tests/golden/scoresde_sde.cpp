// Song's processes: marginals, drift and diffusion forward and in reverse, tables of steps, prior.

#include "scoresde.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;

namespace {

void check(const Case& c) {
  require(c.type == "VPSDE" || c.type == "VESDE" || c.type == "subVPSDE", "no rule for ", c.type);
  const tests::SongProcess process(c.args, c.type == "VPSDE" ? "vp" : c.type == "VESDE" ? "ve" : "subvp");
  const LinearSde sde{process};
  const Batch x = c.state("x");
  const auto compare_step = [&](const tests::Reference& at, const Batch& f, double b2) {
    compare(c, "discretize_f", f, at.state("discretize_f"));
    compare(c, "discretize_G", std::sqrt(b2), at.number("discretize_G"));
  };
  for (const tests::Reference& at : c.objects("forward")) {
    const double t = at.number("t");
    const Level level = process(t);
    compare(c, "mean", level.alpha * x, at.state("mean"));
    compare(c, "std", level.sigma, at.number("std"));
    compare(c, "drift", sde.drift(x, t), at.state("drift"));
    compare(c, "diffusion", sde.diffusion(t), at.number("diffusion"));
    const auto [a, b2] = process.step(t);
    compare_step(at, (a - 1) * x, b2);
  }
  const auto score_at = [&](const Batch& y, double t) { return score(c.mixture, y, process(t)); };
  for (const tests::Reference& at : c.objects("reverse")) {
    const double t = at.number("t"), noise = at.flag("probability_flow", false) ? 0 : 1;
    const auto reverse = reverse_sde(sde, score_at, noise);
    compare(c, "drift", reverse.drift(x, t), at.state("drift"));
    compare(c, "diffusion", reverse.diffusion(t), at.number("diffusion"));
    // Its discrete reverse step is x − f: the row of the predictor, less x.
    const Row row = ReverseDiffusion{noise}.of(process(t), process.step(t));
    const Batch eps = -process(t).sigma * score_at(x, t);
    compare_step(at, (1 - row.x) * x - row.eps[0] * eps, row.z * row.z);
    if (noise == 0) compare(c, "velocity", velocity(c.mixture, x, process(t)), at.state("drift"));
  }
  compare(c, "prior_logp", NormalPrior{process.prior_deviation()}(x, clean), [&] {
    const std::vector<double> theirs = c.numbers("prior_logp");
    return Eigen::VectorXd(Eigen::Map<const Eigen::VectorXd>(theirs.data(), Eigen::Index(theirs.size())));
  }());
  std::vector<double> table;
  for (int i = 0; i < process.N(); ++i) table.push_back(process.is("ve") ? process.sigma(i) : process.beta(i));
  if (process.is("vp")) compare(c, "discrete_betas", table, c.numbers("discrete_betas"));
  if (process.is("ve")) compare(c, "discrete_sigmas", table, c.numbers("discrete_sigmas"));
}

}  // namespace

TEST_CASE("Golden: score_sde, the processes", "[golden]") {
  tests::check_family("scoresde_sde", {}, check);
}
