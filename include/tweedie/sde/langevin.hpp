#pragma once
// The Langevin corrector, with the step that makes the drift `snr` times as long as the noise:
//   x ← x + h ∇ log p_t(x) + √(2h) ζ,   h = 2 (snr ‖ζ‖/‖∇ log p_t(x)‖)²                                             [SDE-18]
// Song et al., Score-based generative modeling through SDEs, arXiv:2011.13456v2, appendix G, algorithm 4. Algorithm 5,
// for VP, has a factor α_i in h, in the authors' program 1 − β_i, near 1 and not defined for other schedules: give it
// as snr √α_i. Here there is only the level, so any schedule will do. The rule is one for many dimensions, where both
// norms are sharp. In one or two, ‖∇ log p_t‖ comes near 0 and h is huge: take AnnealedLangevin.

#include "../denoiser/score.hpp"
#include "../state/coupling.hpp"
#include "../state/noise.hpp"

namespace tweedie {

struct Langevin {
  double snr = 0.16;  ///< > 0
  /// The norms of each sample, or, as published, their means over the batch.
  Coupling coupling = Coupling::sample;

  /// One step at level t; noise(z) fills z. Throws where σ_t = 0, and std::domain_error for a score of length 0.
  template <class D, State X, class Noise>
  X correct(const D& denoise, const X& x, const Level& t, const Noise& noise) const {
    using Scalar = typename X::Scalar;
    using Real = detail::Wide<Scalar>;
    using std::sqrt;
    require(snr > 0, "Langevin: snr = ", snr, ", but it must be positive");
    const X s = score(denoise, x, t);
    X z = x, next = x;
    noise(z);
    using Numbers = Eigen::Array<Real, 1, Eigen::Dynamic>;
    Numbers lengths = columns(s).template cast<Real>().colwise().norm(),
            noises = columns(z).template cast<Real>().colwise().norm();
    if (coupling == Coupling::batch) {
      lengths.setConstant(lengths.mean());
      noises.setConstant(noises.mean());
    }
    for (Eigen::Index i = 0; i < samples(x); ++i) {
      if (!(lengths[i] > Real(0)))
        throw std::domain_error(sentence("Langevin: at time ", t.time, " the score of sample ", i,
                                         " has the length 0, and its step is taken in proportion to 1/length^2"));
      const Real ratio = Real(snr) * noises[i] / lengths[i], h = Real(2) * ratio * ratio, deviation = sqrt(Real(2) * h);
      columns(next).col(i) += Scalar(h) * columns(s).col(i) + Scalar(deviation) * columns(z).col(i);
    }
    return next;
  }
};

}  // namespace tweedie
