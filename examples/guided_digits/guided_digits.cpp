// What does guidance make of a class, and what does its scale cost?
//
// The model is that of `digits`, a mixture whose components carry classes. So the classifier of noised digits, P(class
// | x_t), is exact, and so is the denoiser of each class, which the guided ones are held against:
//
//   E[x₀ | x_t, class]                            the law of a class                `Part::law`
//   x̂₀ + (σ²/α) γ ∇ log P(class | x_t)            guidance by a classifier          `classifier`
//   x̂₀ + γ (E[x₀ | x_t, class] − x̂₀)              guidance by two denoisers         `classifier_free_scale`
//
// By Bayes' rule the second and the third are one denoiser where the classifier is exact, and at γ = 1 they are the
// first: what the column `off` shows, to the rounding of float. γ < 1 leaves digits of other classes and between them.
// At γ = 1 every digit is of its class already, and γ > 1 has only the law of the class to lose: the digits are pushed
// away from all other classes, beyond those of their own, blacker and blacker.

#include <fmt/format.h>

#include <fstream>
#include <random>
#include <tweedie/sample/sample_many.hpp>
#include <tweedie/sampler/ddim.hpp>
#include <tweedie/schedule/grids.hpp>
#include <tweedie/schedule/variance_preserving.hpp>

#include "report.hpp"
#include "support/class_sheet.hpp"
#include "support/command_line.hpp"
#include "support/png.hpp"
#include "support/progress.hpp"

namespace {

using namespace guided_digits;
using digits::Part;
using digits::Samples;
using examples::DigitSet;

struct Options {
  int count = 300;
  int steps = 30;
  int seed = 7;
  int threads = 0;
  std::string out = "out/guided_digits.png";
  std::string json;  ///< none where empty
  std::string data = examples::digits_path();
};

/// From t = 1, where α is small but not 0 and a gradient can be told from none, to 0.001, and the data.
tweedie::Table table_of(int steps) {
  tweedie::Grid grid = levels(tweedie::VariancePreserving{}, tweedie::quadratic(steps - 1, 1, 1e-3));
  grid.push_back(tweedie::clean);
  return tabulate(tweedie::DDIM{}, grid);
}

Samples guided(const std::vector<Part>& parts, const Guide& guide, const tweedie::Table& table, int threads,
               examples::Progress& progress) {
  return digits::gathered(parts, [&](const Part& part) {
    return tweedie::sample_many<float>(guide.denoiser(part), table,
                                       {.dimension = DigitSet::dimension,
                                        .count = part.count,
                                        .seed = part.seed,
                                        .threads = unsigned(threads),
                                        .block = 15},
                                       [&](const auto&, const auto& x, const auto&) { progress.advance(x.cols()); });
  });
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  if (!(file << text << std::flush)) throw std::runtime_error(fmt::format("{}: it cannot be written", path));
}

void compare(const Options& options) {
  examples::check_writable(options.out);
  if (!options.json.empty()) examples::check_writable(options.json);
  const DigitSet real = examples::read_digits(options.data);
  const examples::FittedMixture fit = examples::fit_mixture(real.pixels, real.labels());
  const digits::Mixture model = fit.model<float>();
  const std::vector<Part> parts = digits::parts(fit, model, std::nullopt, options.count, options.seed);
  const Yardstick yardstick(fit, model);
  const std::vector<Guide> all = guides(fit, model, {0.5, 1, 2, 4, 8});
  const tweedie::Table table = table_of(options.steps);

  const Report report;
  std::vector<Result> results;
  const auto add = [&](Result result) {
    report.row(result);
    results.push_back(std::move(result));
  };
  const Samples draws =
      digits::gathered(parts, [](const Part& part) { return part.law.draw(part.count, std::mt19937_64(part.seed)); });
  add({"exact draws", std::nullopt, std::nullopt, yardstick(draws)});

  examples::Progress progress(long(all.size()) * options.count * long(table.size()));
  examples::ClassSheet sheet(int(all.size()), 1);
  std::vector<std::string> names;
  Samples conditional;
  for (const Guide& guide : all) {
    const Samples samples = guided(parts, guide, table, options.threads, progress);
    progress.hide();
    std::optional<double> off;
    if (guide.scale)
      off = std::sqrt((samples.pixels - conditional.pixels).cast<double>().array().square().mean());
    else
      conditional = samples;
    add({guide.method, guide.scale, off, yardstick(samples)});
    sheet.place(int(names.size()), 0, samples.pixels, samples.labels);
    names.push_back(guide.name());
  }
  examples::write_png(options.out, examples::labelled(sheet, names, {}));
  if (!options.json.empty()) write_text(options.json, json(options.seed, options.count, options.steps, results));
  Report::explain(options.steps);
  fmt::print("{}: a digit of each class, the same noise in every row\n", options.out);
}

}  // namespace

int main(int argc, char** argv) {
  return examples::run_example("guided_digits", [&] {
    Options options;
    examples::CommandLine line(
        "Samples digits of each class by classifier guidance and classifier-free guidance at five scales, beside the "
        "exact\n"
        "denoiser of the class: one table and one sheet.");
    line.option("--count", options.count, 20, 100000, "samples of each run, spread over the classes");
    line.option("--steps", options.steps, 2, 1000, "of DDIM");
    line.seed(options.seed);
    line.threads(options.threads);
    line.option("--out", options.out, "the sheet");
    line.option("--json", options.json, "the numbers as JSON");
    line.data(options.data);
    if (line.parse(argc, argv)) compare(options);
  });
}
