#include "pictures.hpp"

#include <algorithm>

#include "support/sheet.hpp"

namespace digits {

using examples::DigitSet;

examples::Picture contact_sheet(const DigitSet& digits, const Samples& samples) {
  constexpr int rows = DigitSet::classes, real = 8, drawn = 12;  // rows and tiles of a row
  // Sample i goes to the next place in the rows of its class: one row a class, or all rows where there is only one.
  const bool one = samples.labels.front() == samples.labels.back();
  const int used = one ? std::min(rows, (int(samples.labels.size()) + drawn - 1) / drawn) : rows;
  examples::Sheet sheet(used, real + drawn, DigitSet::side, real);
  std::vector<int> placed(rows);
  for (int row = 0; row < used; ++row) {
    const int label = one ? samples.labels.front() : row;
    for (int i = 0; i < real; ++i) {  // spread over the class, because neighbours in the set are alike
      const int index = (row * real + i) * 37 % DigitSet::of_each;
      sheet.place(row, i, digits.of_class(label).col(index).cast<float>());
    }
  }
  for (std::size_t i = 0; i < samples.labels.size(); ++i) {
    const int label = samples.labels[i], n = placed[std::size_t(label)]++;
    const int row = one ? n / drawn : label;
    if (row < used && (one || n < drawn)) sheet.place(row, real + n % drawn, samples.pixels.col(Eigen::Index(i)));
  }
  return sheet.picture();
}

examples::Picture film_strip(const Trajectory& trajectory) {
  const int steps = int(trajectory.x.size()) - 1, columns = std::min(steps, 20) + 1;
  examples::Sheet sheet(2, columns, DigitSet::side);
  for (int c = 0; c < columns; ++c) {
    const auto i = std::size_t(columns == 1 ? 0 : std::lround(double(c) * steps / (columns - 1)));
    // x_t spreads over [−2σ, α + 2σ] about a digit between 0 and α.
    const auto alpha = float(trajectory.levels[i].alpha), sigma = float(trajectory.levels[i].sigma);
    sheet.place(0, c, (trajectory.x[i].array() + 2 * sigma) / (alpha + 4 * sigma));
    sheet.place(1, c, trajectory.x0[i]);
  }
  return sheet.picture();
}

}  // namespace digits
