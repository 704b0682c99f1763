#pragma once
// What a network may predict, as one table. Each kind of output y is linear in (x₀, ε), as is the state:
//   scale·y = x0·x₀ + eps·ε        x = α x₀ + σ ε
// and two equations give x̂₀ for every kind:  x̂₀ = (eps·x − σ·scale·y) / (α·eps − σ·x0).                          [DDPM-8]
// v: Salimans and Ho, arXiv:2202.00512v2, appendix D.  score: Tweedie's formula x̂₀ = (x + σ² s)/α.                    [SDE-11]

#include "../sampler/prediction.hpp"
#include "../state/noise.hpp"
#include "denoiser.hpp"

namespace tweedie {

struct Output {
  double x0, eps, scale;
};

/// The row of the table for `kind` at level t. Throws where it needs rates that t does not have.
inline Output output(Prediction kind, const Level& t) {
  switch (kind) {
    case Prediction::x0: return {1, 0, 1};
    case Prediction::eps: return {0, 1, 1};
    case Prediction::v: return {-t.sigma, t.alpha, 1};
    case Prediction::score: return {0, 1, -t.sigma};
    case Prediction::velocity:
      require(std::isfinite(t.d_alpha) && std::isfinite(t.d_sigma), "velocity prediction at time ", t.time,
              ": it needs finite rates of the level, but d_alpha = ", t.d_alpha, " and d_sigma = ", t.d_sigma);
      return {t.d_alpha, t.d_sigma, 1};
  }
  throw std::invalid_argument("Prediction: no such kind");
}

/// x̂₀ = x·(state) + y·(output).
struct X0Coefficients {
  double x, y;
};

/// The solution of the two equations. Throws where they have none: eps and score at α = 0, where the state holds no
/// signal.
inline X0Coefficients x0_coefficients(Prediction kind, const Level& t) {
  if (kind == Prediction::x0) return {0, 1};  // at σ = 0 as well
  const auto [x0, eps, scale] = output(kind, t);
  const double determinant = t.alpha * eps - t.sigma * x0;
  require(determinant != 0,
          kind == Prediction::eps     ? "eps"
          : kind == Prediction::score ? "score"
                                      : "this",
          " prediction at time ", t.time, ": x0 cannot be told from it where alpha = ", t.alpha,
          " and sigma = ", t.sigma, "; predict v or x0 there");
  return {eps / determinant, -t.sigma * scale / determinant};
}

/// α x₀ + σ ε. `noise` is ε, a state of the shape of x0, or anything that `draw` takes; its address is that of
/// Purpose::noised, with Normals the same noise in every call with the same seed.
template <class X0, class Noise>
Plain<X0> noised(const X0& x0, const Level& level, Noise&& noise) {
  detail::check_real<X0>();
  using X = Plain<X0>;
  using Scalar = typename X::Scalar;
  X x = x0, eps;
  if constexpr (detail::KnownState<Noise>) {
    eps = noise;
    require(shape(eps) == shape(x), "noised: the noise has the shape ", shape(eps), ", the data ", shape(x));
  } else {
    reshape(eps, shape(x));
    draw(noise, eps, address(Purpose::noised));
  }
  flat(x) = flat(x) * Scalar(level.alpha) + flat(eps) * Scalar(level.sigma);
  return x;
}

/// What a network of this kind is trained to output at noised(x0, level, eps). Throws for a score at σ = 0.
template <class X0, class Eps>
Plain<X0> target(Prediction kind, const X0& x0, const Eps& eps, const Level& level) {
  detail::check_real<X0>();
  using Scalar = typename Plain<X0>::Scalar;
  const auto [c_x0, c_eps, scale] = output(kind, level);
  require(scale != 0, "score target at time ", level.time, ": the score of the noise is infinite at sigma = 0");
  Plain<X0> y = x0;
  const Plain<Eps> noise = eps;
  require(shape(noise) == shape(y), "target: the noise has the shape ", shape(noise), ", the data ", shape(y));
  flat(y) = flat(y) * Scalar(c_x0 / scale) + flat(noise) * Scalar(c_eps / scale);
  return y;
}

}  // namespace tweedie
