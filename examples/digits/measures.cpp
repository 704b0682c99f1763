#include "measures.hpp"

namespace digits {

namespace {

/// The Gaussian of the mean and covariance of the columns.
tweedie::Gaussian<double> moments(const Eigen::MatrixXd& x) {
  const Eigen::VectorXd mean = x.rowwise().mean();
  const Eigen::MatrixXd centred = x.colwise() - mean;
  return {mean, tweedie::Covariance<double>::semidefinite(centred * centred.transpose() / double(x.cols()))};
}

/// The nearest real digits of some samples: how far they are in the mean, and how many are of the sample's class.
struct Neighbours {
  double distance, same_class;
};

/// A digit that is equal to the sample is passed over if `skip_itself`.
Neighbours neighbours(const Samples& samples, const Eigen::MatrixXf& digits, bool skip_itself) {
  constexpr Eigen::Index block = 100;  // columns at a time: matrix products, and no more memory than they need
  const Eigen::MatrixXf& x = samples.pixels;
  const Eigen::VectorXf lengths = digits.colwise().squaredNorm();
  double distance = 0, same_class = 0;
  for (Eigen::Index first = 0; first < x.cols(); first += block) {
    const auto part = x.middleCols(first, std::min(block, x.cols() - first));
    // argmin ‖p − x‖² = argmin ‖p‖² − 2p·x; the distance itself is then formed from the difference, without
    // cancellation.
    Eigen::MatrixXf scores = -2 * (digits.transpose() * part);
    scores.colwise() += lengths;
    for (Eigen::Index i = 0; i < part.cols(); ++i) {
      Eigen::Index nearest;
      scores.col(i).minCoeff(&nearest);
      if (skip_itself && digits.col(nearest) == part.col(i)) {
        scores(nearest, i) = std::numeric_limits<float>::infinity();
        scores.col(i).minCoeff(&nearest);
      }
      distance += double((digits.col(nearest) - part.col(i)).norm());
      same_class += examples::DigitSet::label(nearest) == samples.labels[std::size_t(first + i)] ? 1 : 0;
    }
  }
  return {distance / double(x.cols()), same_class / double(x.cols())};
}

}  // namespace

Yardstick::Yardstick(const examples::DigitSet& digits, const Mixture& law, const Eigen::MatrixXd& data)
    : law_(law), digits_(digits.pixels.cast<float>()), moments_(moments(data)) {
}

Measures Yardstick::operator()(const Samples& samples) const {
  return measure(samples, false);
}
Measures Yardstick::of_real(const Samples& digits) const {
  return measure(digits, true);
}

Measures Yardstick::measure(const Samples& samples, bool real) const {
  const auto [distance, same_class] = neighbours(samples, digits_, real);
  return {.frechet = tweedie::frechet(moments(samples.pixels.cast<double>()), moments_),
          .log_density = law_.log_density(samples.pixels).cast<double>().mean(),
          .nearest = distance,
          .same_class = same_class};
}

}  // namespace digits
