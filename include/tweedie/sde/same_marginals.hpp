#pragma once
// All equations with the marginals p_t of dx = f dt + g dw, f any function and g a function of time. For every ς ≥ 0, ς
// = noise·g:
//   forward   dx = [f − ½(g² − ς²) ∇ log p_t] dt + ς dw                                                           [SDE-8]
//   reverse   dx = [f − ½(g² + ς²) ∇ log p_t] dt + ς dw̄, time falling                                            [SDE-9]
// noise = 1 is the equation itself, and its time reversal by Anderson; noise = 0 is the probability flow, both ways.
// [SDE-7, SDE-15] Anderson, Reverse-time diffusion equation models, Stochastic Processes and their Applications 12
// (1982); Song et al., arXiv:2011.13456v2, eq. 6 and 13; any ς: Karras et al., arXiv:2206.00364v2, appendix B.5 (there
// f = 0). The derivation is docs/sde.md.

#include "sde.hpp"

namespace tweedie {

template <class S, class Score>
struct SameMarginals {
  S sde;
  Score score;
  double noise;
  double sign;  ///< −1: forward in time, +1: reverse

  /// f − ½(g² ± ς²) ∇ log p_t.
  template <class X0>
  Plain<X0> drift(const X0& x0, double time) const {
    const Plain<X0> x = x0;
    detail::check_returned<decltype(sde.drift(x, time)), X0>();
    Plain<X0> out = sde.drift(x, time);
    const double share = (1 + sign * noise * noise) / 2;
    if (share == 0) return out;  // the equation itself: the score is not asked
    const double g = sde.diffusion(time);
    static_assert(
        requires { Plain<X0>(score(x, time)); },
        "tweedie: the score of an equation is callable as score(x, double time); of a denoiser it is "
        "[&](const auto& x, double t) { return score(denoise, x, schedule(t)); }");
    detail::check_returned<decltype(score(x, time)), X0>();
    const Plain<X0> s = score(x, time);
    require(shape(s) == shape(x), "score: at time ", time, " it has the shape ", shape(s), " for a state of ",
            shape(x));
    flat(out) -= typename Plain<X0>::Scalar(g * g * share) * flat(s);
    return out;
  }
  /// Called by simulate: each equation is for its own direction of time. Without noise they are one, the flow.
  void check(double from, double to) const {
    require(noise == 0 || (sign > 0) == (to < from),
            sign > 0 ? "reverse_sde: it runs in falling" : "forward_sde: it runs in rising",
            " time, but times go from ", from, " to ", to);
  }
  /// ς.
  double diffusion(double time) const { return noise * sde.diffusion(time); }
};

namespace detail {
template <class S, class Score>
SameMarginals<S, Score> same_marginals(S sde, Score score, double noise, double sign) {
  static_assert(
      requires {
        { sde.diffusion(double{}) } -> std::convertible_to<double>;
      },
      "tweedie: the score alone tells the marginals of an SDE only where its diffusion is a number, diffusion(time)");
  require(noise >= 0, "same marginals: noise = ", noise, ", but it must not be negative");
  return {std::move(sde), std::move(score), noise, sign};
}
}  // namespace detail

/// The forward equation with noise ς = noise·g in the place of g. score(x, time) → ∇ log p_t in the shape of x.
template <class S, class Score>
auto forward_sde(S sde, Score score, double noise = 1) {
  return detail::same_marginals(std::move(sde), std::move(score), noise, -1);
}
/// The reverse equation, for falling times.
///   simulate(reverse_sde(LinearSde{schedule}, [&](const auto& x, double t) { return score(denoise, x, schedule(t)); }), x, times, engine)
template <class S, class Score>
auto reverse_sde(S sde, Score score, double noise = 1) {
  return detail::same_marginals(std::move(sde), std::move(score), noise, 1);
}

}  // namespace tweedie
