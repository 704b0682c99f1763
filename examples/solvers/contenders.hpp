#pragma once
// The samplers that are compared, and what each makes of a number of evaluations.

#include <functional>
#include <string>
#include <tweedie/sampler/tabulate.hpp>
#include <vector>

namespace solvers {

/// A run that costs at most the evaluations that it was asked for.
struct Plan {
  int steps;
  tweedie::Table table;
};

struct Contender {
  std::string name;
  /// As many steps as so many evaluations of the denoiser pay for. At least 5: RungeKutta4 costs four a step, and one
  /// more onto the data.
  std::function<Plan(int evaluations)> plan;
};

/// All of them, those that draw no noise first.
std::vector<Contender> contenders();

/// The probability flow from the level at which all begin, by fine steps.
tweedie::Table flow();

}  // namespace solvers
