#pragma once
// From data to the noise that gives it back. DDIM{} on a grid walked upward takes the estimate at the cleaner level t,
// which is explicit and inexact. The exact inversion finds the y at the noisier level s that DDIM, from s to t, maps to
// x:
//   α_t x̂₀(y) + σ_t (y − α_s x̂₀(y))/σ_s = x     or     y = G(y) := (σ_s/σ_t) x − ((σ_s/σ_t) α_t − α_s) x̂₀(y)          [DDIM-7]
// The plain iteration y ← G(y) diverges where G is steep, as for coarse strides; the damped one, y ← y − ω (y − G(y)),
// converges for small ω. G falls where x̂₀ rises, so that y − G(y) has a slope of at least 1 in every direction, and
// the step of Barzilai and Borwein (IMA J. Numer. Anal. 8, 1988, eq. 5), ω = ‖Δy‖²/(Δy·Δr), r = y − G(y), stays in (0,
// 1]. Each sample has its own ω and its own end.

#include <vector>

#include "sample.hpp"

namespace tweedie {

struct DDIMInversion {
  double tolerance =
      1e-12;  ///< of ‖y − G(y)‖ relative to 1 + ‖y‖, for each sample; at least 16 ε of the state's scalar
  int iterations = 500;  ///< evaluations of the denoiser a step, at most

  /// For a grid walked upward, from σ > 0. Throws std::runtime_error where the iteration does not meet the tolerance.
  template <class D, State X, class Noise>
  X step(const D& denoise, const X& x, const Level& t, const Level& s, const Noise&) const {
    using Scalar = typename X::Scalar;
    require(t.sigma > 0,
            "DDIMInversion: it starts at sigma = 0, where DDIM has forgotten the noise; start at the next level");
    require(lambda(s) <= lambda(t), "DDIMInversion: it goes towards more noise, but lambda goes from ", lambda(t),
            " to ", lambda(s));
    require(tolerance > 0 && iterations > 0, "DDIMInversion: tolerance = ", tolerance, " and iterations = ", iterations,
            " must be positive");
    const double reachable = std::max(tolerance, 16 * double(std::numeric_limits<Scalar>::epsilon()));
    const Scalar ratio = Scalar(s.sigma / t.sigma), gain = Scalar(s.sigma / t.sigma * t.alpha - s.alpha);

    X y = x, x0 = x, last_y = x, residual = x, last_residual = x;
    flat(y) = flat(x) * ratio;
    std::vector<bool> found(std::size_t(samples(x)), false);
    double worst = 0;
    for (int iteration = 0; iteration < iterations; ++iteration) {
      denoise(y, s, x0);
      flat(residual) = flat(y) - flat(x) * ratio + flat(x0) * gain;  // y − G(y)
      worst = 0;
      for (Eigen::Index i = 0; i < samples(x); ++i) {
        if (found[std::size_t(i)]) continue;
        auto y_i = columns(y).col(i), r_i = columns(residual).col(i), last_y_i = columns(last_y).col(i),
             last_r_i = columns(last_residual).col(i);
        const double size = double(r_i.norm()) / (1 + double(y_i.norm()));
        if (size <= reachable) {
          found[std::size_t(i)] = true;
          continue;
        }
        worst = std::max(worst, size);
        double damping = 1;
        if (iteration > 0) {
          const double moved = double((y_i - last_y_i).squaredNorm()),
                       turned = double((y_i - last_y_i).dot(r_i - last_r_i));
          damping = turned > moved ? moved / turned : 1;
        }
        last_y_i = y_i;
        last_r_i = r_i;
        y_i -= Scalar(damping) * r_i;
      }
      if (worst == 0) return y;
    }
    throw std::runtime_error(sentence("DDIMInversion: after ", iterations, " evaluations from time ", t.time, " to ",
                                      s.time, " the relative residual is still ", worst, ", above ", reachable));
  }
};

}  // namespace tweedie
