#include "cost.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace plan {

namespace {

constexpr double margin = 0.07, depth = 0.02, of_length = 6;
constexpr int places = 3;  // of each straight piece, where the depth is looked at

double penalty(const Eigen::Vector2d& place) {
  const double beyond = std::max(std::abs(place.y()) + margin - wall, 0.0) / depth;
  double sum = beyond * beyond;
  for (const Disc& disc : discs) {
    const double reach = disc.radius + margin, square = (place - Eigen::Vector2d(disc.x, disc.y)).squaredNorm();
    if (square >= reach * reach) continue;
    const double inside = (reach - std::sqrt(square)) / depth;
    sum += inside * inside;
  }
  return sum;
}

double distance(const Eigen::Vector2d& from, const Eigen::Vector2d& to, const Eigen::Vector2d& point) {
  const Eigen::Vector2d piece = to - from;
  const double along = std::clamp((point - from).dot(piece) / std::max(piece.squaredNorm(), 1e-300), 0.0, 1.0);
  return (from + along * piece - point).norm();
}

/// From the direction a to the direction b, −π to π.
double turn(const Eigen::Vector2d& a, const Eigen::Vector2d& b) {
  return std::atan2(a.x() * b.y() - a.y() * b.x(), a.dot(b));
}

}  // namespace

Eigen::VectorXd costs(const Eigen::MatrixXd& paths) {
  Eigen::VectorXd all(paths.cols());
  for (Eigen::Index i = 0; i < paths.cols(); ++i) {
    double obstacles = 0, length = 0;
    Eigen::Vector2d from = start;
    for (Eigen::Index k = 0; k <= waypoints; ++k) {
      const Eigen::Vector2d to = k < waypoints ? Eigen::Vector2d(paths.col(i).segment<2>(2 * k)) : goal;
      for (int p = 1; p <= places; ++p) obstacles += penalty(from + (to - from) * p / places) / places;
      length += (to - from).norm();
      from = to;
    }
    all[i] = obstacles + of_length * (length - (goal - start).norm());
  }
  return all;
}

bool free_of_collision(const Eigen::Ref<const Eigen::VectorXd>& path) {
  const Eigen::Matrix2Xd points = corners(path);
  if (points.row(1).cwiseAbs().maxCoeff() >= wall) return false;
  for (const Disc& disc : discs)
    for (Eigen::Index k = 0; k + 1 < points.cols(); ++k)
      if (distance(points.col(k), points.col(k + 1), {disc.x, disc.y}) <= disc.radius) return false;
  return true;
}

std::array<int, discs.size()> way(const Eigen::Ref<const Eigen::VectorXd>& path) {
  const Eigen::Matrix2Xd points = corners(path);
  std::array<int, discs.size()> turns{};
  for (std::size_t i = 0; i < discs.size(); ++i) {
    const Eigen::Vector2d centre(discs[i].x, discs[i].y);
    double angle = -turn(start - centre, goal - centre);
    for (Eigen::Index k = 0; k + 1 < points.cols(); ++k)
      angle += turn(points.col(k) - centre, points.col(k + 1) - centre);
    turns[i] = int(std::lround(angle / (2 * std::numbers::pi)));
  }
  return turns;
}

}  // namespace plan
