#pragma once
// Where the point mass moves: a corridor with discs in it, a start and a goal.

#include <Eigen/Core>
#include <array>

namespace plan {

struct Disc {
  double x, y, radius;
};

inline const Eigen::Vector2d start{-2.4, 0}, goal{2.4, 0};

inline constexpr double wall = 1.15;  ///< the corridor reaches from −wall to wall in y

inline constexpr std::array<Disc, 16> discs{{{-1.75, 0.05, 0.23},
                                             {-1.62, 0.78, 0.18},
                                             {-1.65, -0.76, 0.20},
                                             {-1.10, 0.42, 0.19},
                                             {-1.02, -0.36, 0.19},
                                             {-0.48, 0.92, 0.19},
                                             {-0.45, 0.06, 0.18},
                                             {-0.50, -0.84, 0.18},
                                             {0.12, 0.50, 0.20},
                                             {0.10, -0.42, 0.22},
                                             {0.72, 0.92, 0.16},
                                             {0.70, 0.02, 0.21},
                                             {0.68, -0.86, 0.18},
                                             {1.28, 0.44, 0.21},
                                             {1.24, -0.46, 0.18},
                                             {1.78, -0.02, 0.18}}};

}  // namespace plan
