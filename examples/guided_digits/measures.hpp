#pragma once
// How good samples of known classes are, against the laws of these classes.

#include "digits/samples.hpp"

namespace guided_digits {

struct Measures {
  double accuracy;  ///< share of samples that the exact classifier takes for digits of their class
  double
      frechet;  ///< W₂² between the Gaussians of the moments of a class's samples and of its law, mean over the classes
  double diversity;  ///< trace of the covariance of a class's samples over that of its law, mean over the classes
};

class Yardstick {
 public:
  /// It keeps the fit and the model, which must outlive it.
  Yardstick(const examples::FittedMixture& fit, const digits::Mixture& model);

  /// Of at least two samples of each class, in the order of the classes.
  Measures operator()(const digits::Samples& samples) const;

 private:
  struct Law {
    Eigen::VectorXd mean;
    Eigen::MatrixXd root;  ///< S^½
    double trace;          ///< of S
  };

  const examples::FittedMixture& fit_;
  const digits::Mixture& model_;
  std::vector<Law> laws_;  ///< of each class
};

}  // namespace guided_digits
