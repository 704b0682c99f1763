#pragma once
// Published samplers hold x̂₀ to the range of the data. Where ε̂ follows the limited x̂₀, a limited denoiser says it
// all. Where they keep the ε̂ of the unlimited one, a step reads two different estimates, and is no row of a table.

#include "trajectory.hpp"

namespace tests {

/// x̂₀ ↦ the x̂₀ that the sampler uses.
using Limit = std::function<Batch(const Batch&)>;

inline Denoise constant(const Batch& x0) {
  return [x0](const Batch&, const tweedie::Level&) { return x0; };
}
inline Limit clip(double range) {
  return [range](const Batch& x0) { return tweedie::clipped(constant(x0), -range, range)(x0, tweedie::clean); };
}
inline Limit threshold(double quantile, double largest) {
  return [quantile, largest](const Batch& x0) {
    return tweedie::thresholded(constant(x0), quantile, 1, largest)(x0, tweedie::clean);
  };
}
/// The denoiser whose estimate is limited, and its ε̂ with it.
inline Denoise limited(const Denoise& denoise, const Limit& limit) {
  if (!limit) return denoise;
  return [denoise, limit](const Batch& x, const tweedie::Level& t) { return limit(denoise(x, t)); };
}

/// x_s = α_s limit(x̂₀) + √(σ_s² − τ²) ε̂ + τ ζ,   ε̂ = (x_t − α_t x̂₀)/σ_t from the x̂₀ that is not limited.
struct LimitedDDIM {
  double eta;
  Limit limit;

  template <class D, class Noise>
  Batch step(const D& denoise, const Batch& x, const tweedie::Level& t, const tweedie::Level& s,
             const Noise& noise) const {
    const tweedie::Row row = tweedie::DDIM{eta}.row(t, s);
    Batch x0 = x, z = Batch::Zero(x.rows(), x.cols());
    denoise(x, t, x0);
    const Batch eps = (x - t.alpha * x0) / t.sigma;
    if (row.z != 0) noise(z);
    return row.x0[0] * limit(x0) + row.eps[0] * eps + row.z * z;
  }
};

}  // namespace tests
