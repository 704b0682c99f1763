#pragma once
// A table on the standard output, line by line as its rows come.

#include <string>
#include <vector>

namespace examples {

struct Column {
  std::string header;
  int width;  ///< characters
};

/// The first column is aligned to the left, the others to the right.
class TextTable {
 public:
  /// Prints the headers.
  explicit TextTable(std::vector<Column> columns);
  /// Prints a row, a cell for each column.
  void row(const std::vector<std::string>& cells) const;

 private:
  std::vector<Column> columns_;
};

}  // namespace examples
