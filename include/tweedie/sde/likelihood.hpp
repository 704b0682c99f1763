#pragma once
// The log-density of a point under a denoiser's probability flow, by the change of variables along the flow from its
// level to noise:  [SDE-16]
//   log p_t(x_t) = log p_T(x_T) + ∫_t^T ∇·(dx/dt) dt
//                = log p_T(x_T) + (d/2) ln((α_T² + σ_T²)/(α_t² + σ_t²)) + ∫ σ (∇·x̂₀ − d α/(α² + σ²)) dρ,   ρ = α/σ
// The second line is the first for any schedule, without rates; the term taken out is the divergence for data N(0, I),
// so that for data with a smooth density the integrand vanishes at both ends. Chen et al., arXiv:1806.07366v5, theorem
// 1; Song et al., arXiv:2011.13456v2, eq. 39. The derivation is docs/probability_flow.md.

#include <numbers>

#include "../sample/prior.hpp"
#include "adaptive_flow.hpp"
#include "divergence.hpp"

namespace tweedie {

/// What log_likelihood finds, a number for each sample.
template <State X>
struct FlowLikelihood {
  NumberOfEach<X>
      log_density;  ///< nats, of x at the level where it stood: not of the data, unless that level is as good as clean
  NumberOfEach<X>
      standard_error;    ///< of log_density, from the probes; 0 where the divergence is exact, infinite with one
                         ///< probe, which tells no error
  Numbers<X> estimates;  ///< log_density by each probe, a sample a column
  X latent;              ///< the state at the noisy end
  int evaluations;       ///< of the denoiser, the most for a sample

  Eigen::Index dimension() const { return columns(latent).rows(); }
  /// The mean of −log_density in bits per dimension, under a name for what was done to grey levels: Density{} or
  /// Dequantised{lo, hi, bins} (variance/decoder.hpp).
  template <class Decoder>
  double bits_per_dimension(const Decoder& decoder) const {
    return decoder.bits_per_dimension(-log_density.mean(), dimension());
  }
  /// Its standard error from the probes, bits per dimension.
  double bits_standard_error() const {
    return standard_error.norm() / double(standard_error.size()) / double(dimension()) / std::log(2.0);
  }
};

/// log N(x; 0, deviation² I) at each sample, nats. Without a deviation it is σ of the level: the law that `prior`
/// draws.
struct NormalPrior {
  double deviation = 0;

  template <State X>
  NumberOfEach<X> operator()(const X& x, const Level& T) const {
    const double sd = deviation == 0 ? T.sigma : deviation;
    require(sd > 0 && std::isfinite(sd), "NormalPrior: its deviation is ", sd, ", but must be finite and positive");
    const auto y = columns(x).template cast<double>();
    return -(y.colwise().squaredNorm().transpose().array() / (sd * sd) +
             double(y.rows()) * std::log(2 * std::numbers::pi * sd * sd)) /
           2;
  }
};

namespace detail {
/// σ (∇·x̂₀ − d α/(α² + σ²)).
template <class Divergence>
struct LikelihoodRates {
  const Divergence& divergence;

  template <State X>
  void operator()(const X& x, const Level& t, Numbers<X>& out, Eigen::Index first) const {
    if constexpr (requires { divergence(x, t, out, first); })
      divergence(x, t, out, first);
    else
      divergence(x, t, out);
    require(out.rows() == divergence.count() && out.cols() == samples(x), "divergence: at time ", t.time, " it gave ",
            out.rows(), "x", out.cols(), " numbers, but its count() is ", divergence.count(), " and there are ",
            samples(x), " samples");
    const double d = double(columns(x).rows());
    out = t.sigma * (out - d * t.alpha / (t.alpha * t.alpha + t.sigma * t.sigma));
  }
};
template <class Divergence, class X>
concept DivergenceOf = requires(const Divergence& divergence, const X& x, const Level& t, Numbers<X>& out) {
  { divergence.count() } -> std::convertible_to<Eigen::Index>;
}
&&(
    requires(const Divergence& divergence, const X& x, const Level& t, Numbers<X>& out) { divergence(x, t, out); } ||
    requires(const Divergence& divergence, const X& x, const Level& t, Numbers<X>& out) {
      divergence(x, t, out, Eigen::Index{});
    });
}  // namespace detail

/// log p of each sample of x at level `from`, by its flow to the noisier level `to`, where prior(x, to) tells it.
///   const auto found = log_likelihood(model, PosteriorTrace{model}, x, schedule(1e-3), schedule(1.0), AdaptiveFlow{.at = at_lambda(schedule)});
/// divergence: PosteriorTrace{model}, SummedDivergence{product}, Hutchinson{product, probes}, or a callable of their
/// form; several rows are independent estimates.
/// Throws as AdaptiveFlow does: σ = 0 at `from` has no density for a flow, and a tolerance may not be met. With the
/// default prior `to` must be a start for `prior`.
template <class D, class Divergence, class X0, class Prior = NormalPrior>
FlowLikelihood<Plain<X0>> log_likelihood(const D& denoise, const Divergence& divergence, const X0& x, const Level& from,
                                         const Level& to, const AdaptiveFlow& flow, const Prior& prior = {}) {
  using X = Plain<X0>;
  static_assert(
      detail::DivergenceOf<Divergence, X>,
      "tweedie: a divergence is PosteriorTrace{model}, SummedDivergence{product}, Hutchinson{product, probes}, or "
      "has count() and is callable as divergence(x, level, out) on a const object");
  X latent = x;
  require(latent.size() > 0 && all_finite(latent), "log_likelihood: the data are empty or not finite");
  require(lambda(to) <= lambda(from), "log_likelihood: it goes towards noise, but lambda goes from ", lambda(from),
          " to ", lambda(to));
  if constexpr (std::same_as<Prior, NormalPrior>) check_prior(to);
  check_denoiser(denoise, from), check_denoiser(denoise, to);

  Numbers<X> sums = Numbers<X>::Zero(divergence.count(), samples(latent));
  const int evaluations =
      flow.integrate(denoise, detail::LikelihoodRates<Divergence>{divergence}, latent, sums, from, to);
  const double d = double(columns(latent).rows());
  const double size =
      std::log((to.alpha * to.alpha + to.sigma * to.sigma) / (from.alpha * from.alpha + from.sigma * from.sigma));
  const NumberOfEach<X> at_noise = prior(latent, to);
  require(at_noise.size() == samples(latent), "log_likelihood: the prior gave ", at_noise.size(), " numbers for ",
          samples(latent), " samples");
  sums = (sums + d / 2 * size).rowwise() + at_noise.transpose().array();

  const Eigen::Index k = sums.rows();
  const NumberOfEach<X> mean = sums.colwise().mean().transpose();
  NumberOfEach<X> error = NumberOfEach<X>::Zero(sums.cols());
  constexpr bool of_probes = requires {
    divergence.probes;
  };
  if (of_probes && k == 1) error.setConstant(std::numeric_limits<double>::infinity());
  if (k > 1)
    error = ((sums.rowwise() - mean.transpose().array()).square().colwise().sum() / double(k - 1) / double(k))
                .sqrt()
                .transpose();
  return {mean, error, sums, std::move(latent), evaluations};
}

}  // namespace tweedie
