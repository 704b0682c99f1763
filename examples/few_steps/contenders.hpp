#pragma once
// The samplers that are compared.

#include <optional>

#include "digits/sampling.hpp"
#include "measured.hpp"

namespace few_steps {

/// Bits a pixel and their standard error.
struct Code {
  double bits, error;
};

struct Contender {
  std::string name;
  bool searched;  ///< Whether its levels are those of the optimal trajectory.
  int most;       ///< steps at which it is run: a decomposition of 400 × 400 a step takes its time
  std::function<tweedie::Grid(int steps)> levels;
  std::function<digits::Draw(const tweedie::Grid&)> draw;
  /// The bound on the digits of one class; empty where there is none: DDIM is deterministic, and
  /// the bound is written for variances of coordinates.
  std::function<Code(const tweedie::Grid&, const digits::Mixture&, const Eigen::MatrixXf& digits)> code;
};

/// Five samplers, each on uniform and on searched levels, and a sixth on few uniform ones. They keep `measured`, which
/// must outlive them.
std::vector<Contender> contenders(const Measured& measured);

inline constexpr int coded_digits = 200;  ///< how many real digits a bound is taken over

/// The mean over all classes.
std::optional<Code> code_length(const Contender& contender, const tweedie::Grid& grid, const examples::DigitSet& real,
                                const std::vector<digits::Part>& parts);

}  // namespace few_steps
