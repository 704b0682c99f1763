#include "class_sheet.hpp"

namespace examples {

ClassSheet::ClassSheet(int rows, int groups) : sheet_(rows, first_column(groups) - 1, DigitSet::side) {
}

void ClassSheet::place(int row, int group, const Eigen::MatrixXf& pixels, const std::vector<int>& labels) {
  int next = 0;
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] == next) sheet_.place(row, first_column(group) + next++, pixels.col(Eigen::Index(i)));
}

}  // namespace examples
