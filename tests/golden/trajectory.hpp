#pragma once
// What the tests of published trajectories share: the exact model as a network of any kind, recorded noise, and the
// comparison of every state on the way.

#include "support/reference.hpp"

namespace tests {

using Batch = Eigen::MatrixXd;
using Denoise = std::function<Batch(const Batch&, const tweedie::Level&)>;

/// The exact output of a network of this kind, E[output | x], turned into a denoiser by `network` as a user's would be.
inline auto exact_network(tweedie::Prediction kind, const tweedie::GaussianMixture<>& mixture) {
  return tweedie::network(kind, [kind, mixture](const Batch& x, const tweedie::Level& t) -> Batch {
    const Batch eps = -t.sigma * mixture.score(x, t);
    return tweedie::target(kind, mixture(x, t), eps, t);
  });
}

/// The peer's draws: row k is given noise[k].
struct RecordedNoise {
  std::vector<Batch> draws;
  explicit RecordedNoise(const Case& c) : draws(c.states("noise")) {}
  void operator()(Batch& z, std::int64_t row, std::int64_t) const {
    tweedie::require(row >= 0 && row < std::int64_t(draws.size()), "row ", row, ": the peer drew no noise for it");
    z = draws[std::size_t(row)];
  }
};

/// The states that a run passes through, the start included.
struct Trajectory {
  std::vector<Batch> x;
  void operator()(const tweedie::Step&, const Batch& now, const Batch&) { x.push_back(now); }
};

/// DPM++ SDE's peers give the noise of a stage, ζ̃, and that of the step, ζ. The second row of a step carries on q z̃ ζ̃
/// of it, and is given what is left of ζ:   √(q² z̃² + z²) ζ = q z̃ ζ̃ + z ζ'
class NoiseOfPath {
 public:
  NoiseOfPath(const Case& c, const tweedie::Table& table) : recorded_(c), table_(table) {}

  void operator()(Batch& z, std::int64_t row) {
    recorded_(z, draws_++, 0);
    const tweedie::Row& now = table_[std::size_t(row)].row;
    if (depth(now) == 2) {
      const double carried = now.x * table_[std::size_t(row) - 1].row.z;
      z = (std::hypot(carried, now.z) * z - carried * stage_) / now.z;
    }
    stage_ = z;
  }

 private:
  RecordedNoise recorded_;
  const tweedie::Table& table_;
  Batch stage_{};
  std::int64_t draws_ = 0;
};

/// Runs `table` from the recorded start with the recorded noise.
template <class D>
std::vector<Batch> trajectory(const Case& c, const D& denoise, const tweedie::Table& table) {
  Trajectory run{{c.states("x").front()}};
  tweedie::sample(denoise, table, Batch(run.x.front()), RecordedNoise(c),
                  [&run](const auto&... seen) { run(seen...); });
  return run.x;
}

/// The same for a sampler that is no table, one step at a time, for steps that need not join.
template <class D, class S>
std::vector<Batch> trajectory(const Case& c, const D& denoise, const S& sampler,
                              const std::vector<std::pair<tweedie::Level, tweedie::Level>>& steps) {
  const RecordedNoise noise(c);
  std::vector<Batch> x{c.states("x").front()};
  for (std::size_t i = 0; i < steps.size(); ++i)
    x.push_back(tweedie::sample(denoise, sampler, x.back(), {steps[i].first, steps[i].second},
                                [&](Batch& z) { noise(z, std::int64_t(i), 0); }));
  return x;
}

/// Compares the levels at which the denoiser was evaluated with the file's `evals`, where it has them.
inline void compare_levels(const Case& c, const std::vector<tweedie::Level>& levels) {
  if (!c.has("evals")) return;
  std::vector<double> alphas, sigmas;
  for (const tweedie::Level& t : levels) alphas.push_back(t.alpha), sigmas.push_back(t.sigma);
  compare(c, "evals.alpha", alphas, c.object("evals").numbers("alpha"));
  compare(c, "evals.sigma", sigmas, c.object("evals").numbers("sigma"));
}
inline void compare_levels(const Case& c, const tweedie::Table& table) {
  std::vector<tweedie::Level> levels;
  for (const tweedie::Step& step : table) levels.push_back(step.from);
  compare_levels(c, levels);
}

/// Where an ε prediction meets α = 0 the peers compute 0/0. We refuse it, before the first step.
inline void check_refused(const Case& c, const std::function<void()>& run) {
  const std::string message = refusal(run);
  INFO(c.id << ": " << message);
  CHECK(contains(message, "eps prediction", "alpha = 0"));
}

}  // namespace tests
