#pragma once
// DPM-Solver with steps h in λ that control their own error. In a step of order q, 2 or 3, one of order q − 1 is
// embedded, made of the same estimates. How far their ends x_s and x̃_s differ decides whether x_s is kept or the step
// repeated, and how long the next one is:
//   E = √mean(((x_s − x̃_s)/δ)²),   δ = max(absolute, relative·max(|x̃_s|, |x̃ of the step before|)),   h ← f h,   f = θ E^(−1/q),   kept where E ≤ 1
// Lu et al., DPM-Solver, arXiv:2206.00927v3, section 3.4 and appendix, DPM-Solver-12 and DPM-Solver-23; in x̂₀ they are
// of DPM-Solver++. The rows are those of sampler/singlestep_dpm_solver.hpp. How many there are depends on the
// estimates, so that no table serves: it is a run.

#include <stdexcept>
#include <utility>
#include <vector>

#include "../sample/sample.hpp"
#include "../sampler/ddim.hpp"
#include "../sampler/singlestep_dpm_solver.hpp"
#include "../sampler/transition.hpp"
#include "../state/coupling.hpp"
#include "adaptive_flow.hpp"
#include "numbers.hpp"

namespace tweedie {

/// f from the error E of a step and those, E₁ and E₂, of the two kept before it (E while there are none):
///   f = 1 + atan(y − 1),   y = θ E^(−b₁) E₁^(−b₂) E₂^(−b₃),   b₁ = (p + i + d)/q,   b₂ = −(p + 2d)/q,   b₃ = d/q
/// Söderlind, Digital filters in adaptive time-stepping, ACM Trans. Math. Softw. 29 (2003). The authors of DPM-Solver
/// have y itself, {.smooth = false, .floor = 0}, and repeat more steps; k-diffusion has {.safety = 1, .accept = 0.81}.
struct StepControl {
  double p = 0, i = 1, d = 0;  ///< proportional, integral and derivative gain
  double safety = 0.9;         ///< θ > 0
  double accept = 0.9;  ///< A step is kept where f is at least this; with accept = θ and i alone, where E ≤ 1.
  bool smooth = true;   ///< f between 0.2 and 2.6; otherwise y
  double floor = 1e-8;  ///< ≥ 0, added to each error

  double factor(double error, double before, double earlier, int q) const {
    const double y = safety * std::pow(error + floor, -(p + i + d) / q) * std::pow(before + floor, (p + 2 * d) / q) *
                     std::pow(earlier + floor, -d / q);
    return smooth ? 1 + std::atan(y - 1) : y;
  }
};

/// The error of a batch with one step for all: that of its worst sample, as the authors have it, or the mean over all,
/// as k-diffusion.
enum class BatchError {
  worst,
  mean
};

/// sample(denoise, AdaptiveDPMSolver{.at = at_lambda(schedule)}, x, {t, s}) goes from t to s, to either side. A grid of
/// more levels stops at each.
struct AdaptiveDPMSolver {
  int order = 3;                           ///< q, 2 or 3, also the evaluations of a step; one less where it is repeated
  Prediction prediction = Prediction::x0;  ///< x0 or eps
  LevelOfLambda at{};                      ///< The grid's own levels must belong to it.
  double relative_tolerance = 0.05;        ///< ≥ 0
  double absolute_tolerance = 0.0078;      ///< > 0; as published, for pixels in [−1, 1]
  double first_step = 0.05;                ///< in λ, > 0
  StepControl control{};
  /// 0 to 1, above 0 towards the data only: a step leads below s and the forward process back up, as in Ancestral,
  /// though not below the grid's end.
  double eta = 0;
  /// `sample`: each sample has its own steps, and the denoiser sees one sample a call, so that batch mates change
  /// nothing; an observer is called at the levels of the grid. `batch`, as published: one step for all, after which an
  /// observer is called.
  Coupling coupling = Coupling::sample;
  BatchError batch_error = BatchError::worst;
  Moments moments = Moments::exact;  ///< of the rows of order 2 onto s; published: midpoint
  int evaluations = 100000;          ///< of the denoiser for one sample (or batch) between two levels, at most

