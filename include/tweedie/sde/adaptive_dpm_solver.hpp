#pragma once
// DPM-Solver with steps h in λ that control their own error. In a step of order p, 2 or 3, one of order p − 1 is embedded, made of the same estimates;
// the difference of their ends, x_s and x̃_s, is the error, by which x_s is kept or the step repeated, and which the next step follows:
//   E = √mean(((x_s − x̃_s)/δ)²),   δ = max(absolute, relative·max(|x̃_s|, |x̃ of the step before|)),   h ← f h,   f = θ E^(−1/p),   kept where E ≤ 1
// Lu et al., DPM-Solver, arXiv:2206.00927v3, section 3.4 and the appendix on DPM-Solver-12 and DPM-Solver-23; in x̂₀ it is DPM-Solver++.
// The rows are those of sampler/singlestep_dpm_solver.hpp. As many as the estimates themselves ask for, they make no table: the sampler is a run.

#include <functional>
#include <stdexcept>

#include "../sample/apply.hpp"
#include "../sampler/ancestral.hpp"
#include "../sampler/singlestep_dpm_solver.hpp"
#include "adaptive_flow.hpp"
#include "coupling.hpp"

namespace tweedie {

/// The factor of the step from its error E and those of the two before it that were kept, E₁ and E₂ (E while there are none):
///   f = θ E^(−b₁) E₁^(−b₂) E₂^(−b₃),   b₁ = (p + i + d)/q,   b₂ = −(p + 2d)/q,   b₃ = d/q,   q the order of the step
/// Söderlind, Digital filters in adaptive time-stepping, ACM Trans. Math. Softw. 29 (2003); the default is the rule above. That of k-diffusion is
/// {.safety = 1, .accept = 0.81, .smooth = true, .floor = 1e-8}.
struct StepControl {
  double p = 0, i = 1, d = 0;  ///< proportional, integral and derivative gain
  double safety = 0.9;         ///< θ > 0
  double accept = 0.9;  ///< A step is kept where f is at least this: where E ≤ 1, if it is θ and i the only gain.
  bool smooth = false;  ///< 1 + atan(f − 1) takes the place of f: between 0.2 and 2.6
  double floor = 0;     ///< ≥ 0, added to each error

  double factor(double error, double before, double earlier, int order) const {
    const double q = order, f = safety * std::pow(error + floor, -(p + i + d) / q) *
                                std::pow(before + floor, (p + 2 * d) / q) * std::pow(earlier + floor, -d / q);
    return smooth ? 1 + std::atan(f - 1) : f;
  }
};

/// The error of a batch with one step for all: that of its worst sample (the authors' code) or the mean over all (k-diffusion).
enum class BatchError {
  worst,
  mean
};

/// sample(denoise, AdaptiveDPMSolver{.at = at_lambda(schedule)}, x, {t, s}). A grid of more levels stops at each.
struct AdaptiveDPMSolver {
  int order = 2;  ///< 2: DPM-Solver-12. 3: DPM-Solver-23. Also the number of evaluations a step
  Prediction prediction = Prediction::x0;  ///< x0 or eps
  /// The level of each λ. The grid's own levels must belong to it.
  std::function<Level(double lambda)> at{};
  double relative_tolerance = 0.05, absolute_tolerance = 0.0078;  ///< ≥ 0, > 0. As published, for pixels in [−1, 1].
  double first_step = 0.05;                                       ///< in λ, > 0
  StepControl control{};
  /// 0 to 1: a step goes on to below s and by the forward process back up, as Ancestral's, but not below the end of the grid. With noise the grid leads
  /// towards the data.
  double eta = 0;
  /// `sample`: each sample has its own steps, and the denoiser sees one a call, so that batch mates change nothing; an observer is called at the
  /// levels of the grid. `batch`, as published: one step for all, and an observer is called after each.
  Coupling coupling = Coupling::sample;
  BatchError batch_error = BatchError::worst;
  Moments moments = Moments::exact;  ///< of the rows of order 2 onto s. Published is Moments::midpoint.
  int evaluations = 10000;           ///< of the denoiser for one sample (or batch) between two levels, at most

