#pragma once
// Published samplers hold x̂₀ to the range of the data. Where ε̂ follows the limited x̂₀, a limited denoiser says it
// all. Where they keep the ε̂ of the unlimited one, a step reads two different estimates, and is no row of a table.

#include "trajectory.hpp"

namespace tests {

/// x̂₀ ↦ the x̂₀ that the sampler uses.
using Limit = std::function<Batch(const Batch&)>;

Limit clip(double range);
/// To the quantile of |x̂₀|, held between `least` and `largest`, and divided by it over least: `thresholded`.
Limit threshold(double quantile, double least, double largest);
/// The denoiser whose estimate is limited, and its ε̂ with it.
Denoise limited(const Denoise& denoise, const Limit& limit);

/// x_s = row of limit(x̂₀) and of the ε̂ = (x_t − α_t x̂₀)/σ_t of the x̂₀ that is not limited, step by step from the
/// recorded start; the rows read x̂₀ and ε̂ alone.
std::vector<Batch> two_estimates(const Case& c, const Denoise& denoise, const Limit& limit,
                                 const tweedie::Table& table);

}  // namespace tests
