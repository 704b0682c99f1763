#pragma once
// What the tests of samplers with a variance of x share.

#include "support/test.hpp"

namespace tests::varied {

inline const tweedie::GaussianMixture<double>& clouds() {
  static const tweedie::GaussianMixture<double> mixture(
      Eigen::Vector2d(0.4, 0.6), Eigen::Matrix2d{{-0.7, 0.5}, {0.2, -0.3}},
      std::vector<Eigen::Matrix2d>{Eigen::Matrix2d{{0.10, 0.06}, {0.06, 0.08}},
                                   Eigen::Matrix2d{{0.05, -0.02}, {-0.02, 0.12}}});
  return mixture;
}
inline const tweedie::Grid& grid() {
  static const tweedie::Grid levels = tweedie::levels(tweedie::VariancePreserving{}, tweedie::uniform(4));
  return levels;
}
inline Eigen::MatrixXd start() {
  return tweedie::prior(grid().front(), {2, 30}, tweedie::Normals{2});
}

/// A filling network as a variance of (x, level).
template <class F>
auto network_of(F call) {
  return tweedie::network(tweedie::Prediction::x0, call);
}

}  // namespace tests::varied