  /// Along the grid, either way, with α > 0 and σ > 0 all along. Step k after level i draws the noise of row i·evaluations + k. Throws
  /// std::invalid_argument for what is said to be refused above, std::runtime_error where the tolerance is not met.
  template <class D, State X, class Noise, class Observer>
  X run(const D& denoise, X x, const Grid& grid, const Noise& noise, const Observer& observer) const {
    check(grid);
    for (const Level& t : grid) check_denoiser(denoise, t);
    const bool each = coupling == Coupling::sample;
    if constexpr (detail::DenseExpression<X>)
      require(!each || samples(x) == 1 || X::ColsAtCompileTime == Eigen::Dynamic,
              "AdaptiveDPMSolver: a state of a fixed number of samples, ", samples(x),
              ", cannot be walked one by one; give it Coupling::batch");
    std::vector<Walk<X>> walks;
    for (Eigen::Index j = 0; j < (each ? samples(x) : 1); ++j) {
      const X start = each ? detail::one_sample(x, j) : x;
      walks.push_back({start, start, grid.front(), first_step});
    }
    X z = x;
    for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
      for (Walk<X>& walk : walks) walk.used = 0, walk.arrived = false;
      for (std::int64_t k = 0, walking = std::int64_t(walks.size()); walking > 0; ++k) {
        if (eta > 0) noise(z, std::int64_t(i) * evaluations + k);
        for (std::size_t j = 0; j < walks.size(); ++j) {
          Walk<X>& walk = walks[j];
          if (walk.arrived) continue;
          const Level from = walk.level;
          const double deviation = advance(denoise, walk, grid[i], grid[i + 1], grid.back());
          if (deviation > 0)
            columns(walk.x) += typename X::Scalar(deviation) * columns(z).middleCols(Eigen::Index(j), samples(walk.x));
          if (walk.arrived) --walking;
          if (each)
            columns(x).col(Eigen::Index(j)) = columns(walk.x).col(0);
          else if (!observer(Step{from, walk.level, {}}, walk.x, denoise.newest()))
            return walk.x;
        }
      }
      if (each && !observer(Step{grid[i], grid[i + 1], {}}, x, denoise.newest())) break;
    }
    return each ? x : walks.front().x;
  }

 private:
  /// A sample, or a batch, on its way.
  template <State X>
  struct Walk {
    X x, lower;  // lower: x̃ of the step before
    Level level;
    double h;                            // of the next step, without its sign
    double before = NAN, earlier = NAN;  // E₁ and E₂
    int used = 0;
    bool arrived = false;
  };

  void check(const Grid& grid) const {
    require(order == 2 || order == 3, "AdaptiveDPMSolver: order = ", order, ", but it must be 2 or 3");
    require(prediction == Prediction::x0 || prediction == Prediction::eps,
            "AdaptiveDPMSolver: its polynomial goes through x0 or eps");
    require(relative_tolerance >= 0 && std::isfinite(relative_tolerance),
            "AdaptiveDPMSolver: relative_tolerance = ", relative_tolerance, " must be finite and not negative");
    require(absolute_tolerance > 0 && std::isfinite(absolute_tolerance),
            "AdaptiveDPMSolver: absolute_tolerance = ", absolute_tolerance, " must be finite and positive");
    require(first_step > 0, "AdaptiveDPMSolver: first_step = ", first_step, " must be positive");
    require(control.safety > 0 && control.floor >= 0, "AdaptiveDPMSolver: its control has safety = ", control.safety,
            " and floor = ", control.floor, ", but they must be positive and not negative");
    require(eta >= 0 && eta <= 1, "AdaptiveDPMSolver: eta = ", eta, " is outside [0, 1]");
    require(eta == 0 || lambda(grid.back()) >= lambda(grid.front()),
            "AdaptiveDPMSolver: with noise it goes towards less noise only");
    require(bool(at), "AdaptiveDPMSolver: give it the level of each lambda, .at = at_lambda(schedule)");
    for (const Level& t : grid) {
      require(t.alpha > 0 && t.sigma > 0, "AdaptiveDPMSolver: at time ", t.time, " alpha = ", t.alpha,
              " and sigma = ", t.sigma, ", but steps in lambda end where it is infinite; let one row of DDIM{} lead ",
              "from alpha = 0, or to the data");
      const Level same = at(lambda(t));
      require(std::fabs(same.alpha - t.alpha) <= 1e-6 * t.alpha && std::fabs(same.sigma - t.sigma) <= 1e-6 * t.sigma,
              "AdaptiveDPMSolver: the level at time ", t.time, " has alpha = ", t.alpha, " and sigma = ", t.sigma,
              ", but .at gives ", same.alpha, " and ", same.sigma, " for its lambda = ", lambda(t),
              "; is it at_lambda of another schedule?");
    }
  }

