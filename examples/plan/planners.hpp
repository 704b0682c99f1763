#pragma once
// Three ways to come by paths, none of them trained: diffusion, importance choice, and the law of smooth paths alone.

#include <cstdint>
#include <vector>

#include "cost.hpp"

namespace plan {

/// What is asked of all.
struct Task {
  Eigen::Index paths;
  std::uint64_t seed;
};

/// What the estimates E[x₀ | x_t] of one level are, and what they know of themselves.
struct AtLevel {
  double noise = 0;        ///< σ/α
  double effective = 0;    ///< effective sample size, the mean over the paths
  double error = 0;        ///< standard error of a coordinate, root mean square
  Eigen::MatrixXd mean{};  ///< a path a column
};

struct Planned {
  Eigen::MatrixXd paths;
  std::vector<AtLevel> levels;  ///< from noise to data
};
/// Samples of p ∝ law of smooth paths · exp(−cost), by a denoiser that is made of p alone.
/// steps: at least 2; at each, `candidates` paths are tried for each sample.
Planned by_diffusion(const Task& task, int steps, int candidates);

struct Chosen {
  Eigen::MatrixXd paths;
  double effective;  ///< effective sample size of a choice, the mean over the paths
};
/// For each path `candidates` smooth ones are drawn, and one is chosen with a probability ∝ exp(−cost).
Chosen by_importance(const Task& task, int candidates);

Eigen::MatrixXd by_chance(const Task& task);

}  // namespace plan
