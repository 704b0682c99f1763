// What Coupling means to those who have it: a sample's result hangs on its batch mates, or does not.

#include "ledger/mixtures.hpp"

using namespace tweedie;
using Eigen::MatrixXd;

namespace {

const VariancePreserving vp{};

/// The first of three samples, its two mates multiplied by `factor`.
template <class Run>
MatrixXd first_beside(double factor, const Run& run) {
  MatrixXd x(2, 3);
  x << 0.3, 1, -0.8, -0.2, 0.5, 1.1;
  x.rightCols(2) *= factor;
  return run(x).col(0);
}

}  // namespace

TEST_CASE("Coupling: with `sample` batch mates change nothing, with `batch` they do") {
  const auto noise = [](MatrixXd& z) { Normals{3}(z, 0); };
  for (const Coupling coupling : {Coupling::sample, Coupling::batch}) {
    const auto corrected = [&](const MatrixXd& x) {
      return Langevin{0.1, coupling}.correct(tests::two_clouds(), x, vp(0.4), noise);
    };
    const AdaptiveFlow flow{
        .at = at_lambda(vp), .relative_tolerance = 1e-3, .absolute_tolerance = 1e-3, .coupling = coupling};
    const auto flowed = [&](const MatrixXd& x) { return sample(tests::two_clouds(), flow, x, {vp(1), vp(0.01)}); };
    CHECK((first_beside(1, corrected) == first_beside(3, corrected)) == (coupling == Coupling::sample));
    CHECK((first_beside(1, flowed) == first_beside(3, flowed)) == (coupling == Coupling::sample));
  }
}
