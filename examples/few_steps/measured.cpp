#include "measured.hpp"

#include <tweedie/schedule/grids.hpp>
#include <tweedie/schedule/variance_preserving.hpp>
#include <tweedie/variance/estimators.hpp>

namespace few_steps {

tweedie::Grid uniform_levels(int steps) {
  tweedie::Grid grid = levels(tweedie::VariancePreserving{}, tweedie::uniform(steps - 1, 1, 0.01));
  grid.push_back(tweedie::clean);
  return grid;
}

Measured measure(const examples::DigitSet& real, const std::vector<digits::Part>& parts) {
  const auto measured = [&](int levels, tweedie::VarianceForm form) {
    tweedie::VarianceEstimator estimator(uniform_levels(levels), {.form = form, .data = tweedie::Range{0, 1}});
    for (const digits::Part& part : parts)  // batch by batch, each with its own denoiser
      estimator.add(part.law, digits::real_digits(real, part.label, 100), tweedie::Normals{1});
    return estimator.table();
  };
  return {measured(100, tweedie::VarianceForm::diagonal), measured(20, tweedie::VarianceForm::full)};
}

}  // namespace few_steps
