#include "measures.hpp"

#include <set>

namespace plan {

Measures measure(const Eigen::MatrixXd& paths) {
  const Eigen::VectorXd cost = costs(paths);
  int free = 0;
  std::set<std::array<int, discs.size()>> ways;
  for (Eigen::Index i = 0; i < paths.cols(); ++i)
    if (free_of_collision(paths.col(i))) {
      ++free;
      ways.insert(way(paths.col(i)));
    }
  return {free / double(paths.cols()), cost.mean(), cost.minCoeff(), int(ways.size())};
}

}  // namespace plan
