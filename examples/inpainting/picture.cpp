#include "picture.hpp"

#include <algorithm>

#include "support/lettering.hpp"

namespace inpainting {

namespace {
constexpr int scale = 2, margin = 8;  // pixels of the letters' dots, and about the names
}  // namespace

Gallery::Gallery(const std::vector<Problem>& problems, int methods)
    : names_{"digit, seen, mean"},
      sheet_(1 + methods, first_column(int(problems.size())) - 1, examples::DigitSet::side) {
  for (int i = 0; i < int(problems.size()); ++i) {
    const Problem& problem = problems[std::size_t(i)];
    sheet_.place(0, first_column(i), problem.original.cast<float>());
    // What is hidden is grey.
    sheet_.place(0, first_column(i) + 1, (problem.seen.array() + 0.3 * (1 - problem.mask.array())).cast<float>());
    sheet_.place(0, first_column(i) + 2, problem.mean.cast<float>());
  }
}

void Gallery::add(const std::string& method, const std::vector<Eigen::MatrixXd>& samples) {
  const auto row = int(names_.size());
  names_.push_back(method);
  for (int i = 0; i < int(samples.size()); ++i) {
    const Eigen::MatrixXd& x = samples[std::size_t(i)];
    for (int j = 0; j < std::min(shown, int(x.cols())); ++j)
      sheet_.place(row, first_column(i) + j, x.col(j).cast<float>());
  }
}

examples::Picture Gallery::picture() const {
  std::size_t longest = 0;
  for (const std::string& name : names_) longest = std::max(longest, name.size());
  const examples::Picture& tiles = sheet_.picture();
  const int left = 2 * margin + int(longest) * examples::letter_width * scale;
  examples::Picture all(left + tiles.width, tiles.height, 255);
  for (int y = 0; y < tiles.height; ++y)
    for (int x = 0; x < tiles.width; ++x) all.at(left + x, y) = tiles.at(x, y);
  for (int i = 0; i < int(names_.size()); ++i) {
    const int middle = (sheet_.top(i) + sheet_.top(i + 1)) / 2;
    write(all, margin, middle - examples::letter_height * scale / 2, names_[std::size_t(i)], scale);
  }
  return all;
}

}  // namespace inpainting
