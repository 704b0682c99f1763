#pragma once
// The variational bound of a sampler: −log p(x₀) ≤ L_T + Σ L_s + L_0 in nats, a term for the prior and one for each
// row.  [DDPM-4] The row x_s = κ x_t + c x̂₀ + z ζ is the model's p(x_s | x_t). Against it stands the forward process
// with the same direction,
// q(x_s | x_t, x₀) = N(κ x_t + (α_s − κα_t) x₀, τ² I), τ² = σ_s² − κ²σ_t², which for DDPM is the posterior of the Markov chain:      [DDIM-1]
//   L_T = ½ Σ_j [σ_T²/ς² − 1 − ln(σ_T²/ς²) + α_T² x₀²/ς²]                  prior N(0, ς² I)                         [DDPM-12]
//   L_s = ½ Σ_j [τ²/z² − 1 + ln(z²/τ²) + ((α_s − κα_t) x₀ − c x̂₀)²/z²]
//       = ½ (SNR_s − SNR_t) ‖x₀ − x̂₀‖²                                     at z² = τ² = β̃²                          [DDPM-5]
//   L_0 = −log p(x₀ | x₁)                                                    the row onto σ = 0, by a decoder
// A row of length zero (same_lambda) that leaves x where it is does so in p and in q: its term is 0.
// Ho et al., Denoising diffusion probabilistic models, arXiv:2006.11239v2, eq. 5 and 8; Song et al.,
// arXiv:2010.02502v4, eq. 11 and theorem 1.

#include <optional>

#include "../sample/sample.hpp"
#include "../statistics/estimate.hpp"
#include "decoder.hpp"
#include "elementwise.hpp"

namespace tweedie {

/// What a variational bound consists of. `decoder` says what its bits mean.
template <class Decoder, class Real = double>
struct Bound {
  Decoder decoder;
  Eigen::Index dimension;  ///< d, of one sample
  /// nats: L_T, then a term for each row, the last one that is none of length zero L_0; a sample a column
  Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic> terms;