  /// Along the grid. Step k from level i draws the noise of row i·evaluations + k. Throws std::invalid_argument where α
  /// = 0 or σ = 0, for levels that `at` does not have and for fields out of range, std::runtime_error where the
  /// tolerance is not met.
  template <class D, State X, class Noise, class Observer>
  X run(const D& denoise, X x, const Grid& grid, const Noise& noise, const Observer& observer) const {
    check(grid);
    check_denoiser(denoise, grid.front());
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
      std::size_t walking = walks.size();
      for (std::int64_t k = 0; walking > 0; ++k) {
        if (eta > 0) noise(z, std::int64_t(i) * evaluations + k);
        for (Eigen::Index j = 0; j < Eigen::Index(walks.size()); ++j) {
          Walk<X>& walk = walks[std::size_t(j)];
          if (walk.arrived) continue;
          const Level from = walk.level;
          const auto deviation = typename X::Scalar(advance(denoise, walk, grid[i], grid[i + 1], grid.back()));
          if (deviation > 0) columns(walk.x) += deviation * columns(z).middleCols(j, samples(walk.x));
          if (walk.arrived) --walking;
          if (!each && !observer(Step{from, walk.level, {}}, walk.x, denoise.newest())) return walk.x;
        }
      }
      if (!each) continue;
      for (Eigen::Index j = 0; j < samples(x); ++j) columns(x).col(j) = columns(walks[std::size_t(j)].x).col(0);
      if (!observer(Step{grid[i], grid[i + 1], {}}, x, denoise.newest())) return x;
    }
    return each ? x : walks.front().x;
  }

 private:
  /// A sample, or a batch, on its way.
  template <State X>
  struct Walk {
    X x, lower;  // lower: x̃ of the step before
    Level level;
    double h;                                          // of the next step, without its sign
    double before = Level::unknown, earlier = before;  // E₁, E₂
    int used = 0;
    bool arrived = false;
  };

  void check(const Grid& grid) const {
    require(order == 2 || order == 3, "AdaptiveDPMSolver: order = ", order, ", but it must be 2 or 3");
    require(relative_tolerance >= 0 && absolute_tolerance > 0 && std::isfinite(relative_tolerance + absolute_tolerance),
            "AdaptiveDPMSolver: relative_tolerance = ", relative_tolerance,
            " and absolute_tolerance = ", absolute_tolerance,
            ", but both must be finite, the first not negative and the second positive");
    require(first_step >= 1e-8 && control.safety > 0 && control.floor >= 0,
            "AdaptiveDPMSolver: first_step = ", first_step, ", safety = ", control.safety, ", floor = ", control.floor,
            ", but they must be positive, the last perhaps 0");
    require(eta >= 0 && eta <= 1, "AdaptiveDPMSolver: eta = ", eta, " is outside [0, 1]");
    require(eta == 0 || lambda(grid.back()) >= lambda(grid.front()),
            "AdaptiveDPMSolver: with noise it goes towards less noise only");
    require(bool(at), "AdaptiveDPMSolver: give it the level of each lambda, .at = at_lambda(schedule)");
    for (const Level& t : grid) {
      require(t.alpha > 0 && t.sigma > 0, "AdaptiveDPMSolver: at time ", t.time, " alpha = ", t.alpha,
              ", sigma = ", t.sigma,
              ", where lambda is infinite, and it has steps in lambda; let one row of DDIM{} lead from or to it");
      const Level same = at(lambda(t));
      require(std::fabs(same.alpha - t.alpha) <= 1e-6 * t.alpha && std::fabs(same.sigma - t.sigma) <= 1e-6 * t.sigma,
              "AdaptiveDPMSolver: the level at time ", t.time, " has alpha = ", t.alpha, " and sigma = ", t.sigma,
              ", but .at gives ", same.alpha, " and ", same.sigma, "; is it at_lambda of another schedule?");
    }
  }

