#pragma once
// What the tests of published likelihoods share. The peers estimate the divergence by one recorded probe, held fixed
// along the flow, so that any accurate integrator must come to their number; a tolerance of theirs far below that of
// the case is given to ours.

#include "trajectory.hpp"

namespace tests {

/// The peer's probe in the place of ours.
struct RecordedProbe {
  Batch z;

  template <class X>
  void operator()(X& out, std::int64_t, std::int64_t first_column) const {
    out = z.middleCols(first_column, out.cols());
  }
};

inline tweedie::AdaptiveFlow accurate_flow(std::function<tweedie::Level(double)> at) {
  return {.at = std::move(at), .relative_tolerance = 1e-10, .absolute_tolerance = 1e-10};
}

/// The states at the levels of the grid, by the exact model's flow.
std::vector<Batch> flowed(const tweedie::GaussianMixture<>& mixture, std::function<tweedie::Level(double)> at,
                          const Batch& x, const tweedie::Grid& grid);

/// log p at `from`, by the flow to `to` and N(0, deviation² I) there, with the exact divergence.
tweedie::FlowLikelihood<Batch> exact_likelihood(const Case& c, const Batch& x, const tweedie::Level& from,
                                                const tweedie::Level& to, std::function<tweedie::Level(double)> at,
                                                double deviation);

/// The same with the peer's probe. The divergence that the peers probe is that of the velocity, with all of its linear
/// part; ours replaces the estimate of that part by its value. The difference, 0 for signs, is
/// (‖z‖² − d) ½ ln((α_T² + σ_T²)/(α_t² + σ_t²)).
tweedie::FlowLikelihood<Batch> probed(const Case& c, const Batch& x, const Batch& probe, tweedie::Probe kind,
                                      const tweedie::Level& from, const tweedie::Level& to,
                                      std::function<tweedie::Level(double)> at, double deviation);

/// Numbers of a case as a column.
inline Eigen::VectorXd column(const Case& c, const std::string& key) {
  const std::vector<double> values = c.numbers(key);
  return Eigen::Map<const Eigen::VectorXd>(values.data(), Eigen::Index(values.size()));
}

}  // namespace tests
