#pragma once
// Which levels to stop at. A cost is given for every pair of levels, t to the cleaner s, and the trajectory of K steps
// between the two ends of a grid with the least sum is found by dynamic programming in O(n²K):
//   C_k(s) = min_t  C_{k−1}(t) + cost(t, s)
// Watson et al., Learning to efficiently sample from diffusion probabilistic models, arXiv:2106.03802v1, section 4.
// The analytic cost is what a step of DDPM loses by its optimal variance z² = β̃² + c² v, in nats per dimension:
//   ½ ln(z²/β̃²) = ½ ln(1 + (SNR_s − SNR_t) v_t),   SNR = α²/σ²                                                  [ADPM-6]
// Bao et al., Analytic-DPM, arXiv:2201.06503v3, theorem 3 and eq. 14. Their form for DDPM (corollary 4), ½ ln(1 −
// b²_{t|s} Γ_t), is the same less ½ ln(SNR_s/SNR_t), which telescopes; ours needs no α² + σ² = 1, and for v ≥ 0 it has
// no logarithm of a negative number.

#include <cstddef>
#include <limits>
#include <type_traits>
#include <utility>

#include "../schedule/schedule.hpp"

namespace tweedie {

struct Path {
  std::vector<std::size_t> nodes;  ///< steps + 1 of them, from 0 to n − 1
  double cost;
};

/// The paths of least cost from node 0 to node n − 1 in 1, 2, …, `most` steps, each to a later node; of equal ones,
/// that with the earlier stops. cost(i, j), i < j, may be +∞: that step is not taken. A path that does not exist has no
/// nodes and the cost +∞. Throws std::invalid_argument for a cost that is NaN or −∞.
template <class Cost>
std::vector<Path> least_cost_paths(std::size_t n, int most, const Cost& cost) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  require(most >= 1 && std::size_t(most) < n, "least cost: ", most, " steps, but between ", n,
          " levels there can be 1 to ", std::ptrdiff_t(n) - 1);
  std::vector<std::vector<double>> costs(n);  // costs[j][i] of i → j
  for (std::size_t j = 1; j < n; ++j)
    for (std::size_t i = 0; i < j; ++i) {
      costs[j].push_back(cost(i, j));
      require(costs[j][i] > -infinity, "least cost: the cost from node ", i, " to node ", j, " is ", costs[j][i],
              ", but must be a number or +inf");
    }
  const auto steps = std::size_t(most);
  std::vector<std::vector<std::size_t>> before(
      steps, std::vector<std::size_t>(n));  // before[k][j]: of node j after k + 1 steps
  std::vector<double> least(n, infinity);
  least[0] = 0;
  std::vector<Path> paths;
  for (std::size_t k = 0; k < steps; ++k) {
    std::vector<double> next(n, infinity);
    for (std::size_t j = 1; j < n; ++j)
      for (std::size_t i = 0; i < j; ++i)
        if (const double sum = least[i] + costs[j][i]; sum < next[j]) {
          next[j] = sum;
          before[k][j] = i;
        }
    least = std::move(next);
    Path path{{}, least[n - 1]};
    if (path.cost < infinity) {
      path.nodes.assign(k + 2, n - 1);
      for (std::size_t i = k + 1; i-- > 0;) path.nodes[i] = before[i][path.nodes[i + 1]];
    }
    paths.push_back(std::move(path));
  }
  return paths;
}

/// A grid of the levels to stop at.
struct Trajectory {
  Grid grid;
  double cost;                        ///< the sum over its steps, without an analytic cost onto the data
  std::vector<std::size_t> left_out;  ///< levels of the candidates that could not be priced, see optimal_trajectory
};

/// The trajectory of least cost in `steps` steps through `candidates`, both ends kept. cost(t, s) is that of a step
/// between two levels. Throws std::invalid_argument where there is none.
template <class Cost>
Trajectory least_cost(const Grid& candidates, int steps, const Cost& cost) {
  static_assert(std::is_invocable_r_v<double, const Cost&, const Level&, const Level&>,
                "tweedie: a cost is callable as cost(t, s) on two levels and returns a number");
  check_grid(candidates);
  const Path path = least_cost_paths(candidates.size(), steps, [&](std::size_t i, std::size_t j) {
                      return cost(candidates[i], candidates[j]);
                    }).back();
  require(!path.nodes.empty(), "least cost: no ", steps, " steps of finite cost lead from the first level to the last");
  Trajectory trajectory{{}, path.cost, {}};
  for (const std::size_t i : path.nodes) trajectory.grid.push_back(candidates[i]);
  return trajectory;
}

