#pragma once
// What the tests of samplers with a variance of x share.

#include "ledger/mixtures.hpp"

namespace tests::varied {

inline const tweedie::GaussianMixture<double>& clouds() {
  return two_clouds();
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
