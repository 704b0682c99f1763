#pragma once
// From data to the noise that gives it back. DDIM{} on a grid walked upward takes the estimate at the cleaner level t,
// which is explicit and inexact. The exact inversion finds the y at the noisier level s that DDIM, from s to t, maps to
// x:
//   α_t x̂₀(y) + σ_t (y − α_s x̂₀(y))/σ_s = x     or     y = G(y) := (σ_s/σ_t) x − ((σ_s/σ_t) α_t − α_s) x̂₀(y)          [DDIM-7]
// The plain iteration y ← G(y) diverges where G is steep, as for coarse strides; the damped one, y ← y − ω (y − G(y)),
// converges for small ω. G falls where x̂₀ rises, so that y − G(y) has a slope of at least 1 in every direction, and
// the step of Barzilai and Borwein (IMA J. Numer. Anal. 8, 1988, eq. 5), ω = ‖Δy‖²/(Δy·Δr), r = y − G(y), stays in (0,
// 1]. Each sample has its own ω and its own end, after which the denoiser is no longer asked for it.

#include <vector>

#include "sample.hpp"

namespace tweedie {

struct DDIMInversion {
  /// Of ‖y − G(y)‖ for each sample, relative to the terms that it is a difference of, ‖y‖ + ‖(σ_s/σ_t) x‖ + ‖((σ_s/σ_t)
  /// α_t − α_s) x̂₀‖. What the scalar's rounding leaves counts as met: that of y and of the terms, 4 ε of them and of the
  /// slope times ‖y‖; and that of the denoiser, a residual within 1000 ε that ten evaluations have not made smaller.
  double tolerance = 1e-12;
  int iterations = 500;  ///< evaluations of the denoiser a step, at most

  /// For a grid walked upward, from σ > 0. The denoiser is asked for the samples that are not found yet, in their order;
  /// for all of them where the state's number of samples is fixed. Throws std::runtime_error where the iteration does
  /// not meet the tolerance, or leaves the finite numbers.
  template <class D, State X, class Noise>
  X step(const D& denoise, const X& x, const Level& t, const Level& s, const Noise&) const {
    using Scalar = typename X::Scalar;
    require(t.sigma > 0,
            "DDIMInversion: it starts at sigma = 0, where DDIM has forgotten the noise; start at the next level");
    require(lambda(s) <= lambda(t), "DDIMInversion: it goes towards more noise, but lambda goes from ", lambda(t),
            " to ", lambda(s));
    require(tolerance > 0 && iterations > 0, "DDIMInversion: tolerance = ", tolerance, " and iterations = ", iterations,
            " must be positive");
    const double epsilon = double(std::numeric_limits<Scalar>::epsilon());
    const Scalar ratio = Scalar(s.sigma / t.sigma), gain = Scalar(s.sigma / t.sigma * t.alpha - s.alpha);

    X start = x;
    flat(start) *= ratio;
    X y = start, x0 = x, residual = x, last_y = x, last_residual = x;  // of the samples that are still open
    X found = x, estimate = x;                                         // of all
    std::vector<Open> open(std::size_t(samples(x)));
    for (std::size_t i = 0; i < open.size(); ++i) open[i].sample = Eigen::Index(i);
    std::vector<Eigen::Index> kept;
    double worst = 0;
    for (int iteration = 0; iteration < iterations; ++iteration) {
      denoise(y, s, x0);
      flat(residual) = flat(y) - flat(start) + flat(x0) * gain;  // y − G(y)
      worst = 0;
      kept.clear();
      for (Eigen::Index i = 0; i < samples(y); ++i) {
        auto& [sample, least, since] = open[std::size_t(i)];
        if (sample < 0) continue;
        auto y_i = columns(y).col(i), r_i = columns(residual).col(i), last_y_i = columns(last_y).col(i),
             last_r_i = columns(last_residual).col(i);
        const double size = norm(r_i), of_y = norm(y_i),
                     terms = of_y + norm(columns(start).col(i)) + std::fabs(double(gain)) * norm(columns(x0).col(i));
        if (!std::isfinite(size))
          throw std::runtime_error(sentence("DDIMInversion: from time ", t.time, " to ", s.time, " sample ", sample,
                                            " leaves the finite numbers"));
        const double moved = iteration > 0 ? norm(y_i - last_y_i) : 0,
                     slope = moved > 0 ? norm(r_i - last_r_i) / moved : 1;
        since = size < least ? 0 : since + 1;
        least = std::min(least, size);
        if (size <= std::max(tolerance * terms, 4 * epsilon * (terms + slope * of_y)) ||
            (since >= 10 && size <= std::min(2 * least, 1000 * epsilon * terms))) {
          columns(found).col(sample) = y_i;
          columns(estimate).col(sample) = columns(x0).col(i);
          if constexpr (fixed<X>) sample = -1;
          continue;
        }
        worst = std::max(worst, size / terms);
        kept.push_back(i);
        double damping = 1;
        if (moved > 0) {
          const double turned = double(((y_i - last_y_i) / Scalar(moved)).dot(r_i - last_r_i));
          damping = turned > moved ? moved / turned : 1;
        }
        last_y_i = y_i;
        last_r_i = r_i;
        y_i -= Scalar(damping) * r_i;
      }
      if (kept.empty()) {
        if constexpr (requires { denoise.observe(estimate); }) denoise.observe(estimate);
        return found;
      }
      if (!fixed<X> && kept.size() < open.size()) {
        for (X* part : {&start, &y, &x0, &residual, &last_y, &last_residual}) keep(*part, kept);
        for (std::size_t i = 0; i < kept.size(); ++i) open[i] = open[std::size_t(kept[i])];
        open.resize(kept.size());
      }
    }
    throw std::runtime_error(sentence("DDIMInversion: after ", iterations, " evaluations from time ", t.time, " to ",
                                      s.time, " the relative residual is still ", worst, ", above ",
                                      std::max(tolerance, 4 * epsilon)));
  }

 private:
  /// A sample that is not found yet: the least residual so far, and how many evaluations ago that was.
  struct Open {
    Eigen::Index sample = 0;
    double least = std::numeric_limits<double>::infinity();
    int since = 0;
  };
  /// Whether the type of X has its number of samples in it.
  template <class X>
  static constexpr bool fixed = [] {
    if constexpr (detail::DenseExpression<X>)
      return int(X::ColsAtCompileTime) != Eigen::Dynamic;
    else
      return false;
  }();
  /// ‖v‖, without a square that overflows.
  template <class V>
  static double norm(const V& v) {
    return double(v.stableNorm());
  }
  /// x with these of its samples alone, in their order.
  template <State X>
  static void keep(X& x, const std::vector<Eigen::Index>& which) {
    const X all = x;
    auto extent = shape(x);
    extent.back() = Eigen::Index(which.size());
    reshape(x, extent);
    for (std::size_t i = 0; i < which.size(); ++i) columns(x).col(Eigen::Index(i)) = columns(all).col(which[i]);
  }
};

}  // namespace tweedie
