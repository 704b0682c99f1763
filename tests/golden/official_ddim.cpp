// The code of the DDIM paper: generalized_steps (DDIM of any η, nothing clamped), ddpm_steps (the large variance, x̂₀
// clamped to [−1, 1]) and its tables of β.

#include "limited.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;

namespace {

Discrete chain(const std::string& schedule, int T, double beta_start, double beta_end) {
  if (schedule == "linear") return Discrete::linear(T, beta_start, beta_end);
  if (schedule == "quad") return Discrete::scaled_linear(T, beta_start, beta_end);
  if (schedule == "const") return Discrete::constant(T, beta_end);
  if (schedule == "jsd") return Discrete::jsd(T);
  if (schedule == "sigmoid") return Discrete::sigmoid(T, beta_start, beta_end);
  throw std::invalid_argument("no rule for beta_schedule = \"" + schedule + "\"");
}

void check_betas(const Case& c) {
  const std::string prefix = "betas_";  // the file names the schedule in the id alone
  require(c.id.starts_with(prefix), "get_beta_schedule: the id names no schedule");
  const int T = c.args.integer("num_diffusion_timesteps");
  const Discrete levels = chain(c.id.substr(prefix.size()), T, c.args.number("beta_start"), c.args.number("beta_end"));
  std::vector<double> betas;
  for (int n = 1; n <= T; ++n) betas.push_back(forward_variance(levels(n), levels(n - 1)));
  compare(c, "betas", betas, c.numbers("betas"));
}

/// The list from which the peer walks down, against ours. "uniform" is a stride of ⌊T/n⌋, which may give more than n
/// steps; it is `leading` where n divides T. "quad" is `quadratic` from 0.8 T, cut to integers.
void check_sequence(const Case& c, const std::vector<double>& sequence) {
  const int T = c.args.integer("T"), n = c.args.integer("timesteps");
  const std::string skip = c.args.text("skip_type");
  if (skip == "uniform") {
    std::vector<double> ours;
    for (int k = 0; k < T; k += T / n) ours.push_back(k);
    compare(c, "seq", ours, sequence);
    if (T % n != 0) return;
    ours.clear();
    for (const double time : leading(n, T)) ours.insert(ours.begin(), time - 1);
    compare(c, "seq", std::vector<double>(ours.begin() + 1, ours.end()), sequence);
  } else if (skip == "quad") {
    const std::vector<double> real = quadratic(n - 1, 0.8 * T, 0);
    CHECK(real.size() == sequence.size());
    for (std::size_t i = 0; i < sequence.size(); ++i) {  // where the real number is an integer, rounding decides
      const double ours = real[real.size() - 1 - i];
      INFO(sentence("seq[", i, "] = ", sequence[i], ", before it is cut ", ours));
      CHECK((sequence[i] == std::floor(ours + 1e-9) || sequence[i] == std::floor(ours - 1e-9)));
    }
  } else {
    throw std::invalid_argument("no rule for skip_type = \"" + skip + "\"");
  }
}

void check_steps(const Case& c) {
  const std::vector<double> sequence = c.numbers("seq");
  check_sequence(c, sequence);
  std::vector<double> times;
  for (auto k = sequence.rbegin(); k != sequence.rend(); ++k) times.push_back(*k + 1);
  times.push_back(0);
  const Discrete schedule = chain(c.args.text("beta_schedule"), c.args.integer("T"), c.args.number("beta_start", 1e-4),
                                  c.args.number("beta_end", 0.02));
  const Grid grid = levels(schedule, times);
  const bool generalized = c.type == "generalized_steps";
  const double eta = c.args.number("eta", 0);
  const Table rows = generalized ? tabulate(DDIM{eta}, grid) : tabulate(DDPM{forward_variance}, grid);
  if (grid.front().alpha == 0) return check_refused(c, Prediction::eps, rows);
  const tests::Denoise model = tests::exact_network(Prediction::eps, c.mixture);
  compare(c, "x", trajectory(c, tests::limited(model, generalized ? tests::Limit{} : tests::clip(1)), rows),
          c.states("x"));
}

void check(const Case& c) {
  if (c.type == "get_beta_schedule") return check_betas(c);
  if (c.type == "generalized_steps" || c.type == "ddpm_steps") return check_steps(c);
  throw std::invalid_argument("no rule for " + c.type);
}

}  // namespace

TEST_CASE("Golden: the code of the DDIM paper", "[golden]") {
  tests::check_family("official_ddim", {}, check);
}
