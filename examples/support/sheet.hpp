#pragma once
// Small pictures side by side on one large one.

#include <Eigen/Core>

#include "picture.hpp"

namespace examples {

/// rows × columns of square tiles, enlarged, with a margin between; a wider gap may be left before one column. Tiles
/// that are never placed stay empty.
class Sheet {
 public:
  /// Tiles of side × side pixels. gap_before: the column before which the wide gap stands; 0 for none.
  Sheet(int rows, int columns, int side, int gap_before = 0);

  /// pixels: side² numbers, rows from the top; 0 is paper, 1 is ink, what is outside is clipped.
  void place(int row, int column, const Eigen::Ref<const Eigen::VectorXf>& pixels);

  const Picture& picture() const { return picture_; }
  /// Where tiles stand on the picture: their left and their upper edge, in pixels.
  int left(int column) const;
  int top(int row) const;

 private:
  int side_, gap_before_;
  Picture picture_;
};

}  // namespace examples
