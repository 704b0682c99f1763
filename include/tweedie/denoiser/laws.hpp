#pragma once
// What every denoiser must keep, for whoever writes one: the samplers rely on it. The form is that of schedule/laws.hpp,
// one sentence for each thing broken.

#include "../schedule/laws.hpp"
#include "denoiser.hpp"

namespace tweedie::laws {

/// At this level, for a state x of two samples or more: x̂₀ is finite, it is the same when it is asked for again, and
/// that of each sample is the one that it has alone, so that a batch may be cut anywhere (sample_many does). To
/// `tolerance` of the largest |x̂₀|, by default a thousand roundings of the state's scalar: products of matrices round
/// differently with the number of columns. Throws std::invalid_argument where the denoiser itself does, or returns
/// another shape.
template <class D, class X0>
Broken denoiser(const D& denoise, const X0& x, const Level& level,
                double tolerance = 1000 * double(Eigen::NumTraits<typename Plain<X0>::Scalar>::epsilon())) {
  using X = Plain<X0>;
  const X state = x;
  require(samples(state) >= 2, "laws::denoiser: the state has ", samples(state),
          " samples, but whether they influence one another shows from two on");
  Broken broken;
  X together = state, again = state;
  denoised(denoise, state, level, together);
  denoised(denoise, state, level, again);
  if (!all_finite(together)) {
    broken.push_back(sentence("at time ", level.time, " an estimate is not finite"));
    return broken;
  }
  const double size = double(flat(together).abs().maxCoeff());
  const double change = double((flat(together) - flat(again)).abs().maxCoeff());
  if (!(change <= tolerance * size))
    broken.push_back(sentence("at time ", level.time, ": asked twice it answers differently, by ", change));
  auto extent = shape(state);
  extent.back() = 1;
  X one, alone;
  reshape(one, extent), reshape(alone, extent);
  for (Eigen::Index i = 0; i < samples(state); ++i) {
    columns(one).col(0) = columns(state).col(i);
    denoised(denoise, one, level, alone);
    const double influence = double((columns(alone).col(0) - columns(together).col(i)).cwiseAbs().maxCoeff());
    if (!(influence <= tolerance * size))
      broken.push_back(sentence("at time ", level.time, ": sample ", i,
                                " alone has another estimate than in the batch of ", samples(state), ", by ",
                                influence));
  }
  return broken;
}

}  // namespace tweedie::laws
