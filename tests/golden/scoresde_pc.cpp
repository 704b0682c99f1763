// Song's predictor-corrector samplers. The corrector comes first. x holds the state at every call of the network, then
// the end.

#include "scoresde.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;

namespace {

/// The level at which the network is asked. Of a model trained on discrete levels, by their index.
Level asked(const Case& c, const tests::SongProcess& process, double t) {
  if (c.args.flag("continuous", true)) return process(t);
  if (process.is("ve")) {
    const int from_noise = int(std::nearbyint((1 - t) * (process.N() - 1)));
    return {.time = t, .sigma = process.sigma(process.N() - 1 - from_noise)};
  }
  std::vector<double> betas;
  for (int i = 0; i < process.N(); ++i) betas.push_back(process.beta(i));
  Level level = Discrete::from_betas(betas)(process.index(t) + 1);
  level.time = t;
  return level;
}

void check(const Case& c) {
  const tests::SongProcess process(c.args);
  require(c.type == "get_pc_sampler", "no rule for ", c.type);
  const tests::Denoise denoise = tests::exact_network(Prediction::score, c.mixture);
  const std::string corrector = c.args.text("corrector");
  const double snr = c.args.number("snr");
  const int steps = c.args.integer("n_steps", 1), corrections = corrector == "none" ? 0 : steps;
  const tests::RecordedNoise noise = tests::recorded_in_order(c);

  Batch x = process.prior_deviation() * c.state("prior_noise");
  std::vector<Batch> states;
  std::vector<Level> levels;
  const std::vector<double> times = uniform(process.N() - 1, 1, c.args.number("eps"));
  for (std::size_t i = 0; i < times.size(); ++i) {
    const Level level = asked(c, process, times[i]);
    for (int k = 0; k < corrections; ++k) {
      states.push_back(x), levels.push_back(level);
      x = tests::song_corrected(corrector, process, snr, denoise, x, level, times[i], noise);
    }
    Step step = tests::song_predictor(c.args.text("predictor"), process, level, times[i],
                                      c.args.flag("probability_flow", false));
    if (depth(step.row) > 0) states.push_back(x), levels.push_back(level);
    if (i + 1 == times.size() && c.args.flag("denoise", true)) step.row.z = 0;  // the end is a mean
    x = tests::run(denoise, {step}, x, noise);
  }
  states.push_back(x);
  compare_levels(c, levels);
  compare(c, "x", states, c.states("x"));
}

}  // namespace

TEST_CASE("Golden: score_sde, predictors and correctors", "[golden]") {
  tests::check_family(
      "scoresde_pc",
      {{tests::raises, "the peer throws: there is nothing to compare, and the ledger tests ours by its law"}}, check);
}
