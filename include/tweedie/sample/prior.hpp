#pragma once
// Where sampling starts.

#include <numbers>

#include "../schedule/level.hpp"
#include "../state/noise.hpp"

namespace tweedie {

/// Refuses a level that is no start: noise alone stands for x_t where the signal is lost in it, and here it may have at
/// most half the noise's variance, α² ≤ σ²/2 (λ ≤ −0.35), for data of unit variance. What samplers have published
/// starts further out: at λ = −4.4 (EDM, σ = 80), −5.1 (DDPM's chain), −2.7 (Stable Diffusion's), at −∞ for flows; the
/// nearest to the data are its two "leading" steps, −0.5.
inline void check_prior(const Level& level) {
  const double lambda_t = lambda(level);
  require(lambda_t <= -std::numbers::ln2 / 2 + 1e-12, "prior: at time ", level.time, " there is ",
          lambda_t > 0 ? "more signal than noise" : "more than half as much signal as noise", " (alpha = ", level.alpha,
          ", sigma = ", level.sigma, ", but a start has alpha^2 <= sigma^2/2), so noise alone is no start; ",
          "does the grid begin at the schedule's noisiest time?");
}

/// The same for a run from one level to another, which must not be the noisier.
inline void check_prior(const Level& from, const Level& to) {
  check_prior(from);
  require(lambda(to) >= lambda(from), "prior: from time ", from.time, " to ", to.time,
          " the noise grows (lambda goes from ", lambda(from), " to ", lambda(to),
          "), but from noise the way is down; to walk data upward, give them to sample");
}

/// σ ζ in the given shape: the law of x_t as far as the data are forgotten there, N(0, σ²I). The noise is that of
/// address(Purpose::prior), row −1.
///   prior(grid.front(), {2, 1000}, engine)                                      2 × 1000 doubles
///   prior<Eigen::Tensor<float, 4>>(grid.front(), {28, 28, 1, 16}, Normals{7})   16 images
/// Throws std::invalid_argument for a level that is none, or no start: where α² > σ²/2.
template <class X = Eigen::MatrixXd, class Noise>
requires State<X> X prior(const Level& level, const Shape<X>& shape, Noise&& noise) {
  detail::check_real<X>();
  check_prior(level);
  X x;
  reshape(x, shape);
  draw(noise, x, address(Purpose::prior));
  flat(x) *= typename X::Scalar(level.sigma);
  return x;
}

}  // namespace tweedie
