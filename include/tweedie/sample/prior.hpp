#pragma once
// Where sampling starts.

#include "../schedule/level.hpp"
#include "../state/noise.hpp"

namespace tweedie {

/// σ ζ in the given shape: the law of x_t as far as the data are forgotten there, N(0, σ²I). The noise is that of row −1.
///   prior(grid.front(), {2, 1000}, engine)                                      2 × 1000 doubles
///   prior<Eigen::Tensor<float, 4>>(grid.front(), {28, 28, 1, 16}, Normals{7})   16 images
/// Throws std::invalid_argument for a level that is none.
template <class X = Eigen::MatrixXd, class Noise>
requires State<X> X prior(const Level& level, const Shape<X>& shape, Noise&& noise) {
  lambda(level);  // refuses what is no level
  X x;
  reshape(x, shape);
  draw(noise, x, -1);
  flat(x) *= typename X::Scalar(level.sigma);
  return x;
}

}  // namespace tweedie
