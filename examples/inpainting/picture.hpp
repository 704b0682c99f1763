#pragma once
// The sheet: what was hidden, what was seen, and what each method makes of it.

#include "problem.hpp"
#include "support/picture.hpp"
#include "support/sheet.hpp"

namespace inpainting {

class Gallery {
 public:
  /// The upper row holds the digits, their seen halves and the means of their posteriors; one more follows for each
  /// method.
  Gallery(const std::vector<Problem>& problems, int methods);

  /// The first samples of each digit; samples: d × n of each.
  void add(const std::string& method, const std::vector<Eigen::MatrixXd>& samples);

  /// With the rows' names to the left.
  examples::Picture picture() const;

 private:
  static constexpr int shown = 4;                                                   // samples of a digit
  static constexpr int first_column(int problem) { return problem * (shown + 1); }  // a place is left empty

  std::vector<std::string> names_;
  examples::Sheet sheet_;
};

}  // namespace inpainting
