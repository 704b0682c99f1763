#pragma once
// What a path costs, beside what the law of smooth paths says of it.

#include "paths.hpp"

namespace plan {

/// Of each column: the square of how deep it goes into the discs, the walls and a margin about them, along the way, and
/// its length beyond the shortest.
Eigen::VectorXd costs(const Eigen::MatrixXd& paths);

/// Whether the way, straight between its corners, touches no disc and no wall.
bool free_of_collision(const Eigen::Ref<const Eigen::VectorXd>& path);

/// By which way it goes from start to goal: how often it winds about each disc more than the straight line does. Two
/// paths that can be drawn into each other without touching a disc have the same.
std::array<int, discs.size()> way(const Eigen::Ref<const Eigen::VectorXd>& path);

}  // namespace plan