  /// q rows from t to s, the last of the lower order, which lead to x̃_s, and one for x_s − x̃_s, of the estimates,
  /// since the states would cancel.
  Table attempt(const Level& t, const Level& s) const {
    const std::size_t q = std::size_t(order);
    Grid levels{t};
    for (int j = 1; j < order; ++j) levels.push_back(at(lambda(t) + (lambda(s) - lambda(t)) * j / order));
    levels.push_back(s);
    const SinglestepDPMSolver method{.prediction = prediction, .moments = order == 3 ? Moments::exact : moments};
    const std::array nodes{Node{t, q - 1}, Node{levels[1], q - 2}};
    const Row lower = exponential_row(t, s, std::span(nodes).first(q - 1), prediction, 0, moments),
              higher = method.whole(levels, q);
    Table rows = method.stages(levels);
    rows.back().row = started(lower, t, q - 1);
    Row difference;
    for (std::size_t k = 0; k < q; ++k) {  // a row later
      difference.x0[k + 1] = higher.x0[k] - lower.x0[k];
      difference.eps[k + 1] = higher.eps[k] - lower.eps[k];
    }
    rows.push_back({s, s, difference});
    return rows;
  }

  /// Walks the next step that is kept, towards s, and returns the deviation of the noise that belongs to it. The way
  /// between two levels began at t.
  template <class D, State X>
  double advance(const D& denoise, Walk<X>& walk, const Level& t, const Level& s, const Level& end) const {
    using Scalar = typename X::Scalar;
    const Level from = walk.level;
    const double start = lambda(from), left = lambda(s) - start, least = 1e-8;
    if (std::fabs(left) < least) {  // stages would be one level
      walk.x = sample(denoise, DDIM{}, walk.x, {from, s});
      walk.level = s, walk.arrived = true;
      return 0;
    }
    X x0 = walk.x, lower = walk.x;  // x0: of walk.x, made once however often the step is repeated
    for (int attempts = 0;; ++attempts) {
      const bool last = walk.h >= std::fabs(left) * (1 - 1e-6);
      if (!(walk.h >= least) || walk.used + order - (attempts > 0 ? 1 : 0) > evaluations)
        throw std::runtime_error(
            sentence("AdaptiveDPMSolver: from time ", t.time, " to ", s.time, " it stands at time ", from.time,
                     " (lambda = ", start, ") after ", walk.used, " evaluations, with a step of ", walk.h,
                     " in lambda; the tolerance (relative ", relative_tolerance, ", absolute ", absolute_tolerance,
                     ") is not met: the flow is too stiff there, or the denoiser too rough"));
      const double h = last ? left : std::copysign(walk.h, left);
      const Level to = last ? s : at(start + h);
      // σ_d/α_d = √(σ_s² − τ²)/α_s, where τ² = η² σ_s² (1 − e^(−2h))
      const double below = lambda(to) - std::log1p(eta * eta * std::expm1(-2 * h)) / 2;
      const Level down = eta == 0 ? to : below >= lambda(end) ? end : at(below);

      int row = 0;
      const auto known = [&](const X& y, const Level& level, X& out) {
        if (row == 0 && attempts > 0) return void(out = x0);
        denoise(y, level, out);
        ++walk.used;
        if (row == 0) x0 = out;
      };
      const auto look = [&](const Step&, const X& y, const X&) {
        if (++row == order) lower = y;
      };
      const X difference = sample(known, attempt(from, down), walk.x, NoNoise{}, look);
      const double error = error_of(difference, lower, walk.lower);
      const bool first = std::isnan(walk.before);
      const double f = control.factor(error, first ? error : walk.before, first ? error : walk.earlier, order);
      if (!(f >= control.accept)) {
        walk.h = f * std::fabs(h);
        continue;
      }
      walk.h = std::max(last ? walk.h : 0, f * std::fabs(h));  // a step cut short at s does not shorten the next
      walk.earlier = first ? error : walk.before, walk.before = error;
      walk.level = to, walk.arrived = last, walk.lower = lower;
      const auto [a, variance] = transition(down, to);
      flat(walk.x) = Scalar(a) * (flat(lower) + flat(difference));
      return std::sqrt(variance);
    }
  }

  /// E
  template <State X>
  double error_of(const X& difference, const X& lower, const X& before) const {
    using Scalar = typename X::Scalar;
    const auto size = flat(lower).abs().max(flat(before).abs());
    X ratio = difference;
    flat(ratio) /= (Scalar(relative_tolerance) * size).max(Scalar(absolute_tolerance));
    const NumberOfEach<X> squares = columns(ratio).colwise().squaredNorm().template cast<double>();
    return std::sqrt((batch_error == BatchError::mean ? squares.mean() : squares.maxCoeff()) /
                     double(columns(ratio).rows()));
  }
};

}  // namespace tweedie
