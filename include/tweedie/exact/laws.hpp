#pragma once
// What an exact model must keep, for whoever writes one: its members are tied to each other. The form is that of
// schedule/laws.hpp, one sentence for each thing broken.

#include "../schedule/laws.hpp"
#include "exact_model.hpp"

namespace tweedie::laws {

/// At samples x, a column each, and a level with α, σ > 0: the estimate is Tweedie's formula of the score,
/// α x̂₀ = x + σ² s, the score the gradient of the log density, the posterior covariance the Jacobian of the estimate times
/// σ²/α, and the variance its diagonal. Gradients are central differences of `step` σ: their error is of the order of
/// step², and of rounding over step.
template <ExactModel Model>
Broken exact_model(const Model& model, const Eigen::MatrixX<typename Model::Scalar>& x, const Level& t,
                   double step = 1e-5) {
  using Scalar = typename Model::Scalar;
  using Matrix = Eigen::MatrixX<Scalar>;
  const Eigen::Index d = x.rows();
  require(d == Eigen::Index(model.dimension()) && x.cols() > 0, "laws::exact_model: the samples are ", d, "x", x.cols(),
          ", but the model has dimension ", Eigen::Index(model.dimension()));
  require(t.alpha > 0 && t.sigma > 0, "laws::exact_model: alpha = ", t.alpha, " and sigma = ", t.sigma,
          " must be positive");
  Broken broken;
  const auto compare = [&](const char* what, const Matrix& value, const Matrix& right, Scalar allowed) {
    const Scalar off = value.rows() == right.rows() && value.cols() == right.cols()
                           ? (value - right).cwiseAbs().maxCoeff()
                           : std::numeric_limits<Scalar>::infinity();
    if (!(off <= allowed))
      broken.push_back(sentence("at alpha = ", t.alpha, ", sigma = ", t.sigma, ": ", what, " is off by ", off,
                                ", where ", allowed, " is rounding"));
  };
  const Scalar alpha = Scalar(t.alpha), sigma = Scalar(t.sigma), h = Scalar(step) * sigma, r = sigma * sigma / alpha,
               epsilon = Eigen::NumTraits<Scalar>::epsilon();
  const Matrix estimate = model(x, t), score = model.score(x, t), variance = model.variance(x, t);
  const Matrix log_density = model.log_density(x, t);
  const Scalar steepness = 1 + sigma * score.cwiseAbs().maxCoeff(),
               size = std::max(x.cwiseAbs().maxCoeff(), alpha * estimate.cwiseAbs().maxCoeff()),
               curvature = Scalar(step * step) * 1000 + 20 * epsilon / Scalar(step);
  compare("Tweedie's formula, alpha x0 = x + sigma^2 score,", alpha * estimate, x + sigma * sigma * score,
          5000 * epsilon * size);
  for (Eigen::Index j = 0; j < d; ++j) {
    Matrix unit = Matrix::Zero(d, x.cols());
    unit.row(j).setOnes();
    const Matrix ahead = x + h * unit, behind = x - h * unit;
    const Matrix slope = (model.log_density(ahead, t) - model.log_density(behind, t)).transpose() / (2 * h);
    compare("the score, against differences of the log density,", score.row(j), slope,
            curvature * steepness * steepness / sigma + 20 * epsilon * log_density.cwiseAbs().maxCoeff() / h);
    const Matrix jacobian = (Matrix(model(ahead, t)) - Matrix(model(behind, t))) / (2 * h),
                 column = model.covariance_times(x, t, unit);
    compare("the product with the covariance, against differences of the estimate,", column, r * jacobian,
            curvature * steepness * sigma * sigma / (alpha * alpha) + 20 * r * epsilon * size / (alpha * h));
    compare("the variance, against the diagonal of the covariance,", variance.row(j), column.row(j),
            5000 * epsilon * (steepness * sigma * sigma / (alpha * alpha)));
  }
  return broken;
}

}  // namespace tweedie::laws
