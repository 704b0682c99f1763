#pragma once
// Which component of a mixture, which point of a data set: a choice for each sample, from the noise that draws it.

#include <numbers>

#include "../state/noise.hpp"

namespace tweedie::detail {

/// A number in [0, 1] for each of the samples first, first + 1, …: 64 bits of an engine, or Φ(z) of a normal z with the
/// address of Purpose::component, so that with Normals sample i chooses the same whatever the batch.
template <class Noise>
Eigen::ArrayXd uniforms(Noise& noise, Eigen::Index n, Eigen::Index first) {
  Eigen::ArrayXd u(n);
  if constexpr (Engine<Noise>) {
    for (double& number : u) number = 0.5 + centred_uniform(word(noise));
  } else {
    Eigen::MatrixXd z(1, n);
    draw(noise, z, address(Purpose::component), first);
    for (Eigen::Index i = 0; i < n; ++i) u[i] = std::erfc(-z(0, i) / std::numbers::sqrt2) / 2;
  }
  return u;
}

/// The k with weights[0] + … + weights[k−1] ≤ u < weights[0] + … + weights[k], one of weight > 0 whatever rounding does.
template <class Weights>
Eigen::Index chosen(const Weights& weights, double u) {
  Eigen::Index last = 0;
  for (Eigen::Index k = 0; k < weights.size(); ++k) {
    const double weight = double(weights[k]);
    if (!(weight > 0)) continue;
    last = k;
    if (u < weight) break;
    u -= weight;
  }
  return last;
}

}  // namespace tweedie::detail
