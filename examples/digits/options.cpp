#include "options.hpp"

#include <limits>
#include <tweedie/sampler/ddim.hpp>
#include <tweedie/sampler/ddpm.hpp>
#include <tweedie/sampler/tabulate.hpp>
#include <tweedie/schedule/cosine.hpp>
#include <tweedie/schedule/discrete.hpp>
#include <tweedie/schedule/grids.hpp>
#include <tweedie/schedule/spacing.hpp>

#include "support/command_line.hpp"
#include "support/digit_set.hpp"

namespace digits {

std::optional<Options> parse(int argc, const char* const* argv) {
  Options o;
  o.data = examples::digits_path();
  std::optional<int> steps;
  examples::CommandLine line(
      "Samples new handwritten digits by diffusion, with the exact denoiser of a Gaussian mixture fitted to\n"
      "real ones, and measures how far the samples are from the data. Without --sampler it compares all samplers.");
  line.option("--sampler", o.sampler, {"ddpm", "ddpm-large", "ddim"},
              "ddpm (posterior variance), ddpm-large (forward variance) or ddim");
  line.option("--eta", o.eta, "noise of ddim: 0 none (the default), 1 that of ddpm");
  line.option("--steps", steps, 1, 1000, "steps of --sampler (default 20)");
  line.option("--schedule", o.schedule, {"vp", "cosine", "linear"},
              "vp (linear beta, continuous), cosine, or linear (DDPM's chain of 1000)");
  line.option("--class", o.digit, 0, 9, "sample this digit only (default: all ten, equally many)");
  line.option("--count", o.count, 1, 100000, "samples in all");
  line.option("--seed", o.seed, 0, std::numeric_limits<int>::max(),
              "of the noise: the same seed gives the same digits");
  line.threads(o.threads);
  line.option("--out", o.out, "the contact sheet; the film strip goes beside it, as NAME-strip.png");
  line.data(o.data);
  if (!line.parse(argc, argv)) return std::nullopt;

  tweedie::require(!o.eta || o.sampler == "ddim", "--eta ", o.eta.value_or(0), " is only for --sampler ddim");
  tweedie::require(!steps || !o.sampler.empty(), "--steps ", steps.value_or(0), " needs a --sampler");
  o.steps = steps.value_or(o.steps);
  if (!o.sampler.empty()) table(o.sampler, o.eta.value_or(0), grid(o, o.steps));  // refuses a bad eta before any work
  return o;
}

tweedie::Grid grid(const Options& options, int n) {
  if (options.schedule == "cosine") return levels(tweedie::Cosine{}, tweedie::uniform(n));
  if (options.schedule == "linear") return levels(tweedie::Discrete::linear(), tweedie::trailing(n));
  return levels(tweedie::VariancePreserving{}, tweedie::uniform(n));
}

tweedie::Table table(const std::string& sampler, double eta, const tweedie::Grid& grid) {
  if (sampler == "ddpm") return tabulate(tweedie::DDPM{}, grid);
  if (sampler == "ddpm-large") return tabulate(tweedie::DDPM{.variance = tweedie::forward_variance}, grid);
  return tabulate(tweedie::DDIM{.eta = eta}, grid);
}

}  // namespace digits
