#include "class_sheet.hpp"

#include <algorithm>

#include "lettering.hpp"

namespace examples {

ClassSheet::ClassSheet(int rows, int groups) : sheet_(rows, first_column(groups) - 1, DigitSet::side) {
}

void ClassSheet::place(int row, int group, const Eigen::MatrixXf& pixels, const std::vector<int>& labels) {
  int next = 0;
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] == next) sheet_.place(row, first_column(group) + next++, pixels.col(Eigen::Index(i)));
}

namespace {
constexpr int scale = 2, margin = 8;  // pixels
}  // namespace

Picture labelled(const ClassSheet& sheet, const std::vector<std::string>& rows,
                 const std::vector<std::string>& groups) {
  std::size_t longest = 0;
  for (const std::string& name : rows) longest = std::max(longest, name.size());
  const Picture& tiles = sheet.picture();
  const int letter = letter_height * scale, left = 2 * margin + int(longest) * letter_width * scale,
            top = margin + letter;

  Picture picture(left + tiles.width, top + tiles.height, 255);
  for (int y = 0; y < tiles.height; ++y)
    for (int x = 0; x < tiles.width; ++x) picture.at(left + x, top + y) = tiles.at(x, y);
  for (std::size_t i = 0; i < groups.size(); ++i) write(picture, left + sheet.left(int(i)), margin, groups[i], scale);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const int middle = (sheet.top(int(i)) + sheet.top(int(i) + 1)) / 2;
    write(picture, margin, top + middle - letter / 2, rows[i], scale);
  }
  return picture;
}

}  // namespace examples
