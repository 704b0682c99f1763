// A plan without training: paths around obstacles, sampled by diffusion from a cost.
//
// A denoiser is E[x₀ | x_t], and that follows from the density of the data alone. Where there are no data but a cost,
// the density is
//   p(x₀) ∝ law of smooth paths · exp(−cost),   x₀ the waypoints between start and goal
// and the estimate at each level a weighted mean of candidates:
//
//   FromDensity{log p, candidates, smooth}      the denoiser              `by_diffusion`
//   N(straight line, S)                         smooth paths              `smooth_paths`
//   discs and walls, entered how deep; length   the cost                  `costs`
//   1/Σ W², √(Σ W² (x₀ − x̂₀)²)                  is an estimate any good?  `Watched`
//
// The density has many modes, one for each way around the discs. Each sample settles for one while the noise goes down.
// Where there is much noise hardly a candidate counts and the estimates are bad, as the effective sample size says;
// later steps look only near them, and mend them. It is compared with importance choice, to which as many candidates
// are given at once, not step by step, and with other shares of the same number: few steps of many candidates, and many
// of few.

#include <fmt/format.h>

#include "measures.hpp"
#include "picture.hpp"
#include "planners.hpp"
#include "support/command_line.hpp"
#include "support/png.hpp"
#include "support/text_table.hpp"

namespace {

using namespace plan;

struct Options {
  int steps = 20;
  int candidates = 1024;
  int paths = 50;
  int seed = 7;
  std::string out = "out/plan.png";
};

struct Cells {
  std::string name, steps = "-", candidates = "-", effective = "-", error = "-";
};
void row(const examples::TextTable& table, const Cells& cells, const Eigen::MatrixXd& paths) {
  const Measures found = measure(paths);
  table.row({cells.name, cells.steps, cells.candidates, fmt::format("{:.1f} %", 100 * found.free),
             fmt::format("{:.2f}", found.mean), fmt::format("{:.2f}", found.best), fmt::format("{}", found.ways),
             cells.effective, cells.error});
}

Planned row_of_diffusion(const examples::TextTable& table, const Task& task, int steps, int candidates) {
  Planned planned = by_diffusion(task, steps, candidates);
  double effective = 0, error = 0;
  for (const AtLevel& level : planned.levels) {
    effective += level.effective / steps;
    error += level.error * level.error / steps;
  }
  row(table,
      {"diffusion", fmt::format("{}", steps), fmt::format("{}", candidates), fmt::format("{:.1f}", effective),
       fmt::format("{:.3f}", std::sqrt(error))},
      planned.paths);
  return planned;
}

void print_levels(const std::vector<AtLevel>& levels) {
  fmt::print("\nThe estimates of the {} steps:\n\n", levels.size());
  const examples::TextTable table({{"σ/α", 10}, {"effective", 12}, {"error", 9}, {"free", 9}, {"mean cost", 12}});
  for (const AtLevel& level : levels) {
    const Measures found = measure(level.mean);
    table.row({fmt::format("{:.3f}", level.noise), fmt::format("{:.1f}", level.effective),
               fmt::format("{:.3f}", level.error), fmt::format("{:.1f} %", 100 * found.free),
               fmt::format("{:.2f}", found.mean)});
  }
}

void compare(const Options& options) {
  examples::check_writable(options.out);
  const Task task{options.paths, std::uint64_t(options.seed)};
  const auto& [steps, candidates, paths, seed, out] = options;

  const examples::TextTable table({{"paths by", 20},
                                   {"steps", 7},
                                   {"candidates", 12},
                                   {"free", 9},
                                   {"mean cost", 11},
                                   {"best", 8},
                                   {"ways", 6},
                                   {"effective", 11},
                                   {"error", 8}});
  const Eigen::MatrixXd chance = by_chance({std::max<Eigen::Index>(paths, 10000), task.seed});
  row(table, {"chance"}, chance);
  const Chosen chosen = by_importance(task, steps * candidates);
  row(table, {"importance choice", "-", fmt::format("{}", steps * candidates), fmt::format("{:.1f}", chosen.effective)},
      chosen.paths);
  row_of_diffusion(table, task, std::max(2, steps / 4), 4 * candidates);
  const Planned planned = row_of_diffusion(table, task, steps, candidates);
  row_of_diffusion(table, task, 4 * steps, std::max(2, candidates / 4));
  print_levels(planned.levels);

  std::vector<Panel> panels{{"smooth paths by chance", chance.leftCols(paths)},
                            {"importance choice", chosen.paths},
                            {fmt::format("diffusion, {} steps", steps), planned.paths}};
  for (const int part : {4, 6, 8}) {
    const AtLevel& level = planned.levels[std::size_t(steps * part / 10)];
    panels.push_back({fmt::format("its estimates where sigma/alpha = {:.2f}", level.noise), level.mean});
  }
  examples::write_png(out, draw(panels, std::max(measure(planned.paths).best, 1.0)));
  fmt::print(
      "\ncandidates  of each path, at each step\n"
      "free        share of the paths that touch no disc and no wall\n"
      "ways        around the discs, of the paths that are free\n"
      "effective   sample size of the weighted candidates, the mean over paths and steps\n"
      "error       standard error of a coordinate of the estimates, root mean square\n"
      "By chance there are {} paths, else {}.\n"
      "{}: the paths in the colours of their costs, and below how they came about\n",
      chance.cols(), paths, out);
}

}  // namespace

int main(int argc, char** argv) {
  return examples::run_example("plan", [&] {
    Options options;
    examples::CommandLine line("Plans paths around obstacles by diffusion, from a cost and without training.");
    line.option("--steps", options.steps, 2, 200, "of the diffusion");
    line.option("--candidates", options.candidates, 2, 5000, "of each path, at each step");
    line.option("--paths", options.paths, 1, 10000, "how many are sampled");
    line.seed(options.seed);
    line.option("--out", options.out, "the picture");
    if (line.parse(argc, argv)) compare(options);
  });
}
