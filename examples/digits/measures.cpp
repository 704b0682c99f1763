#include "measures.hpp"

namespace digits {

namespace {

/// The Gaussian of the mean and covariance of the columns.
tweedie::Gaussian<double> moments(const Eigen::MatrixXd& x) {
  const Eigen::VectorXd mean = x.rowwise().mean();
  const Eigen::MatrixXd centred = x.colwise() - mean;
  return {mean, tweedie::Covariance<double>::semidefinite(centred * centred.transpose() / double(x.cols()))};
}

/// Mean Euclidean distance from each column of x to the nearest of `points`; one that is equal to x is passed over if asked for.
double mean_nearest(const Eigen::MatrixXf& x, const Eigen::MatrixXf& points, bool skip_itself) {
  constexpr Eigen::Index block = 100;  // columns at a time: matrix products, and no more memory than they need
  const Eigen::VectorXf lengths = points.colwise().squaredNorm();
  double sum = 0;
  for (Eigen::Index first = 0; first < x.cols(); first += block) {
    const auto part = x.middleCols(first, std::min(block, x.cols() - first));
    // argmin ‖p − x‖² = argmin ‖p‖² − 2p·x; the distance itself is then formed from the difference, without cancellation.
    Eigen::MatrixXf scores = -2 * (points.transpose() * part);
    scores.colwise() += lengths;
    for (Eigen::Index i = 0; i < part.cols(); ++i) {
      Eigen::Index nearest;
      scores.col(i).minCoeff(&nearest);
      if (skip_itself && points.col(nearest) == part.col(i)) {
        scores(nearest, i) = std::numeric_limits<float>::infinity();
        scores.col(i).minCoeff(&nearest);
      }
      sum += double((points.col(nearest) - part.col(i)).norm());
    }
  }
  return sum / double(x.cols());
}

/// The share of samples whose most probable component, by sums over classes, is of their own class.
double share_recognised(const Samples& samples, const examples::FittedMixture& fit, const Mixture& mixture) {
  const Eigen::MatrixXf responsibilities = mixture.responsibilities(samples.pixels);  // K × n
  Eigen::MatrixXf classes = Eigen::MatrixXf::Zero(examples::DigitSet::classes, samples.pixels.cols());
  for (Eigen::Index k = 0; k < responsibilities.rows(); ++k)
    classes.row(fit.labels[std::size_t(k)]) += responsibilities.row(k);
  Eigen::Index right = 0;
  for (Eigen::Index i = 0; i < classes.cols(); ++i) {
    Eigen::Index guess;
    classes.col(i).maxCoeff(&guess);
    right += guess == samples.labels[std::size_t(i)] ? 1 : 0;
  }
  return double(right) / double(classes.cols());
}

}  // namespace

Yardstick::Yardstick(const examples::DigitSet& digits, const examples::FittedMixture& fit, const Mixture& mixture,
                     const Mixture& law, const Eigen::MatrixXd& data)
    : fit_(fit), mixture_(mixture), law_(law), training_(digits.pixels.cast<float>()), moments_(moments(data)) {
}

Measures Yardstick::operator()(const Samples& samples) const {
  return measure(samples, false);
}
Measures Yardstick::of_real(const Samples& digits) const {
  return measure(digits, true);
}

Measures Yardstick::measure(const Samples& samples, bool real) const {
  return {.frechet = tweedie::frechet(moments(samples.pixels.cast<double>()), moments_),
          .log_density = law_.log_density(samples.pixels).cast<double>().mean(),
          .nearest = mean_nearest(samples.pixels, training_, real),
          .recognised = share_recognised(samples, fit_, mixture_)};
}

}  // namespace digits
