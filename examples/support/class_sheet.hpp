#pragma once
// What samplers make of the ten digits, row by row: a tile of each class, and groups of ten side by side.

#include <string>

#include "digit_set.hpp"
#include "sheet.hpp"

namespace examples {

class ClassSheet {
 public:
  ClassSheet(int rows, int groups);

  /// The first sample of each class. pixels: d × n, a sample a column; labels: n, in the order of their classes.
  void place(int row, int group, const Eigen::MatrixXf& pixels, const std::vector<int>& labels);

  const Picture& picture() const { return sheet_.picture(); }
  /// Where the tile of the class 0 stands on the picture: its upper left corner.
  int left(int group) const { return sheet_.left(first_column(group)); }
  int top(int row) const { return sheet_.top(row); }

 private:
  static constexpr int first_column(int group) { return group * (DigitSet::classes + 1); }  // a place is left empty

  Sheet sheet_;
};

/// The rows' names to the left of the sheet, the groups' above.
Picture labelled(const ClassSheet& sheet, const std::vector<std::string>& rows, const std::vector<std::string>& groups);

}  // namespace examples
