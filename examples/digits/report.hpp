#pragma once
// The table that `digits` prints.

#include "measures.hpp"
#include "sampling.hpp"
#include "support/text_table.hpp"

namespace digits {

class Report {
 public:
  /// Prints the headers.
  Report();

  /// A row for what no sampler made.
  void row(const std::string& name, const Measures& measures) const;
  void row(const std::string& name, std::size_t steps, const Run& run, const Measures& measures) const;

  /// What the columns mean.
  static void explain();

 private:
  examples::TextTable table_;
};

}  // namespace digits
