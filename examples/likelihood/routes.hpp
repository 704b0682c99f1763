#pragma once
// The log-density of digits by their flow to noise, each digit alone, several at once.

#include <tweedie/schedule/variance_preserving.hpp>

#include "held_out.hpp"
#include "support/progress.hpp"

namespace likelihood {

inline constexpr tweedie::VariancePreserving schedule{};
/// A flow needs a little noise to start from: at this time its deviation is 0.003, where paper is 0 and ink 1.
inline constexpr double end_time = 1e-4;

/// What a flow says of some digits, a number for each.
struct Found {
  Eigen::VectorXd log_density;     ///< nats, at end_time
  Eigen::VectorXd standard_error;  ///< 0 where the divergence is exact
  double evaluations;  ///< of the denoiser, those of the divergence included where it is made of them; the mean
};

/// The divergence from the posterior variance, exact. x: d × n, at end_time. threads: 0 for as many as the machine has.
Found by_exact_divergence(const Mixture& model, const Eigen::MatrixXd& x, double tolerance, int threads,
                          examples::Progress& progress);

/// The divergence estimated with `probes` differences of the denoiser, which is all that this route asks for.
Found by_probes(const Mixture& model, const Eigen::MatrixXd& x, double tolerance, int probes, int seed, int threads,
                examples::Progress& progress);

}  // namespace likelihood