  /// The next step that is kept, towards s; returns the deviation of the noise that it takes. `t` is where s was set out for.
  template <class D, State X>
  double advance(const D& denoise, Walk<X>& walk, const Level& t, const Level& s, const Level& end) const {
    using Scalar = typename X::Scalar;
    const Level from = walk.level;
    const double start = lambda(from), left = lambda(s) - start, least = 1e-12 * (1 + std::fabs(start));
    if (std::fabs(left) < least) {  // the same ratio, and x/σ stands still
      flat(walk.x) *= Scalar(s.sigma / from.sigma);
      walk.level = s, walk.arrived = true;
      return 0;
    }
    const std::size_t p = std::size_t(order);
    std::array<X, 3> x0, eps;
    const auto estimate_at = [&](std::size_t j, const X& x, const Level& level) {
      denoise(x, level, x0[j]);
      eps[j] = x;
      flat(eps[j]) = (flat(x) - Scalar(level.alpha) * flat(x0[j])) / Scalar(level.sigma);
      ++walk.used;
    };
    const auto combined = [&](const Row& row, std::size_t j, X& out) {  // of the estimates 0 to j
      Terms<X> terms;
      for (std::size_t k = 0; k <= j; ++k) {
        if (row.x0[k] != 0) terms.add(row.x0[k], x0[j - k]);
        if (row.eps[k] != 0) terms.add(row.eps[k], eps[j - k]);
      }
      apply(0, out, terms);
    };
    estimate_at(0, walk.x, from);
    X stage = walk.x, lower = walk.x;
    while (true) {
      const bool last = walk.h >= std::fabs(left) * (1 - 1e-6);
      const double h = last ? left : std::copysign(walk.h, left);
      if ((!last && !(walk.h > least)) || walk.used + order - 1 > evaluations)
        throw std::runtime_error(
            sentence("AdaptiveDPMSolver: from time ", t.time, " to ", s.time, " it stands at time ", from.time,
                     " (lambda = ", start, ") after ", walk.used, " evaluations, with a step of ", walk.h,
                     " in lambda; the tolerance (relative ", relative_tolerance, ", absolute ", absolute_tolerance,
                     ") is not met: the flow is too stiff there, or the denoiser too rough"));
      const Level to = last ? s : at(start + h);
      // σ_d/α_d = √(σ_s² − τ²)/α_s, τ² = η² σ_s² (1 − e^(−2h))
      const double below = lambda(to) - std::log1p(eta * eta * std::expm1(-2 * h)) / 2;
      const Level down = eta == 0 ? to : below >= lambda(end) ? end : at(below);
      Grid levels{from};
      for (int j = 1; j < order; ++j) levels.push_back(at(start + (lambda(down) - start) * j / order));
      levels.push_back(down);
      const SinglestepDPMSolver method{.prediction = prediction, .moments = order == 3 ? Moments::exact : moments};
      Table rows = method.stages(levels);
      const std::array nodes{Node{from, p - 1}, Node{levels[1], p - 2}};
      const Row embedded =
          started(exponential_row(from, down, std::span(nodes).first(p - 1), prediction, 0, moments), from, p - 1);
      rows.back().row = then_forward(rows.back().row, down, to);

      for (std::size_t j = 0; j < p; ++j) {
        if (j > 0) estimate_at(j, stage, levels[j]);
        combined(rows[j].row, j, stage);
      }
      combined(then_forward(embedded, down, to), p - 1, lower);
      const double error = distance(stage, lower, walk.lower);
      const bool first = std::isnan(walk.before);
      const double factor = control.factor(error, first ? error : walk.before, first ? error : walk.earlier, order),
                   next = factor * std::fabs(h);
      if (factor >= control.accept) {
        walk.x = stage, walk.lower = lower, walk.level = to, walk.arrived = last;
        walk.earlier = first ? error : walk.before, walk.before = error;
        walk.h = last ? std::max(walk.h, next) : next;  // a step cut short at s does not shorten the next
        return rows.back().row.z;
      }
      walk.h = next;
    }
  }

  /// E
  template <State X>
  double distance(const X& x, const X& lower, const X& before) const {
    using Scalar = typename X::Scalar;
    X error = x;
    flat(error) =
        (flat(x) - flat(lower)) /
        (Scalar(relative_tolerance) * flat(lower).abs().max(flat(before).abs())).max(Scalar(absolute_tolerance));
    const Eigen::Matrix<Scalar, 1, Eigen::Dynamic> squares = columns(error).colwise().squaredNorm();
    const double square = double(batch_error == BatchError::mean ? squares.mean() : squares.maxCoeff());
    return std::sqrt(square / double(columns(error).rows()));
  }
};

}  // namespace tweedie
