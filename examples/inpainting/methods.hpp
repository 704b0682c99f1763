#pragma once
// What fills in the hidden half.

#include <functional>
#include <string>

#include "problem.hpp"

namespace inpainting {

/// How samples are drawn: so many, in so many steps.
struct Run {
  int samples, steps;
  std::uint64_t seed;
};

struct Method {
  std::string name;
  std::function<Eigen::MatrixXd(const Problem&, const Run&)> draw;  ///< a sample a column
};

/// The exact posterior first, drawn and denoised, then the model without the measurement, then the methods. They keep
/// the model, which must outlive them. zeta: the weight of DPS.
std::vector<Method> methods(const Mixture& model, double zeta);

}  // namespace inpainting