/// ½ ln(1 + (SNR_s − SNR_t) v), the analytic cost of a step to a cleaner s > clean, in nats per dimension. v is Var[x₀
/// | x_t]. NaN where v is so negative that the logarithm has no value (their b²_{t|s}Γ_t > 1).
inline double analytic_cost(const Level& t, const Level& s, double v) {
  require(s.sigma > 0, "analytic cost: it is infinite onto sigma = 0");
  const double from = lambda(t), to = lambda(s);
  if (from == to || v == 0) return 0;
  if (!(v > 0 && from < to)) return std::log1p((std::exp(2 * to) - std::exp(2 * from)) * v) / 2;
  // ln(1 + e^(−2a)) with e^(−2a) = SNR_s (1 − SNR_t/SNR_s) v: SNR itself may be more than a double holds.
  return variance_preserving_integral(-to - std::log(-std::expm1(2 * (from - to)) * v) / 2) / 2;
}

/// The trajectory of least analytic cost in `steps` steps through `candidates`, from noise to data. variance(t) is
/// Var[x₀ | x_t]. Where the candidates end at σ = 0, the last step onto it, whose cost is infinite, is taken from the
/// level before it. An estimate of v may be negative, which no v is; its level cannot be priced. It is not stopped at,
/// and named in `left_out`; the first level, which must be, is then priced with the v of the nearest level that can be.
/// Throws std::invalid_argument for a grid that does not go from noise to data and for more steps than there are levels
/// left.
template <class Variance>
Trajectory optimal_trajectory(const Grid& candidates, int steps, const Variance& variance) {
  static_assert(std::is_invocable_r_v<double, const Variance&, const Level&>,
                "tweedie: a variance is callable as variance(level) and returns Var[x0 | x_t] per dimension, a number");
  check_grid(candidates);
  std::size_t n = candidates.size();
  while (n > 0 && candidates[n - 1].sigma == 0) --n;  // the data may stand there more than once
  const bool to_data = n < candidates.size();
  require(n >= 2 && lambda(candidates.front()) < lambda(candidates[n - 1]),
          "optimal trajectory: the candidates must go from noise to data, with two levels of noise at least");

  std::vector<std::size_t> priced, left_out;
  std::vector<double> v;  // of the priced
  for (std::size_t i = 0; i < n; ++i) {
    const double value = i + 1 == n ? 0 : variance(candidates[i]);  // no step is priced from the last
    require(std::isfinite(value), "optimal trajectory: the variance at time ", candidates[i].time, " is ", value,
            ", but must be finite");
    if (value < 0) {
      left_out.push_back(i);
      if (i > 0) continue;
    }
    priced.push_back(i);
    v.push_back(value);
  }
  require(priced.size() > 2 || left_out.empty() || left_out.front() > 0,
          "optimal trajectory: no level but the last has a variance that is not negative");
  if (v[0] < 0) v[0] = v[1];
  const int inner = steps - (to_data ? 1 : 0);
  require(inner >= 1 && std::size_t(inner) < priced.size(), "optimal trajectory: ", steps, " steps, but ",
          priced.size(), " levels that can be priced", to_data ? " and the data" : "", " allow ", to_data ? 2 : 1,
          " to ", priced.size() - (to_data ? 0 : 1));
  const Path path = least_cost_paths(priced.size(), inner, [&](std::size_t i, std::size_t j) {
                      return analytic_cost(candidates[priced[i]], candidates[priced[j]], v[i]);
                    }).back();
  Trajectory trajectory{{}, path.cost, std::move(left_out)};
  for (const std::size_t i : path.nodes) trajectory.grid.push_back(candidates[priced[i]]);
  if (to_data) trajectory.grid.push_back(candidates.back());
  return trajectory;
}

}  // namespace tweedie
