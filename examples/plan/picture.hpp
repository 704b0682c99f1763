#pragma once
// Panels of paths in the corridor, each in the colour of its cost.

#include <string>
#include <vector>

#include "cost.hpp"
#include "support/canvas.hpp"

namespace plan {

struct Panel {
  std::string title;
  Eigen::MatrixXd paths;
};

/// Three panels a row. Paths that touch something are grey; the colour of the others goes from `least` to three times
/// that.
examples::Canvas draw(const std::vector<Panel>& panels, double least);

}  // namespace plan
