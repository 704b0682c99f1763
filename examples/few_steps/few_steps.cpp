// What does one measured number a level buy at few steps?
//
// Analytic-DPM replaces the noise of a sampler by the best there is. It needs Var[x₀ | x_t] at each level, one number
// (or one for each pixel: the extension), measured once on data. With it every sampler of one estimate a row is given
// its optimal variance, and the levels to stop at can be searched for.
//
//   v(t) = E‖x₀ − x̂₀‖²/d                    measured on real digits       `measured`
//   z² = τ² + c² v                          the optimal variance          `with_variance`, `ElementwiseVariance`
//   Σ ½ ln(1 + (SNR_s − SNR_t) v(t))        what a choice of levels costs `optimal_trajectory`
//   −log₂ p(x₀) ≤ … bits a pixel            the variational bound         `nelbo`
//
// The model is that of `digits`, a mixture for each class, whose denoiser is exact; so the sampler and its noise are
// all that differs from row to row. Bits are those of the grey levels of real digits, at least what any code of the
// model needs for them. The second table leaves the digits: on a mixture in one dimension the true variance is known,
// and a fault put into the denoiser on purpose shows which estimate of it survives.

#include <fmt/format.h>

#include <map>
#include <random>

#include "contenders.hpp"
#include "digits/measures.hpp"
#include "faults.hpp"
#include "support/class_sheet.hpp"
#include "support/command_line.hpp"
#include "support/png.hpp"
#include "support/text_table.hpp"

namespace {

using namespace few_steps;
using digits::Part;
using examples::DigitSet;

struct Options {
  int count = 500;
  int seed = 7;
  int threads = 0;
  std::optional<int> steps;  ///< only these
  std::string out = "out/few_steps.png";
  std::string data = examples::digits_path();
};

void compare(const Options& options) {
  examples::check_writable(options.out);
  const std::vector<int> counts =
      options.steps ? std::vector<int>{*options.steps} : std::vector<int>{5, 10, 25, 50, 100};
  const std::vector<int> pictured(counts.begin(),
                                  counts.begin() + std::min<std::ptrdiff_t>(3, std::ssize(counts)));  // groups
  const DigitSet real = examples::read_digits(options.data);
  const examples::FittedMixture fit = examples::fit_mixture(real.pixels, real.labels());
  const digits::Mixture mixture = fit.model<float>();
  const std::vector<Part> parts = digits::parts(fit, mixture, std::nullopt, options.count, options.seed);
  const digits::Yardstick yardstick(real, mixture, real.pixels);

  const Measured measured = measure(real, parts);
  const std::vector<Contender> all = contenders(measured);
  long work = 0;
  for (const Contender& contender : all)
    for (const int steps : counts) work += steps > contender.most ? 0 : long(steps) * options.count;
  examples::Progress progress(work);

  const examples::TextTable table({{"sampler", 22},
                                   {"levels", 8},
                                   {"steps", 7},
                                   {"Fréchet", 10},
                                   {"log-density", 13},
                                   {"bits/pixel", 12},
                                   {"+-", 7}});
  const auto exact =
      digits::gathered(parts, [](const Part& part) { return part.law.draw(part.count, std::mt19937_64(part.seed)); });
  const digits::Measures mark = yardstick(exact);
  table.row({"exact draws", "-", "-", fmt::format("{:.3f}", mark.frechet), fmt::format("{:.1f}", mark.log_density), "-",
             "-"});

  examples::ClassSheet sheet(int(all.size()), int(pictured.size()));
  std::map<std::pair<std::string, int>, double> frechet;  // on uniform levels
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const int steps : counts) {
      const Contender& contender = all[i];
      if (steps > contender.most) continue;
      const tweedie::Grid grid = contender.levels(steps);
      const digits::Run run = digits::sampled(parts, contender.draw(grid), options.threads, progress);
      const digits::Measures m = yardstick(run.samples);
      const std::optional<Code> code = code_length(contender, grid, real, parts);
      progress.hide();
      table.row({contender.name, contender.searched ? "optimal" : "uniform", fmt::format("{}", steps),
                 fmt::format("{:.3f}", m.frechet), fmt::format("{:.1f}", m.log_density),
                 code ? fmt::format("{:.3f}", code->bits) : "-", code ? fmt::format("{:.3f}", code->error) : "-"});
      if (!contender.searched) frechet[{contender.name, steps}] = m.frechet;
      for (std::size_t group = 0; group < pictured.size(); ++group)
        if (pictured[group] == steps) sheet.place(int(i), int(group), run.samples.pixels, run.samples.labels);
    }
  examples::write_png(options.out, sheet.picture());

  if (frechet.contains({"DDIM", 10})) {
    const auto ratio = [&](const char* a, const char* b) { return frechet[{a, 10}] / frechet[{b, 10}]; };
    fmt::print(
        "\nThe Fréchet distance at 10 steps on uniform levels: Analytic-DPM to DDPM small {:.2f}, to DDPM large "
        "{:.2f};\n"
        "the extension to Analytic-DPM, diagonal {:.2f}, full {:.2f}.\n",
        ratio("Analytic-DPM", "DDPM, small"), ratio("Analytic-DPM", "DDPM, large"),
        ratio("Extended, diagonal", "Analytic-DPM"), ratio("Extended, full", "Analytic-DPM"));
  }
  fmt::print(
      "\nFréchet      squared Wasserstein distance between the Gaussians of the samples' moments and of the data's\n"
      "log-density  mean log p(x) under the fitted mixture, nats\n"
      "bits/pixel   variational bound of {} real digits, discretised to 256 grey levels, and its standard error\n"
      "{}: rows as in the table, a digit of each class; {} steps\n",
      coded_digits, options.out, fmt::join(pictured, ", then "));
}

}  // namespace

int main(int argc, char** argv) {
  return examples::run_example("few_steps", [&] {
    Options options;
    examples::CommandLine line(
        "Samples digits in 5 to 100 steps by DDPM, DDIM, Analytic-DPM and its extension, on uniform and on searched "
        "levels, and\n"
        "shows on a mixture in one dimension which estimate of the variance survives a faulty denoiser.");
    line.option("--count", options.count, 10, 100000, "samples of each row");
    line.option("--steps", options.steps, 2, 400, "this number of steps only (default: 5, 10, 25, 50 and 100)");
    line.seed(options.seed);
    line.threads(options.threads);
    line.option("--out", options.out, "the picture");
    line.data(options.data);
    if (!line.parse(argc, argv)) return;
    compare(options);
    print_faults();
  });
}
