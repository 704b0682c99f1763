#pragma once
// What a second network may be trained on to give a variance, and the variance made of its output. With ε̂ the
// network's own noise estimate:
//   NPR:  g(x_t) = E[(ε − ε̂)² | x_t],   v = (σ²/α²) g               right for any ε̂; the head must be positive     [EXT-4, EXT-8]
//   SN:   h(x_t) = E[ε² | x_t],         v = (σ²/α²)(h − ε̂²)         right only if ε̂ is, to first order              [EXT-2, EXT-5]
// Bao et al., arXiv:2206.07309v2, section 3 (theorems 1 and 2).
//   improved DDPM:  z² = exp(f ln b²_{t|s} + (1 − f) ln β̃²),  f in [0, 1]
// Nichol and Dhariwal, arXiv:2102.09672v1, eq. 15.
// A network is called as in `network`: (x, level) or (x, time), or with `out`; time_map says what time it is given.

#include "../denoiser/network.hpp"
#include "../sampler/variances.hpp"
#include "bounds.hpp"

namespace tweedie {

namespace detail {
/// The output of a network as it is.
template <class F, class TimeMap>
auto raw_network(F call, TimeMap time_map) {
  return network(Prediction::x0, std::move(call), std::move(time_map));
}
/// σ²/α², refused where it is infinite.
inline double amplification(const Level& t, const char* what) {
  require(t.alpha > 0, what, ": at time ", t.time,
          " alpha = 0, where the variance cannot be told from one of the noise");
  return largest_variance(t);
}
}  // namespace detail

/// v = (σ²/α²) g for ElementwiseVariance, g the output of a network trained on (ε − ε̂)² with ε̂ held fixed.
template <class G, class TimeMap = SameTime>
auto npr_variance(G g, TimeMap time_map = {}) {
  return [net = detail::raw_network(std::move(g), std::move(time_map))](const auto& x, const Level& t) {
    auto v = net(x, t);
    flat(v) *= typename Plain<decltype(v)>::Scalar(detail::amplification(t, "npr_variance"));
    return v;
  };
}

/// v = (σ²/α²)(h − ε̂²) held to [0, largest], h the output of a network trained on ε². The difference of near-equal
/// numbers may come out negative or huge: `largest`, in the units of v, is yours to name, ((hi − lo)/2)² for data in
/// [lo, hi].
template <class H, class TimeMap = SameTime>
auto sn_variance(H h, double largest, TimeMap time_map = {}) {
  require(largest > 0, "sn_variance: largest = ", largest, " must be positive");
  return [largest, net = detail::raw_network(std::move(h), std::move(time_map))](const auto& x, const Level& t,
                                                                                 const auto& x0) {
    using Scalar = typename Plain<decltype(x)>::Scalar;
    const Scalar factor = Scalar(detail::amplification(t, "sn_variance")), top = Scalar(largest);
    const auto held = [top](const Scalar& value) {  // what is not finite is left, for the sampler to report
      return value < 0 ? Scalar(0) : value > top && std::isfinite(double(value)) ? top : value;
    };
    auto v = net(x, t);
    flat(v) =
        ((flat(v) - ((flat(x) - flat(x0) * Scalar(t.alpha)) / Scalar(t.sigma)).square()) * factor).unaryExpr(held);
    return v;
  };
}

/// z² for LearnedVariance, between the posterior's and the forward variance of the step: the network's output o in [−1,
/// 1] gives f = (1 + o)/2, as published networks are trained; outside it z² goes beyond them. Throws where s is clean
/// and β̃² is 0.
template <class F, class TimeMap = SameTime>
auto learned_range(F call, TimeMap time_map = {}) {
  return
      [net = detail::raw_network(std::move(call), std::move(time_map))](const auto& x, const Level& t, const Level& s) {
        using Scalar = typename Plain<decltype(x)>::Scalar;
        require(posterior_variance(t, s) > 0, "learned_range: from time ", t.time, " to ", s.time,
                " the posterior variance is 0, as onto sigma = 0, and has no logarithm; a bound takes a "
                "decoder_variance there");
        const Scalar low = Scalar(std::log(posterior_variance(t, s))), high = Scalar(std::log(forward_variance(t, s)));
        auto z2 = net(x, t);
        flat(z2) = (low + (high - low) * (flat(z2) + Scalar(1)) / Scalar(2)).exp();
        return z2;
      };
}

/// z² = exp(output) for LearnedVariance. Such a network knows the stride that it was trained with, and no other.
template <class F, class TimeMap = SameTime>
auto learned_log_variance(F call, TimeMap time_map = {}) {
  return
      [net = detail::raw_network(std::move(call), std::move(time_map))](const auto& x, const Level& t, const Level&) {
        auto z2 = net(x, t);
        flat(z2) = flat(z2).exp();
        return z2;
      };
}

}  // namespace tweedie
