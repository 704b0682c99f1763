#pragma once
// Where sampling starts.

#include "../schedule/level.hpp"
#include "../state/noise.hpp"

namespace tweedie {

/// Refuses a level with more signal than noise, α > σ: a grid that begins there does not begin at noise.
inline void check_prior(const Level& level) {
  require(lambda(level) <= 0, "prior: at time ", level.time, " there is more signal than noise (alpha = ", level.alpha,
          ", sigma = ", level.sigma,
          "), so noise alone is no start; does the grid begin at the schedule's noisiest time?");
}

/// σ ζ in the given shape: the law of x_t as far as the data are forgotten there, N(0, σ²I). The noise is that of
/// address(Purpose::prior), row −1.
///   prior(grid.front(), {2, 1000}, engine)                                      2 × 1000 doubles
///   prior<Eigen::Tensor<float, 4>>(grid.front(), {28, 28, 1, 16}, Normals{7})   16 images
/// Throws std::invalid_argument for a level that is none, or has more signal than noise.
template <class X = Eigen::MatrixXd, class Noise>
requires State<X> X prior(const Level& level, const Shape<X>& shape, Noise&& noise) {
  check_prior(level);
  X x;
  reshape(x, shape);
  draw(noise, x, address(Purpose::prior));
  flat(x) *= typename X::Scalar(level.sigma);
  return x;
}

}  // namespace tweedie
