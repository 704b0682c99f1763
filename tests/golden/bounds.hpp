#pragma once
// What the tests of published bounds share: nelbo with the decoder that all of them have, 256 grey levels in [−1, 1] and
// the normal distribution function by tanh, compiled once.

#include "trajectory.hpp"

namespace tests {

inline const tweedie::Discretised published_decoder{.lo = -1, .hi = 1, .bins = 256, .cdf = tweedie::NormalCdf::tanh};
using PublishedBound = tweedie::Bound<tweedie::Discretised>;

PublishedBound bound(const Denoise& denoise, const tweedie::Table& table, const Batch& x0, const RecordedNoise& noise,
                     const tweedie::Bounding& how);
PublishedBound bound(const Denoise& denoise, const LearnedSampler& sampler, const tweedie::Grid& grid, const Batch& x0,
                     const RecordedNoise& noise, const tweedie::Bounding& how);

}  // namespace tests
