#pragma once
// A path as a state: its free waypoints, one after the other. Start and goal are fixed and no part of it.

#include "support/exact.hpp"
#include "world.hpp"

namespace plan {

inline constexpr Eigen::Index waypoints = 20, dimension = 2 * waypoints;

/// Start, waypoints and goal of one column of paths: 2 × (waypoints + 2).
Eigen::Matrix2Xd corners(const Eigen::Ref<const Eigen::VectorXd>& path);

/// Smooth paths from start to goal, as if there were nothing in between:
///   log density = −½ Σ (tension |first difference|² + stiffness |second difference|²) + constant
/// A Brownian bridge stiffened, and its mean the straight line.
tweedie::Gaussian<double> smooth_paths();

}  // namespace plan
