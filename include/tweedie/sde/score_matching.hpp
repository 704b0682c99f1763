#pragma once
// The three objectives from which a score s_θ is learned without the true one, s = ∇ log p_t, as losses of each sample:
// their means are estimates, and with the constants below they can be held against each other and against the truth.
//   explicit   J = E ‖s_θ − s‖²                                        needs s: an exact model's
//   implicit   E[½‖s_θ‖² + ∇·s_θ]            = ½J − ½E‖s‖²           Hyvärinen, JMLR 6 (2005), theorem 1                    [SDE-13]
//   sliced     E[½‖s_θ‖² + zᵀ(∂s_θ/∂x)z]     = ½J − ½E‖s‖²           Song et al., arXiv:1905.07088v2, SSM-VR                 [SDE-13]
//   denoising  E ‖s_θ(x_t) + ε/σ‖²           = J + d/σ² − E‖s‖²      Vincent, Neural Comput. 23 (2011), section 4.3          [SDE-14]
// A score is a callable score(x, level) or score(x, level, out). The derivation is docs/score_matching.md.

#include "../denoiser/prediction.hpp"
#include "divergence.hpp"

namespace tweedie {

namespace detail {
template <class X>
NumberOfEach<X> squared_norms(const X& x) {
  check_measured<X>();
  return columns(x).template cast<double>().colwise().squaredNorm().transpose();
}
template <class S, State X>
X scored(const S& score, const X& x, const Level& t) {
  static_assert(
      Denoiser<S, X>,
      "tweedie: a score is callable on a const object as score(x, level) or score(x, level, out); one that takes "
      "a time is wrapped as [&](const auto& x, const Level& t) { return my_score(x, t.time); }");
  static_assert(
      !requires { score.score(x, t); },
      "tweedie: this is a model, whose call is its denoiser; give its score as [&](const auto& x, const Level& "
      "t) { return model.score(x, t); }");
  X s = x;
  denoised(score, x, t, s);
  return s;
}
}  // namespace detail

/// ‖s_θ(x) − s(x)‖² for each sample of x.
template <class S, class Truth, class X0>
NumberOfEach<Plain<X0>> explicit_score_loss(const S& score, const Truth& truth, const X0& x0, const Level& t) {
  const Plain<X0> x = x0;
  Plain<X0> difference = detail::scored(score, x, t);
  const Plain<X0> right = detail::scored(truth, x, t);
  flat(difference) -= flat(right);
  return detail::squared_norms(difference);
}

/// ‖s_θ(αx₀ + σε) + ε/σ‖² for each sample of the data x0, its noise at the address of Purpose::loss: of Normals
/// the same in every call, so that each minibatch wants a seed of its own. Its spread grows as 1/σ²: times σ² it is
/// the loss of an ε prediction. Throws where σ = 0.
template <class S, class X0, class Noise>
NumberOfEach<Plain<X0>> denoising_score_loss(const S& score, const X0& x0, const Level& t, Noise&& noise) {
  using X = Plain<X0>;
  const X data = x0;
  X eps = data;
  draw(noise, eps, address(Purpose::loss));
  X loss = detail::scored(score, noised(data, t, eps), t);
  const X wanted = target(Prediction::score, data, eps, t);  // −ε/σ
  flat(loss) -= flat(wanted);
  return detail::squared_norms(loss);
}
/// d/σ²: what the denoising loss exceeds J − E‖s‖² by.
inline double denoising_constant(const Level& t, Eigen::Index dimension) {
  require(t.sigma > 0, "denoising score matching at time ", t.time, ": sigma = 0, where its loss is infinite");
  return double(dimension) / (t.sigma * t.sigma);
}

/// ½‖s_θ(x)‖² + ∇·s_θ(x) for each sample, by d products (∂s_θ/∂x) z: product(x, level, z), as difference_product(score)
/// is.
template <class S, class Product, class X0>
NumberOfEach<Plain<X0>> implicit_score_loss(const S& score, const Product& product, const X0& x0, const Level& t) {
  const Plain<X0> x = x0;
  Numbers<Plain<X0>> trace;
  SummedDivergence{std::cref(product)}(x, t, trace);
  return detail::squared_norms(detail::scored(score, x, t)) / 2 + trace.row(0).matrix().transpose();
}

/// The same with zᵀ(∂s_θ/∂x)z in the place of the divergence, one probe z a sample: unbiased, one product. Its
/// address is that of Purpose::slice: of Normals the same in every call.
template <class S, class Product, class X0, class Noise>
NumberOfEach<Plain<X0>> sliced_score_loss(const S& score, const Product& product, const X0& x0, const Level& t,
                                          Noise&& noise, Probe probe = Probe::rademacher) {
  using X = Plain<X0>;
  const X x = x0;
  X z = x;
  draw(noise, z, address(Purpose::slice));
  if (probe == Probe::rademacher) detail::to_signs(z);
  detail::check_returned<decltype(product(x, t, z)), X>();
  const X Jz = product(x, t, z);
  return detail::squared_norms(detail::scored(score, x, t)) / 2 + detail::products(z, Jz).matrix().transpose();
}

}  // namespace tweedie