  /// The bound of each sample, nats.
  Eigen::Matrix<Real, Eigen::Dynamic, 1> nats() const { return terms.colwise().sum(); }
  /// The mean over the samples in bits per dimension, and its standard error.
  double bits_per_dimension() const { return decoder.bits_per_dimension(nats().mean(), dimension); }
  double standard_error() const {
    BasicEstimate<Real> estimate;
    estimate.add(nats().transpose());
    return detail::bits(estimate.standard_error()[0], dimension);
  }
};

struct Bounding {
  std::optional<double> prior_deviation{};   ///< ς; without it σ_T, what `prior` draws. Published bounds have 1.
  std::optional<double> decoder_variance{};  ///< z² of L_0; without it that of the last row.
  std::int64_t first_sample = 0;             ///< The index of the first sample, for batches with noise of their own.
};

/// ½(τ²/z² − 1 + ln(z²/τ²)), nats a coordinate: what noise of the wrong variance costs.
inline double variance_cost(double tau2, double z2) {
  const double excess = (tau2 - z2) / z2;
  return (excess - std::log1p(excess)) / 2;
}

namespace detail {
/// Whether a row of length zero is standing_row, or that with the estimate written out.
inline bool stands(const Step& step) {
  const auto& [t, s, row] = step;
  if (!same_lambda(t, s) || row.z != 0 || depth(row) > 1 || (row.eps[0] != 0 && t.sigma == 0)) return false;
  const Row own = eliminated(row, t);
  const double x = standing_row(t, s).x;
  return std::fabs(own.x - x) <= 0x1p-40 * x && std::fabs(own.x0[0]) <= 0x1p-40 * s.alpha;
}
/// What a term needs: τ > 0, or q is a point, and no noise of p comes near it.
inline ReverseKernel kernel_of_term(const Step& step) {
  const ReverseKernel kernel = reverse_kernel(step);
  require(step.to.sigma == 0 || kernel.tau2 > 0,
          "it is deterministic at given x0 (tau = 0, as DDIM with eta = 0 is), so that its term is infinite");
  return kernel;
}
inline double noise_of_term(double z2) {
  require(z2 > 0,
          "it draws no noise, so that its term is infinite; the last row is given some by LastRow::noise or by a "
          "decoder_variance");
  return z2;
}
/// f(), whose refusal is told with the place and the two times.
template <class F>
auto naming(const std::string& place, const Step& step, const F& f) {
  try {
    return f();
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(sentence(place, " (time ", step.from.time, " to ", step.to.time, "): ", error.what()));
  }
}
}  // namespace detail

/// The mean of a row's term over the data, nats per dimension, from the mean square error v of its estimate per
/// dimension: the residual estimate of the variance. Of a row onto σ = 0 the term of Density. A cost for least_cost.
/// Of a row of length zero it is 0. Throws std::invalid_argument for v < 0 and for a row whose mean does not follow the forward process, c ≠ α_s − κα_t.
inline double step_cost(const Step& step, double v) {
  require(v >= 0, "the mean square error v = ", v, " must not be negative");
  if (detail::stands(step)) return 0;
  const auto [kappa, c, tau2] = detail::kernel_of_term(step);
  require(std::fabs(c - step.to.alpha + kappa * step.from.alpha) <= 1e-9 * (1 + std::fabs(c)),
          "the row multiplies x0 by c = ", c,
          ", and not by alpha_s - kappa alpha_t = ", step.to.alpha - kappa * step.from.alpha,
          ", so that its mean term does not hang on v alone; nelbo has it");
  const double z2 = detail::noise_of_term(step.row.z * step.row.z), spread = c * c * v / z2 / 2;
  return step.to.sigma == 0 ? std::log(2 * std::numbers::pi * z2) / 2 + spread : variance_cost(tau2, z2) + spread;
}
/// step_cost as cost(t, s) for least_cost: what the row of `sampler` adds to the bound, variance(t) being the mean
/// square error of its estimate. Onto σ = 0, where samplers draw no noise, the decoder has the best variance, c² v. A
/// deterministic sampler is refused.
///   least_cost(levels, 10, bound_cost(DDPM{}, v)).grid
template <class S, class Variance>
auto bound_cost(S sampler, Variance variance) {
  static_assert(detail::RowOfLevels<S>, "tweedie: a cost of two levels is of a sampler with row(t, s)");
  return [sampler = std::move(sampler), variance = std::move(variance)](const Level& t, const Level& s) -> double {
    if (same_lambda(t, s)) return 0;
    Step step{t, s, sampler.row(t, s)};
    return detail::naming("bound_cost: a step", step, [&] {
      const double v = variance(t);
      require(s.sigma > 0 || v > 0, "the variance ", v, " of the decoder must be positive");
      if (s.sigma == 0) step.row.z = std::sqrt(v) * reverse_kernel(step).c;
      return step_cost(step, v);
    });
  };
}
/// The mean of L_T, nats per dimension, from the mean square of a coordinate of the data.
inline double prior_cost(const Level& T, double mean_square, double prior_deviation) {
  require(prior_deviation > 0, "bound: the deviation of the prior is ", prior_deviation, ", but must be positive");
  const double prior = prior_deviation * prior_deviation;
  return variance_cost(T.sigma * T.sigma, prior) + T.alpha * T.alpha * mean_square / prior / 2;
}

namespace detail {

/// The bound along steps; row_variance(i, x_t, x̂₀) gives z² as a state, or throws std::invalid_argument.
template <class Real = double, class D, State X, class Noise, class Decoder, class RowVariance>
Bound<Decoder> bound_of(const D& denoise, const std::vector<Step>& steps, const X& x0, Noise& noise,
                        const Decoder& decoder, const Bounding& how, const RowVariance& row_variance) {
  check_measured<X>();
  using Scalar = typename X::Scalar;
  using Array = Eigen::Array<Real, Eigen::Dynamic, Eigen::Dynamic>;
  require(x0.size() > 0, "bound: the data are empty");
  require(all_finite(x0), "bound: the data have a value that is not finite");
  const Level &T = steps.front().from, &end = steps.back().to;
  if (how.decoder_variance)
    require(*how.decoder_variance > 0 && std::isfinite(*how.decoder_variance),
            "bound: decoder_variance = ", *how.decoder_variance, ", but it must be finite and positive");
  require(end.sigma == 0 && std::fabs(end.alpha - 1) <= 1e-12,
          "bound: the last row must end at the data, but it ends at alpha = ", end.alpha, ", sigma = ", end.sigma);
  require(T.sigma > 0, "bound: the first row begins without noise");
  std::size_t last = steps.size() - 1;  // the row onto the data
  while (last > 0 && stands(steps[last])) --last;
  std::vector<ReverseKernel> kernels(steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    require(i == 0 || same_level(steps[i - 1].to, steps[i].from), "bound: row ", i,
            " does not begin where the row before it ends");
    if (stands(steps[i])) continue;
    kernels[i] = naming(sentence("bound: row ", i), steps[i], [&] { return kernel_of_term(steps[i]); });
    require(i == last || steps[i].to.sigma > 0, "bound: row ", i, " ends at the data, but rows follow it");
    check_denoiser(denoise, steps[i].from);
  }

  const Array data = columns(x0).template cast<Real>();
  Bound<Decoder> bound{decoder, data.rows(), {}};
  bound.terms.resize(Eigen::Index(steps.size()) + 1, data.cols());
  for (Eigen::Index i = 0; i < data.cols(); ++i)
    bound.terms(0, i) =
        double(data.rows()) * prior_cost(T, data.col(i).square().mean(), how.prior_deviation.value_or(T.sigma));

  X x = x0, z = x0, x0_hat;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto& [t, s, row] = steps[i];
    auto term = bound.terms.row(Eigen::Index(i) + 1);
    if (stands(steps[i])) {
      term.setZero();
      continue;
    }
    draw(noise, z, address(Purpose::bound, std::int64_t(i)), how.first_sample);
    flat(x) = flat(x0) * Scalar(t.alpha) + flat(z) * Scalar(t.sigma);
    estimate(denoise, x, t, i, x0_hat);
    const auto [kappa, c, tau2] = kernels[i];
    const bool decodes = i == last;
    const Array z2 = naming(sentence("bound: row ", i), steps[i], [&]() -> Array {
      const Array all = decodes && how.decoder_variance
                            ? Array::Constant(data.rows(), data.cols(), *how.decoder_variance)
                            : row_variance(i, x, x0_hat);
      noise_of_term(all.minCoeff());
      return all;
    });
    const Array estimated = columns(x0_hat).template cast<Real>();
    if (decodes) {
      const Array mu = kappa * columns(x).template cast<Real>().array() + c * estimated;
      for (Eigen::Index j = 0; j < data.cols(); ++j) {
        term[j] = 0;
        for (Eigen::Index k = 0; k < data.rows(); ++k)
          term[j] -= decoder.log_probability(data(k, j), mu(k, j), z2(k, j));
      }
    } else {
      const Array wrong = (s.alpha - kappa * t.alpha) * data - c * estimated;
      term = ((tau2 / z2 - 1 - (tau2 / z2).log() + wrong.square() / z2) / 2).colwise().sum();
    }
  }
  return bound;
}

}  // namespace detail

