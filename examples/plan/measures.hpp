#pragma once
// How good paths are.

#include "cost.hpp"

namespace plan {

struct Measures {
  double free;        ///< share that touches nothing
  double mean, best;  ///< cost
  int ways;           ///< by how many different ways those go that touch nothing
};

Measures measure(const Eigen::MatrixXd& paths);

}  // namespace plan
