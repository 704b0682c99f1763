// What does a sampler make of 5, 10 and 20 evaluations of the denoiser?
//
// A step of one method costs one evaluation and a step of another four, so steps do not compare: here each method takes
// as many as the same evaluations pay for. All begin at the same noise. The model is that of `digits`, a mixture for
// each class, whose denoiser is exact, so what is wrong with a digit is the sampler's doing.
//
//   x_T ~ N(0, σ² I)              the same for all                `Part::seed`
//   x_T ↦ x_0                     the sampler                     `Plan::table`, made by `contenders`
//   evaluations(table)            what it costs                   the rows whose estimate a row reads
//   x_T ↦ x_0 along dx/dt         the probability flow            `flow`: 150 steps
//
// A sampler without noise follows the flow, digit by digit, and may be told by how far off it ends. One that draws
// noise ends elsewhere and is told by the law of its samples alone. Of finitely many samples the Fréchet distance is
// never 0: the row "exact draws" is the mark. A run below it is no better: it loses the noise that the data have about
// their mean, which counts in it.

#include <fmt/format.h>

#include <fstream>
#include <random>

#include "contenders.hpp"
#include "digits/measures.hpp"
#include "digits/sampling.hpp"
#include "json.hpp"
#include "report.hpp"
#include "support/class_sheet.hpp"
#include "support/command_line.hpp"
#include "support/png.hpp"

namespace {

using namespace solvers;
using digits::Part;
using digits::Samples;
using examples::DigitSet;

struct Options {
  int count = 300;
  int seed = 7;
  int threads = 0;
  std::optional<int> evaluations;  ///< only these
  std::string out = "out/solvers.png";
  std::string json;  ///< none where empty
  std::string data = examples::digits_path();
};

/// Root mean square of the difference.
double distance(const Samples& a, const Samples& b) {
  return std::sqrt((a.pixels - b.pixels).cast<double>().array().square().mean());
}

void write_text(const std::string& path, const std::string& text) {
  if (path == "-") {
    fmt::print("{}", text);
    return;
  }
  std::ofstream file(path);
  if (!(file << text << std::flush)) throw std::runtime_error(fmt::format("{}: it cannot be written", path));
}

void compare(const Options& options) {
  examples::check_writable(options.out);
  if (!options.json.empty() && options.json != "-") examples::check_writable(options.json);
  const std::vector<int> budgets = options.evaluations ? std::vector{*options.evaluations} : std::vector{5, 10, 20};
  const DigitSet real = examples::read_digits(options.data);
  const examples::FittedMixture fit = examples::fit_mixture(real.pixels, real.labels());
  const digits::Mixture mixture = fit.model<float>();
  const std::vector<Part> parts = digits::parts(fit, mixture, std::nullopt, options.count, options.seed);
  const digits::Yardstick yardstick(real, mixture, real.pixels);
  const auto measured = [&](const Samples& samples) -> Measured {
    const digits::Measures measures = yardstick(samples);
    return {measures.frechet, measures.log_density};
  };

  const std::vector<Contender> all = contenders();
  const tweedie::Table fine = flow();
  long rows = long(fine.size());
  for (const Contender& contender : all)
    for (const int evaluations : budgets) rows += long(contender.plan(evaluations).table.size());
  examples::Progress progress(rows * options.count);

  const Samples draws =
      digits::gathered(parts, [](const Part& part) { return part.law.draw(part.count, std::mt19937_64(part.seed)); });
  const Samples ends = digits::sampled(parts, fine, options.threads, progress).samples;
  const Setting setting{options.seed, options.count, options.out, measured(draws), measured(ends)};
  progress.hide();

  std::optional<Report> report;  // none where the output is JSON
  if (options.json != "-") {
    report.emplace(budgets);
    report->row("exact draws", setting.exact);
    report->row("probability flow", setting.flow);
  }
  examples::ClassSheet sheet(1 + int(all.size()), int(budgets.size()));
  std::vector<std::string> names{"probability flow"}, groups;
  for (std::size_t j = 0; j < budgets.size(); ++j) {
    sheet.place(0, int(j), ends.pixels, ends.labels);
    groups.push_back(fmt::format("{} evaluations", budgets[j]));
  }
  std::vector<Result> results;
  for (const Contender& contender : all) {
    Result result{contender.name, {}};
    names.push_back(contender.name);
    for (std::size_t j = 0; j < budgets.size(); ++j) {
      const Plan plan = contender.plan(budgets[j]);
      const digits::Run run = digits::sampled(parts, plan.table, options.threads, progress);
      const bool noise = std::ranges::any_of(plan.table, [](const tweedie::Step& step) { return step.row.z != 0; });
      result.runs.push_back({budgets[j], plan.steps, run.evaluations,
                             noise ? std::nullopt : std::optional(distance(run.samples, ends)), measured(run.samples)});
      sheet.place(int(names.size()) - 1, int(j), run.samples.pixels, run.samples.labels);
    }
    progress.hide();
    if (report) report->row(result);
    results.push_back(std::move(result));
  }

  examples::write_png(options.out, examples::labelled(sheet, names, groups));
  if (!options.json.empty()) write_text(options.json, json(setting, results));
  if (!report) return;
  Report::explain();
  fmt::print("{}: a digit of each class, the same noise in every row\n", options.out);
}

}  // namespace

int main(int argc, char** argv) {
  return examples::run_example("solvers", [&] {
    Options options;
    examples::CommandLine line(
        "Samples digits by every sampler from the same noise, each in as many steps as 5, 10 and 20 evaluations of the "
        "denoiser pay for:\n"
        "one table and one sheet.");
    line.option("--count", options.count, 10, 100000, "samples of each run");
    line.option("--evaluations", options.evaluations, 5, 1000, "this many only (default: 5, 10 and 20)");
    line.seed(options.seed);
    line.threads(options.threads);
    line.option("--out", options.out, "the sheet");
    line.option("--json", options.json, "the numbers as JSON; - for the standard output, without the table");
    line.data(options.data);
    if (!line.parse(argc, argv)) return;
    compare(options);
  });
}
