#pragma once
// How good samples are, by quantities that are exact but for the number of samples.

#include "samples.hpp"

namespace digits {

struct Measures {
  double frechet;      ///< W₂² between the Gaussians of the samples' and of the data's moments; pixels from 0 to 1
  double log_density;  ///< mean of log p(x) under the fitted mixture, nats
  double nearest;      ///< mean Euclidean distance to the nearest real digit
  double same_class;   ///< share of samples whose nearest real digit is of their own class
};

class Yardstick {
 public:
  /// law: what is sampled, all classes or one; data: the real digits of it.
  Yardstick(const examples::DigitSet& digits, const Mixture& law, const Eigen::MatrixXd& data);

  Measures operator()(const Samples& samples) const;
  /// Of real digits: the nearest digit is then another one than itself.
  Measures of_real(const Samples& digits) const;

 private:
  Measures measure(const Samples& samples, bool real) const;

  const Mixture& law_;
  Eigen::MatrixXf digits_;  // every real one
  tweedie::Gaussian<double> moments_;
};

}  // namespace digits
