#pragma once
// The laws of an exact model, which tie its members to each other: one line gives them to a new one.

#include "support/test.hpp"

namespace laws {

using namespace tweedie;

/// At samples x, a column each, and a level with α, σ > 0: the score is the gradient of the log density, the estimate
/// Tweedie's formula of it, x̂₀ = (x + σ² s)/α, and the posterior covariance the Jacobian of the estimate, times σ²/α.
/// Gradients are central differences of `step` σ, whose error is of the order of step² and rounding/step.
template <ExactModel Model>
void exact_model(const Model& model, const Eigen::MatrixXd& x, const Level& t, double step = 1e-5) {
  using Eigen::MatrixXd;
  INFO("at alpha = " << t.alpha << ", sigma = " << t.sigma);
  const Eigen::Index d = x.rows();
  REQUIRE(d == Eigen::Index(model.dimension()));
  const double h = step * t.sigma;
  const MatrixXd estimate = model(x, t), score = model.score(x, t), variance = model.variance(x, t);
  const double scale = 1 + score.cwiseAbs().maxCoeff() * t.sigma;
  CHECK(tests::largest_difference(t.alpha * estimate, MatrixXd(x + t.sigma * t.sigma * score)) < 1e-12 * scale);
  for (Eigen::Index j = 0; j < d; ++j) {
    MatrixXd unit = MatrixXd::Zero(d, x.cols());
    unit.row(j).setOnes();
    const MatrixXd ahead = x + h * unit, behind = x - h * unit;
    const Eigen::VectorXd slope = (model.log_density(ahead, t) - model.log_density(behind, t)) / (2 * h);
    CHECK(tests::largest_difference(slope.transpose().eval(), MatrixXd(score.row(j))) < 1e-7 * scale / t.sigma);
    const MatrixXd jacobian = (MatrixXd(model(ahead, t)) - MatrixXd(model(behind, t))) / (2 * h),
                   column = model.covariance_times(x, t, unit);
    CHECK(tests::largest_difference(column, MatrixXd(t.sigma * t.sigma / t.alpha * jacobian)) <
          1e-7 * scale * t.sigma * t.sigma / t.alpha / t.alpha);
    CHECK(tests::largest_difference(column.row(j), variance.row(j)) <
          1e-12 * scale * t.sigma * t.sigma / t.alpha / t.alpha);
  }
}

}  // namespace laws
