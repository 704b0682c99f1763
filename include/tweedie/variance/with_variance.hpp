#pragma once
// The optimal variance of a sampler's noise. A row is x_s = κ x_t + c x̂₀ + z ζ. With x̂₀ = E[x₀ | x_t] in the place of
// x₀ it loses the spread of x₀ about its mean, and the noise that makes up for it, the best in Kullback-Leibler
// divergence, is
//   z² = τ² + c² v,   τ² = σ_s² − κ²σ_t²,   v = Var[x₀ | x_t], the mean over coordinates and x_t                    [ADPM-1]
// for rows whose mean follows the forward process, c = α_s − κα_t: DDPM, DDIM of any η, ancestral steps, on any
// schedule. Euler's rows do so to first order of the step, and z² is then right to that order.
// Bao et al., Analytic-DPM, arXiv:2201.06503v3, theorem 1 (eq. 7) and lemma 13. The derivation is
// docs/analytic_variance.md.
// On isotropic Gaussian data every such table with LastRow::noise is exact in law, at any number of steps.         [ADPM-7]

#include <type_traits>

#include "../sampler/row.hpp"

namespace tweedie {

/// What a row draws that lands on σ_s = 0, the data.
enum class LastRow {
  mean,  ///< nothing, as published: the result is x̂₀ itself
  noise  ///< c² v like every row: exact in law, and the decoder of a variational bound
};

/// A row whose ε̂ is written out: x_s = κ x_t + c x̂₀ + noise. Its mean has the law of the forward process if the noise
/// has
/// the variance τ² + c² Var[x₀ | x_t].                                                                              [DDIM-1]
struct ReverseKernel {
  double kappa, c;
  double tau2;  ///< max(0, σ_s² − κ²σ_t²): the noise of level s that x_t does not bring along
};

/// Throws std::invalid_argument for a row that reads older estimates: it has no single c. A τ² of the size of rounding
/// is 0, and max takes the little by which a row of first order in time, as Euler's, brings along more noise than level
/// s has.
inline ReverseKernel reverse_kernel(const Step& step) {
  const auto& [t, s, row] = step;
  require(
      depth(row) <= 1, "optimal variance: the row reads the estimate of ", depth(row) - 1,
      " rows back, so that no single coefficient says how the spread of x0 given x_t enters; only rows that read their "
      "own estimate alone can be given it");
  const Row own = eliminated(row, t);
  const double level = s.sigma * s.sigma, tau2 = level - own.x * own.x * t.sigma * t.sigma;
  const bool rounding = std::fabs(tau2) <= 8 * std::numeric_limits<double>::epsilon() * level;
  return {own.x, own.x0[0], rounding ? 0 : std::fmax(0, tau2)};
}

/// The table with the noise z of every row replaced by the optimal one. variance(t) is Var[x₀ | x_t] per dimension at
/// the level t where the row starts, ≥ 0: a VarianceTable, or any callable; of a Gaussian [&](auto& t) { return
/// data.posterior_variances(t).mean(); }. Throws std::invalid_argument, naming the row, for a row that reads older
/// estimates and for a variance that is negative or not finite.
template <class Variance>
Table with_variance(Table table, const Variance& variance, LastRow last_row = LastRow::mean) {
  static_assert(std::is_invocable_r_v<double, const Variance&, const Level&>,
                "tweedie: a variance is callable as variance(level) and returns Var[x0 | x_t] per dimension, a number; "
                "what depends "
                "on x as well is for ElementwiseVariance");
  check_table(table);
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto& [t, s, row] = table[i];
    try {
      const auto [kappa, c, tau2] = reverse_kernel(table[i]);
      const bool drawn = s.sigma > 0 || last_row == LastRow::noise;
      const double v = drawn && c != 0 ? variance(t) : 0;
      require(std::isfinite(v) && v >= 0, "the variance of x0 given x_t is ", v,
              ", but must be finite and not negative; the residual estimate never is");
      table[i].row.z = drawn ? std::sqrt(tau2 + c * c * v) : 0;
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(
          sentence("with_variance: row ", i, " (time ", t.time, " to ", s.time, "): ", error.what()));
    }
  }
  return table;
}

}  // namespace tweedie
