#pragma once
// How good samples are, by quantities that are exact but for the number of samples.

#include "samples.hpp"

namespace digits {

struct Measures {
  double frechet;      ///< W₂² between the Gaussians of the samples' and of the data's moments; pixels from 0 to 1
  double log_density;  ///< mean of log p(x) under the fitted mixture, nats
  double nearest;      ///< mean Euclidean distance to the nearest real digit
  double recognised;   ///< share of samples that the mixture's classifier puts in their own class
};

class Yardstick {
 public:
  /// mixture: fitted to all classes. law: the part of it that is sampled; data: the real digits of that part.
  Yardstick(const examples::DigitSet& digits, const examples::FittedMixture& fit, const Mixture& mixture,
            const Mixture& law, const Eigen::MatrixXd& data);

  Measures operator()(const Samples& samples) const;
  /// Of real digits: the nearest digit is then another one than itself.
  Measures of_real(const Samples& digits) const;

 private:
  Measures measure(const Samples& samples, bool real) const;

  const examples::FittedMixture& fit_;
  const Mixture &mixture_, &law_;
  Eigen::MatrixXf training_;  // every real digit
  tweedie::Gaussian<double> moments_;
};

}  // namespace digits
