#pragma once
// Runs a sampler's table: on many samples of each class, and on one that is watched.

#include <tweedie/sampler/row.hpp>

#include "samples.hpp"
#include "support/progress.hpp"

namespace digits {

struct Run {
  Samples samples;
  double evaluations;  ///< of the denoiser, for each sample
  double seconds;
};

/// All parts, each with its own denoiser. threads: 0 for as many as the machine has; the samples do not depend on it.
Run sampled(const std::vector<Part>& all, const tweedie::Table& table, int threads, examples::Progress& progress);

/// The states x_t of one sample, noisiest first, and the estimates E[x₀ | x_t] made from them.
struct Trajectory {
  std::vector<tweedie::Level> levels;
  std::vector<Eigen::VectorXf> x, x0;
};

/// The way of the part's first sample.
Trajectory trajectory(const Part& part, const tweedie::Table& table);

}  // namespace digits
