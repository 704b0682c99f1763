#pragma once
// How near the samples of a method are to the exact posterior: a table, and the same as JSON.

#include <optional>

#include "problem.hpp"
#include "support/text_table.hpp"

namespace inpainting {

/// Over the digits, each compared with its own posterior.
struct Measures {
  double off;       ///< root mean square of the samples' mean from the posterior's, hidden pixels
  double spread;    ///< mean variance of the samples over that of the posterior, hidden pixels
  double residual;  ///< root mean square of y − A x₀ in units of the noise
  double seconds;   ///< for all samples of a digit
};

/// samples: of each problem, d × n.
Measures measured(const std::vector<Problem>& problems, const std::vector<Eigen::MatrixXd>& samples, double seconds);

struct Result {
  std::string method;
  std::optional<Measures> measures;  ///< none where the method stopped
};

class Report {
 public:
  /// Prints the headers.
  Report();
  void row(const Result& result) const;
  /// What the columns are.
  static void explain();

 private:
  examples::TextTable table_;
};

/// A JSON object; what there is not is null.
std::string json(int seed, int digits, int samples, int steps, const std::vector<Result>& results);

}  // namespace inpainting
