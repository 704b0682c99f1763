#pragma once
// The ways to a digit of a class, each a denoiser.

#include <functional>

#include "digits/samples.hpp"

namespace guided_digits {

using Denoise = std::function<void(const Eigen::MatrixXf& x, const tweedie::Level&, Eigen::MatrixXf& x0)>;

struct Guide {
  std::string method;
  std::optional<double> scale;  ///< γ; none for what is not guided
  /// The denoiser of digits of part.label. It keeps the part and the model, which must outlive it.
  std::function<Denoise(const digits::Part& part)> denoiser;

  std::string name() const;  ///< with its scale
};

/// The denoiser of the class itself, and then each guidance at each scale. They keep what they are given, which must
/// outlive them.
std::vector<Guide> guides(const examples::FittedMixture& fit, const digits::Mixture& model,
                          const std::vector<double>& scales);

}  // namespace guided_digits
