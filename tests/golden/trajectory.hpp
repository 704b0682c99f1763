#pragma once
// What the tests of published trajectories share: the exact model as a network of any kind, recorded noise, and the
// comparison of every state on the way. A denoiser, noise and an observer are std::functions here, so that the loop is
// compiled once, in support/trajectory.cpp.

#include "support/reference.hpp"

namespace tests {

using Batch = Eigen::MatrixXd;
using Denoise = std::function<Batch(const Batch&, const tweedie::Level&)>;
using RecordedNoise = std::function<void(Batch& z, std::int64_t row, std::int64_t first_column)>;
using Observer = std::function<bool(const tweedie::Step&, const Batch& x, const Batch& x0)>;
using Steps = std::vector<std::pair<tweedie::Level, tweedie::Level>>;

/// The exact output of a network of this kind, E[output | x], turned into a denoiser by `network` as a user's would be.
Denoise exact_network(tweedie::Prediction kind, const tweedie::GaussianMixture<>& mixture);

/// The peer's draws: row k is given noise[k]; or, in_order, the k-th that is asked for.
RecordedNoise recorded_noise(const Case& c);
RecordedNoise recorded_in_order(const Case& c);
/// The peers of solvers with stages give each stage, and the step, noise of its own, ζ̃ and ζ, from where the step began.
/// Ours carries that of the stage on: a row that reads its state has q Z̃ ζ̃ of it already, Z̃ its size, and is given what
/// is left of ζ:   Z ζ = q Z̃ ζ̃ + z ζ',   Z² = q² Z̃² + z²
RecordedNoise recorded_along_path(const Case& c, const tweedie::Table& table);
/// For the terms of a bound, the noisiest first.
RecordedNoise recorded_bound_noise(const Case& c);

/// sample(denoise, table, x, noise, observer)
Batch run(const Denoise& denoise, const tweedie::Table& table, const Batch& x, const RecordedNoise& noise = {},
          const Observer& observer = {});
/// The states that a run passes through, the start included.
std::vector<Batch> states(const Denoise& denoise, const tweedie::Table& table, const Batch& x,
                          const RecordedNoise& noise);
/// From the recorded start with the recorded noise.
std::vector<Batch> trajectory(const Case& c, const Denoise& denoise, const tweedie::Table& table);

/// The same for a sampler that is no table, one step at a time, for steps that need not join.
template <class S>
std::vector<Batch> trajectory(const Case& c, const Denoise& denoise, const S& sampler, const Steps& steps) {
  const RecordedNoise noise = recorded_noise(c);
  std::vector<Batch> x{c.states("x").front()};
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const RecordedNoise of_step = [&](Batch& z, std::int64_t, std::int64_t) { noise(z, std::int64_t(i), 0); };
    x.push_back(tweedie::sample(denoise, sampler, x.back(), {steps[i].first, steps[i].second}, of_step));
  }
  return x;
}
/// DDPM with a variance made of x, and its last row's.
using StepVariance = std::function<Batch(const Batch& x, const tweedie::Level& t, const tweedie::Level& s)>;
using LearnedSampler = tweedie::LearnedVariance<tweedie::DDPM, StepVariance>;
LearnedSampler learned(StepVariance variance, tweedie::LastRow last_row = tweedie::LastRow::mean);
std::vector<Batch> trajectory(const Case& c, const Denoise& denoise, const LearnedSampler& sampler, const Steps& steps);

Steps steps_of(const tweedie::Table& table);
Steps steps_of(const tweedie::Grid& grid);

/// Compares the levels at which the denoiser was evaluated with the file's `evals`, where it has them.
void compare_levels(const Case& c, const std::vector<tweedie::Level>& levels);
void compare_levels(const Case& c, const tweedie::Table& table);

/// Where an ε prediction meets α = 0 the peers compute 0/0. We refuse it, before the first step.
void check_refused(const Case& c, tweedie::Prediction kind, const tweedie::Table& table);

}  // namespace tests
