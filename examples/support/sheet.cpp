#include "sheet.hpp"

#include <algorithm>
#include <cmath>

namespace examples {

namespace {
constexpr int scale = 2, margin = 4, gap = 28;  // pixels of the sheet
constexpr std::uint8_t ground = 255, paper = 240, ink = 0;
}  // namespace

int Sheet::left(int column) const {
  const bool beyond = gap_before_ > 0 && column >= gap_before_;
  return margin + column * (side_ * scale + margin) + (beyond ? gap : 0);
}
int Sheet::top(int row) const {
  return margin + row * (side_ * scale + margin);
}

Sheet::Sheet(int rows, int columns, int side, int gap_before)
    : side_(side), gap_before_(gap_before), picture_(left(columns), top(rows), ground) {
}

void Sheet::place(int row, int column, const Eigen::Ref<const Eigen::VectorXf>& pixels) {
  const int x0 = left(column), y0 = top(row);
  for (int y = 0; y < side_ * scale; ++y)
    for (int x = 0; x < side_ * scale; ++x) {
      const float shade = std::clamp(pixels[y / scale * side_ + x / scale], 0.0f, 1.0f);
      picture_.at(x0 + x, y0 + y) = std::uint8_t(std::lround(float(paper) + shade * float(ink - paper)));
    }
}

}  // namespace examples
