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

namespace {

/// `count` of the levels, from the first to the last, nearest to equal steps of the angle between them, none twice.
std::vector<std::size_t> spread(const std::vector<tweedie::Level>& levels, std::size_t count) {
  const auto angle = [&](std::size_t i) { return std::atan2(levels[i].sigma, levels[i].alpha); };
  const double first = angle(0), last = angle(levels.size() - 1);
  std::vector<std::size_t> chosen;
  for (std::size_t c = 0; c < count; ++c) {
    const double wanted = first + (last - first) * double(c) / double(count - 1);
    std::size_t i = c == 0 ? 0 : chosen.back() + 1;
    const std::size_t most = levels.size() - (count - c);  // leaves one for each of those that follow
    while (i < most && std::abs(angle(i + 1) - wanted) < std::abs(angle(i) - wanted)) ++i;
    chosen.push_back(i);
  }
  return chosen;
}

}  // namespace

examples::Picture film_strip(const Trajectory& trajectory) {
  const auto shown = spread(trajectory.levels, std::min<std::size_t>(trajectory.levels.size(), 21));
  examples::Sheet sheet(2, int(shown.size()), DigitSet::side);
  for (std::size_t c = 0; c < shown.size(); ++c) {
    const std::size_t i = shown[c];
    // x_t spreads over [−2σ, α + 2σ] about a digit between 0 and α.
    const auto alpha = float(trajectory.levels[i].alpha), sigma = float(trajectory.levels[i].sigma);
    sheet.place(0, int(c), (trajectory.x[i].array() + 2 * sigma) / (alpha + 4 * sigma));
    sheet.place(1, int(c), trajectory.x0[i]);
  }
  return sheet.picture();
}

}  // namespace digits
