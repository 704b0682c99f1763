#pragma once
// Runs a sampler: on many samples of each class, and a table on one sample that is watched.

#include <functional>
#include <tweedie/sample/sample_many.hpp>

#include "samples.hpp"
#include "support/progress.hpp"

namespace digits {

struct Run {
  Samples samples;
  double evaluations;  ///< of the denoiser, for each sample
  double seconds;
};

using Denoise = std::function<void(const Eigen::MatrixXf& x, const tweedie::Level&, Eigen::MatrixXf& x0)>;
using Watch = std::function<void(const tweedie::Step&, const Eigen::MatrixXf& x, const Eigen::MatrixXf& x0)>;
/// Draws the samples that `Many` describes, with `sample_many<float>`.
using Draw = std::function<Eigen::MatrixXf(const Denoise&, const tweedie::Many&, const Watch&)>;

/// All parts, each with its own denoiser. threads: 0 for as many as the machine has; the samples do not depend on it.
Run sampled(const std::vector<Part>& all, const Draw& draw, int threads, examples::Progress& progress);
Run sampled(const std::vector<Part>& all, const tweedie::Table& table, int threads, examples::Progress& progress);

/// The states x_t of one sample, noisiest first, and the estimates E[x₀ | x_t] made from them.
struct Trajectory {
  std::vector<tweedie::Level> levels;
  std::vector<Eigen::VectorXf> x, x0;
};

/// The way of the part's first sample.
Trajectory trajectory(const Part& part, const tweedie::Table& table);

}  // namespace digits
