#include "digit_set.hpp"

#include "png.hpp"

namespace examples {

std::vector<int> DigitSet::labels() const {
  std::vector<int> all;
  for (Eigen::Index i = 0; i < pixels.cols(); ++i) all.push_back(label(i));
  return all;
}

std::string digits_path() {
  return EXAMPLES_DATA "/digits.png";
}

DigitSet read_digits(const std::string& path) {
  constexpr int side = DigitSet::side, across = 100, down = DigitSet::classes * DigitSet::of_each / across;
  const Picture picture = read_png(path, across * side, down * side);
  DigitSet digits;
  digits.pixels.resize(DigitSet::dimension, across * down);
  for (int i = 0; i < across * down; ++i)
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < side; ++x)
        digits.pixels(y * side + x, i) = picture.at(i % across * side + x, i / across * side + y) / 255.0;
  return digits;
}

}  // namespace examples
