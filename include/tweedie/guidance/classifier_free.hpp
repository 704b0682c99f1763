#pragma once
// Guidance by denoisers of conditions, with no classifier. The same combination serves x̂₀, ε̂, v̂ and the score:
//   x̂₀ = x̂₀(x) + Σᵢ γᵢ (x̂₀(x | yᵢ) − x̂₀(x))                                                                        [CFG-1, CFG-2]
// One condition with scale γ, or weight w = γ − 1, is classifier-free guidance,
//   x̂₀ = (1 + w) x̂₀(x | y) − w x̂₀(x),
// and is exact at γ = 1. Several, each with its own scale, are exact, at scales 1, as far as they are independent given
// x_t, which is more than given x₀.
// Ho and Salimans, Classifier-free diffusion guidance, arXiv:2207.12598v1, eq. 6 (their w is this w); Liu et al.,
// Compositional visual generation, arXiv:2206.01714v6. Laws on Gaussian data: guidance/gaussian_laws.hpp. The
// derivation is docs/guidance.md.

#include <array>
#include <cmath>
#include <limits>
#include <tuple>

#include "../denoiser/denoiser.hpp"
#include "guidance_scale.hpp"

namespace tweedie {

/// A denoiser of p(x₀ | yᵢ) and its γᵢ; outside the interval of `limited` that is 1.
template <class D>
struct Condition {
  D denoise;
  GuidanceScale scale = 1;
};
template <class D>
Condition(D) -> Condition<D>;
template <class D, class S>
Condition(D, S) -> Condition<D>;

template <class U, class... D>
struct Composed {
  U unconditional;
  std::tuple<Condition<D>...> conditions;

  void check(const Level& t) const {
    const auto share = shares(t);
    std::size_t i = 0;
    if (share[i++] != 0) check_denoiser(unconditional, t);
    std::apply([&](const auto&... c) { ((share[i++] != 0 ? check_denoiser(c.denoise, t) : void()), ...); }, conditions);
  }

  /// A denoiser whose share is 0 at this level, or what rounding leaves of 0, is not called.
  template <State X>
  void operator()(const X& x, const Level& t, X& out) const {
    bool begun = false;
    X estimate = x;
    const auto add = [&](const auto& denoise, double share) {
      if (share == 0) return;
      using Scalar = typename X::Scalar;
      if (begun) {
        denoised(denoise, x, t, estimate);
        flat(out) += Scalar(share) * flat(estimate);
      } else {
        denoised(denoise, x, t, out);
        if (share != 1) flat(out) *= Scalar(share);
        begun = true;
      }
    };
    const auto share = shares(t);
    std::size_t i = 0;
    add(unconditional, share[i++]);
    std::apply([&](const auto&... c) { (add(c.denoise, share[i++]), ...); }, conditions);
  }
  template <class X>
  Plain<X> operator()(const X& x, const Level& t) const {
    return detail::returned(*this, x, t);
  }

 private:
  /// 1 − Σ γᵢ, γ₁, γ₂, …; 0 for what is below the rounding of their sum.
  std::array<double, 1 + sizeof...(D)> shares(const Level& t) const {
    std::array<double, 1 + sizeof...(D)> share = std::apply(
        [&](const auto&... c) {
          return std::array{1.0, c.scale(t, 1)...};
        },
        conditions);
    double size = 0;
    for (const double gamma : share) size += std::abs(gamma);
    for (std::size_t i = 1; i < share.size(); ++i) share[0] -= share[i];
    const double rounding = double(share.size()) * std::numeric_limits<double>::epsilon() * size;
    for (double& one : share)
      if (std::abs(one) <= rounding) one = 0;
    return share;
  }
};

/// composed(unconditional, Condition{first, 2}, Condition{second, 1.5})
template <class U, class... D>
auto composed(U unconditional, Condition<D>... conditions) {
  static_assert(sizeof...(D) > 0, "tweedie: composed takes one Condition{denoiser, scale} or more");
  return Composed<U, D...>{std::move(unconditional), {std::move(conditions)...}};
}

/// By the weight w of Ho and Salimans: 0 is the conditional denoiser, −1 the unconditional one.
template <class C, class U>
auto classifier_free(C conditional, U unconditional, GuidanceScale weight) {
  return composed(std::move(unconditional),
                  Condition<C>{std::move(conditional), [weight](const Level& t) { return 1 + weight(t); }});
}

/// By the scale γ = 1 + w of most programs: 1 is the conditional denoiser, 0 the unconditional one; the "7.5" of image
/// generators. A negative prompt is a condition in the place of the unconditional denoiser. So is autoguidance, with a
/// weaker model of the same condition there (Karras et al., arXiv:2406.02507v3, eq. 3), and guidance by skipped layers,
/// with the model less those layers.
template <class C, class U>
auto classifier_free_scale(C conditional, U unconditional, GuidanceScale scale) {
  return composed(std::move(unconditional), Condition<C>{std::move(conditional), std::move(scale)});
}

}  // namespace tweedie
