#pragma once
// The table that `guided_digits` prints, and the same as JSON.

#include "guides.hpp"
#include "measures.hpp"
#include "support/text_table.hpp"

namespace guided_digits {

struct Result {
  std::string method;
  std::optional<double> scale;
  std::optional<double> off;  ///< root mean square, per pixel, from the digits of the conditional denoiser
  Measures measures;
};

class Report {
 public:
  /// Prints the headers.
  Report();
  void row(const Result& result) const;
  /// What the columns are.
  static void explain(int steps);

 private:
  examples::TextTable table_;
};

/// A JSON object; what is none is null.
std::string json(int seed, int count, int steps, const std::vector<Result>& results);

}  // namespace guided_digits
