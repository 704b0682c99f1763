#pragma once
// The table that `solvers` prints, a row for each sampler.

#include "result.hpp"
#include "support/text_table.hpp"

namespace solvers {

class Report {
 public:
  /// Prints the headers.
  explicit Report(const std::vector<int>& evaluations);

  /// A row for what no sampler made.
  void row(const std::string& name, const Measured& measured) const;
  void row(const Result& result) const;

  /// What the columns mean.
  static void explain();

 private:
  std::size_t groups_;
  examples::TextTable table_;
};

}  // namespace solvers
