#include "planners.hpp"

#include <random>
#include <tweedie/guidance/from_density.hpp>
#include <tweedie/sample/sample_many.hpp>
#include <tweedie/sampler/ddim.hpp>
#include <tweedie/schedule/grids.hpp>
#include <tweedie/schedule/variance_preserving.hpp>

#include "watched.hpp"

namespace plan {

namespace {

constexpr tweedie::VariancePreserving schedule{};
constexpr double most_noise = 30, least_noise = 0.02;  // σ/α of the first level, and of the last before the data

tweedie::Grid levels_of(int steps) {
  tweedie::Grid grid = exponential(schedule, steps - 1, most_noise, least_noise);
  grid.push_back(tweedie::clean);
  return grid;
}

}  // namespace

Planned by_diffusion(const Task& task, int steps, int candidates) {
  const tweedie::Gaussian<double> smooth = smooth_paths();
  const auto log_density = [&](const Eigen::MatrixXd& paths) -> Eigen::VectorXd {
    return smooth.log_density(paths) - costs(paths);
  };
  const tweedie::FromDensity planner{log_density, candidates, smooth, task.seed};
  const tweedie::Grid grid = levels_of(steps);
  Record record(grid, dimension, task.paths);
  const tweedie::Many many{.dimension = dimension, .count = task.paths, .seed = task.seed, .block = 4};
  Eigen::MatrixXd paths = sample_many(Watched{planner, record}, tweedie::DDIM{}, grid, many, record.means());
  return {std::move(paths), record.levels()};
}

Chosen by_importance(const Task& task, int candidates) {
  const tweedie::Gaussian<double> smooth = smooth_paths();
  Chosen chosen{Eigen::MatrixXd(dimension, task.paths), 0};
  std::mt19937_64 engine{task.seed};
  for (Eigen::Index i = 0; i < task.paths; ++i) {
    const Eigen::MatrixXd tried = smooth.draw(candidates, engine);
    const Eigen::VectorXd cost = costs(tried);
    const Eigen::ArrayXd weights = (cost.minCoeff() - cost.array()).exp();
    std::discrete_distribution<Eigen::Index> choice(weights.begin(), weights.end());
    chosen.paths.col(i) = tried.col(choice(engine));
    chosen.effective += weights.sum() * weights.sum() / weights.square().sum() / double(task.paths);
  }
  return chosen;
}

Eigen::MatrixXd by_chance(const Task& task) {
  return smooth_paths().draw(task.paths, tweedie::Normals{task.seed});
}

}  // namespace plan
