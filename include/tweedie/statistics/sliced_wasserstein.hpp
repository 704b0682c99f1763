#pragma once
// The sliced Wasserstein distance: W_p between the projections of two samples on a direction, averaged over directions,
//   SW_p^p = mean_θ W_p^p(θᵀx, θᵀy),      W_p^p(x, y) = ∫₀¹ |F⁻¹(u) − G⁻¹(u)|ᵖ du  in one dimension
// Bonneel, Rabin, Peyré and Pfister, Sliced and Radon Wasserstein barycenters of measures, J. Math. Imaging Vis. 51
// (2015). The integral is exact for samples of any two sizes: both quantile functions are steps.

#include <algorithm>
#include <cstdint>

#include "../state/noise.hpp"
#include "energy_distance.hpp"

namespace tweedie {

namespace detail {
/// ∫ |F⁻¹ − G⁻¹|ᵖ for the empirical laws of x and y, which it sorts. Heights of the steps are counted in units of
/// 1/(nm).
template <class Vector>
double wasserstein_power(Vector& x, Vector& y, double p) {
  std::sort(x.data(), x.data() + x.size());
  std::sort(y.data(), y.data() + y.size());
  const std::int64_t n = x.size(), m = y.size();
  double sum = 0;
  for (std::int64_t i = 0, j = 0, at = 0; i < n && j < m;) {
    const std::int64_t end_x = (i + 1) * m, end_y = (j + 1) * n, next = std::min(end_x, end_y);
    sum += double(next - at) * std::pow(std::abs(x[i] - y[j]), p);
    at = next;
    if (end_x == next) ++i;
    if (end_y == next) ++j;
  }
  return sum / (double(n) * double(m));
}

inline void check_order(const char* what, double p) {
  require(p >= 1 && std::isfinite(p), what, ": p = ", p, ", but must be finite and at least 1");
}
}  // namespace detail

/// W_p between two samples of one dimension (1 × n and 1 × m), exactly; p ≥ 1.
template <class X, class Y>
double wasserstein_1d(const X& x, const Y& y, double p = 2) {
  detail::check_order("wasserstein_1d", p);
  const auto [a, b] = detail::sample_pair("wasserstein_1d", 1, x, y);
  require(a.rows() == 1, "wasserstein_1d: the samples have dimension ", a.rows());
  Eigen::VectorXd u = a.row(0), v = b.row(0);
  return std::pow(detail::wasserstein_power(u, v, p), 1 / p);
}

/// `count` directions in d dimensions, the columns of d × count, uniform on the unit sphere. `noise` is a random
/// engine, Normals{seed}, or anything that `draw` takes.
template <class Noise>
Eigen::MatrixXd random_directions(Eigen::Index d, Eigen::Index count, Noise&& noise) {
  require(d > 0 && count > 0, "random_directions: d = ", d, " and count = ", count, " must be positive");
  Eigen::MatrixXd directions(d, count);
  draw(noise, directions, address(Purpose::directions));
  directions.colwise().normalize();
  return directions;
}

/// SW_p between the samples (columns, d × n and d × m) over the given directions, the columns of d × k, which are
/// scaled to length 1; p ≥ 1. In the units of the samples.
template <class X, class Y>
double sliced_wasserstein(const X& x, const Y& y, const Eigen::MatrixXd& directions, double p = 2) {
  detail::check_order("sliced_wasserstein", p);
  const auto [a, b] = detail::sample_pair("sliced_wasserstein", 1, x, y);
  require(directions.rows() == a.rows() && directions.cols() > 0, "sliced_wasserstein: directions of the shape ",
          directions.rows(), "x", directions.cols(), " for samples of dimension ", a.rows());
  double sum = 0;
  for (Eigen::Index k = 0; k < directions.cols(); ++k) {
    const double length = directions.col(k).norm();
    require(length > 0 && std::isfinite(length), "sliced_wasserstein: direction ", k, " has length ", length);
    Eigen::VectorXd on_a = a.transpose() * (directions.col(k) / length),
                    on_b = b.transpose() * (directions.col(k) / length);
    sum += detail::wasserstein_power(on_a, on_b, p);
  }
  return std::pow(sum / double(directions.cols()), 1 / p);
}

}  // namespace tweedie
