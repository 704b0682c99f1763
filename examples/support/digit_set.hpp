#pragma once
// The 5000 real handwritten digits of examples/data/digits.png.

#include <Eigen/Core>
#include <string>
#include <vector>

namespace examples {

struct DigitSet {
  static constexpr int side = 20;                ///< pixels
  static constexpr int dimension = side * side;  ///< d
  static constexpr int classes = 10;
  static constexpr int of_each = 500;  ///< digits of each class

  Eigen::MatrixXd
      pixels;  ///< d × 5000, a digit a column, its rows from the top; 0 is paper, 1 is ink; in the order of their classes

  static int label(Eigen::Index i) { return int(i) / of_each; }
  std::vector<int> labels() const;  ///< of all columns
  auto of_class(int digit) const { return pixels.middleCols(Eigen::Index(digit) * of_each, of_each); }
};

/// The picture that the repository holds.
std::string digits_path();

/// Throws std::runtime_error, naming the file, unless it is a PNG of 2000×1000 pixels.
DigitSet read_digits(const std::string& path = digits_path());

}  // namespace examples