/// The bound of a table from noise to data, each sample of x0 with fresh noise at every level (asked for as row
/// address(Purpose::bound, i)).
///   const auto bound = nelbo(denoise, with_variance(table, v, LastRow::noise), x0, Normals{1}, Discretised{.lo = 0, .hi = 1});
/// Throws std::invalid_argument, naming the row, for one that is deterministic, draws no noise or reads older
/// estimates, for a table that does not end at the data, and for data that the decoder cannot hold.
template <class D, class X0, class Noise, class Decoder = Density>
Bound<Decoder> nelbo(const D& denoise, const Table& table, const X0& x0, Noise&& noise, const Decoder& decoder = {},
                     const Bounding& how = {}) {
  check_table(table);
  const Plain<X0>& data = x0;
  const auto constant = [&](std::size_t i, const auto& x, const auto&) -> Eigen::ArrayXXd {
    return Eigen::ArrayXXd::Constant(columns(x).rows(), columns(x).cols(), table[i].row.z * table[i].row.z);
  };
  return detail::bound_of(denoise, table, data, noise, decoder, how, constant);
}

/// The same along a grid, for a sampler of rows (DDPM{}, …) or one with a variance for each coordinate:
/// ElementwiseVariance{…, LastRow::noise}, LearnedVariance. FullCovariance has no bound here.
template <class D, class S, class X0, class Noise, class Decoder = Density>
requires(!std::same_as<S, Table>) Bound<Decoder> nelbo(const D& denoise, const S& sampler, const X0& x0,
                                                       const Grid& grid, Noise&& noise, const Decoder& decoder = {},
                                                       const Bounding& how = {}) {
  if constexpr (Sampler<S>) {
    return nelbo(denoise, tabulate(sampler, grid), x0, noise, decoder, how);
  } else {
    static_assert(
        requires(const Plain<X0>& x, const Level& t) { sampler.row_variance(x, t, t, x); },
        "tweedie: a bound is of a table, of a sampler with rows, or of ElementwiseVariance or LearnedVariance");
    const Plain<X0>& data = x0;
    const Table table = tabulate(sampler.sampler, grid);
    const auto varied = [&](std::size_t i, const auto& x, const auto& x0_hat) -> Eigen::ArrayXXd {
      const auto& [t, s, row] = table[i];
      require(s.sigma > 0 || sampler.last_row == LastRow::noise,
              "it draws no noise (LastRow::mean), so that its term is infinite; give it LastRow::noise, or a "
              "decoder_variance");
      const auto z2 = sampler.row_variance(x, t, s, x0_hat);
      return columns(z2).template cast<double>();
    };
    return detail::bound_of(denoise, table, data, noise, decoder, how, varied);
  }
}

}  // namespace tweedie
