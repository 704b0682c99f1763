#pragma once
// The probability flow between two levels, by steps that control their own error. Its linear part is gone in either of
//   towards the data   d(x/σ) = x̂₀ d(α/σ)         towards noise   d(x/α) = ε̂ d(σ/α)                           [SDE-15, DDIM-5]
// so that a Runge-Kutta step, with the coefficients a, b, c of Dormand and Prince, is a quadrature of estimates. With ρ
// = α/σ and ρ_s = ρ_t + Δ
//   X_i = (σ_i/σ_t) x_t + σ_i Δ Σ_j a_ij x̂₀(X_j, ρ_t + c_j Δ)      x_s = (σ_s/σ_t) x_t + σ_s Δ Σ_i b_i x̂₀(X_i, ρ_t + c_i Δ)
// exact where x̂₀ stands still; towards noise the same with σ/α, ε̂ and α in the places of ρ, x̂₀ and σ. No rate of the
// schedule is asked for, and α = 0 is a value (ρ = 0). σ = 0 is not (ρ = ∞): the flow ends at a level with a little
// noise, from where one DDIM row leads to the data.

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "../sample/estimate.hpp"
#include "../schedule/level_at.hpp"
#include "../state/coupling.hpp"
#include "dormand_prince.hpp"
#include "numbers.hpp"

namespace tweedie {

namespace detail {
/// No quantity is integrated beside the state.
struct NoRates {
  template <State X>
  void operator()(const X&, const Level&, Numbers<X>&, Eigen::Index) const {}
};
}  // namespace detail

/// A sampler: sample(denoise, AdaptiveFlow{.at = at_lambda(schedule)}, x, {t, s}) goes along the flow from t to s, to
/// either side. A grid of more levels stops at each, for an observer.
struct AdaptiveFlow {
  /// The level of each λ. The ends of a step are the grid's own levels, and must belong to it.
  LevelOfLambda at{};
  /// What the error of a step comes to at the end, if the flow carries it on as it does x/σ, is held to absolute +
  /// relative·|x| in the root of the mean square over a sample; so is that of a log-density beside it.
  double relative_tolerance = 1e-5, absolute_tolerance = 1e-5;
  /// `sample`: each sample has its own steps, and the denoiser sees one sample a call, so that batch mates change
  /// nothing. `batch`: one step for all, that of the worst; a network is then given the whole batch, and an observer
  /// the estimate, which is empty for it otherwise.
  Coupling coupling = Coupling::sample;
  int evaluations = 100000;  ///< of the denoiser for one sample (or batch) between two levels, at most

  /// From t to s. Throws std::invalid_argument for σ = 0 or levels that `at` does not have, std::runtime_error where
  /// the tolerance is not met.
  template <class D, State X, class Noise>
  X step(const D& denoise, const X& x, const Level& t, const Level& s, const Noise&) const {
    detail::check_measured<X>();
    X out = x;
    Numbers<X> none(0, samples(x));
    integrate(denoise, detail::NoRates{}, out, none, t, s);
    return out;
  }
  /// Called before the first row.
  void check(const Grid& grid) const {
    for (const Level& t : grid) check_level(t);
  }

  /// x from t to s, and sums + ∫ rates dρ beside it: rates(x, level, out, first) fills a row for each sum, a column for
  /// each sample, of which the first has the index `first`. Returns the evaluations of the denoiser, the largest over
  /// the samples.
  template <class D, class Rates, State X>
  int integrate(const D& denoise, const Rates& rates, X& x, Numbers<X>& sums, const Level& t, const Level& s) const;

 private:
  void check_level(const Level& t) const {
    require(bool(at), "AdaptiveFlow: give it the level of each lambda, .at = at_lambda(schedule)");
    require(t.sigma > 0, "AdaptiveFlow: at time ", t.time,
            " sigma = 0, where lambda is infinite and the score has no limit; end the flow at a level with a little "
            "noise, and let one row of DDIM{} lead to the data");
    if (t.alpha == 0) return;
    const Level same = [&] {
      try {
        return at(lambda(t));
      } catch (const std::invalid_argument& error) {
        throw std::invalid_argument(sentence("AdaptiveFlow: .at was asked for the level of lambda = ", lambda(t), ": ",
                                             error.what(), "; is it at_lambda(schedule)?"));
      }
    }();
    const double size = std::hypot(t.alpha, t.sigma);
    require(std::fabs(same.alpha - t.alpha) <= 1e-6 * t.alpha + 1e-12 * size &&
                std::fabs(same.sigma - t.sigma) <= 1e-6 * t.sigma + 1e-12 * size,
            "AdaptiveFlow: the level at time ", t.time, " has alpha = ", t.alpha, " and sigma = ", t.sigma,
            ", but .at gives ", same.alpha, " and ", same.sigma, " for its lambda = ", lambda(t),
            "; is it at_lambda of another schedule?");
  }
  template <class D, class Rates, State X>
  int integrate_together(const D& denoise, const Rates& rates, X& x, Numbers<X>& sums, const Level& t, const Level& s,
                         Eigen::Index first) const;
};

namespace detail {

/// The variables of the flow, which grow along it: x/σ and α/σ towards the data, x/α and σ/α towards noise. (Onto α = 0
/// the first as well.)
struct FlowVariables {
  bool noising;

  FlowVariables(const Level& t, const Level& s) : noising(lambda(s) < lambda(t) && s.alpha > 0) {}
  double scale(const Level& t) const { return noising ? t.alpha : t.sigma; }
  double position(const Level& t) const { return noising ? t.sigma / t.alpha : t.alpha / t.sigma; }
  double lambda_at(double position) const { return noising ? -std::log(position) : std::log(position); }
};

/// Sample i of a state, as a state of one sample.
template <State X>
X one_sample(const X& x, Eigen::Index i) {
  auto extent = shape(x);
  extent[extent.size() - 1] = 1;
  X one;
  reshape(one, extent);
  columns(one).col(0) = columns(x).col(i);
  return one;
}

}  // namespace detail

template <class D, class Rates, State X>
int AdaptiveFlow::integrate(const D& denoise, const Rates& rates, X& x, Numbers<X>& sums, const Level& t,
                            const Level& s) const {
  const double finest = 16 * double(std::numeric_limits<typename X::Scalar>::epsilon());
  require(relative_tolerance >= finest, "AdaptiveFlow: relative_tolerance = ", relative_tolerance,
          " cannot be met by a state whose rounding is ", finest / 16, "; it must be at least ", finest);
  require(std::isfinite(relative_tolerance), "AdaptiveFlow: relative_tolerance = ", relative_tolerance,
          " must be finite");
  require(absolute_tolerance >= 0 && std::isfinite(absolute_tolerance),
          "AdaptiveFlow: absolute_tolerance = ", absolute_tolerance, " must be finite and not negative");
  check_level(t), check_level(s);
  if (lambda(t) == lambda(s)) {  // the same ratio, and x/σ stands still
    flat(x) *= typename X::Scalar(s.sigma / t.sigma);
    return 0;
  }
  if (coupling == Coupling::batch || samples(x) == 1) return integrate_together(denoise, rates, x, sums, t, s, 0);
  if constexpr (detail::DenseExpression<X>)
    require(X::ColsAtCompileTime == Eigen::Dynamic, "AdaptiveFlow: a state of a fixed number of samples, ", samples(x),
            ", cannot be walked one by one; give it Coupling::batch");
  int most = 0;
  for (Eigen::Index i = 0; i < samples(x); ++i) {
    X one = detail::one_sample(x, i);
    Numbers<X> sum = sums.col(i);
    most = std::max(most, integrate_together(denoise, rates, one, sum, t, s, i));
    columns(x).col(i) = columns(one).col(0);
    sums.col(i) = sum;
  }
  return most;
}

template <class D, class Rates, State X>
int AdaptiveFlow::integrate_together(const D& denoise, const Rates& rates, X& x, Numbers<X>& sums, const Level& t,
                                     const Level& s, Eigen::Index first) const {
  using Scalar = typename X::Scalar;
  using Pair = DormandPrince;
  const detail::FlowVariables along(t, s);
  std::array<X, Pair::stages> slope{};  // x̂₀, or ε̂ towards noise
  std::array<Numbers<X>, Pair::stages> rate{};
  const auto evaluate = [&](std::size_t i, const X& at_x, const Level& level) {
    estimate(denoise, at_x, level, slope[i]);
    rate[i].resize(sums.rows(), sums.cols());
    rates(at_x, level, rate[i], first);
    if (!(rate[i] * 0 == 0).all())
      throw std::domain_error(sentence("AdaptiveFlow: at time ", level.time, " the divergence is not finite"));
    if (!along.noising) return;
    flat(slope[i]) = (flat(at_x) - Scalar(level.alpha) * flat(slope[i])) / Scalar(level.sigma);
    const double rho = level.alpha / level.sigma;
    rate[i] *= -rho * rho;  // dρ = −ρ² d(1/ρ)
  };

  Level from = t;
  const double end = along.position(s);
  double position = along.position(from);
  // A first step of a twentieth in λ, or of the position where that is 0: the error of a long one means nothing where
  // data are thin.
  double step = end < position ? -0.05 * position : position > 0 ? 0.05 * position : 0.05 * std::min(1.0, end);
  evaluate(0, x, from);
  int used = 1;
  X stage = x, error = x;
  while (true) {
    const bool last = std::fabs(step) >= std::fabs(end - position) * (1 - 1e-12);
    if (last) step = end - position;
    Level to = from;
    for (std::size_t i = 1; i < Pair::stages; ++i) {
      if (Pair::c[i] < 1 || Pair::c[i - 1] < 1)
        to = last && Pair::c[i] == 1 ? s : at(along.lambda_at(position + Pair::c[i] * step));
      flat(stage) = Scalar(along.scale(to) / along.scale(from)) * flat(x);
      for (std::size_t j = 0; j < i; ++j)
        if (Pair::a[i][j] != 0) flat(stage) += Scalar(along.scale(to) * step * Pair::a[i][j]) * flat(slope[j]);
      evaluate(i, stage, to);
      ++used;
    }
    // The last stage is x_s itself.
    flat(error).setZero();
    Numbers<X> sum_error = Numbers<X>::Zero(sums.rows(), sums.cols()), new_sums = sums;
    for (std::size_t i = 0; i < Pair::stages; ++i) {
      flat(error) += Scalar(along.scale(to) * step * Pair::error[i]) * flat(slope[i]);
      sum_error += step * Pair::error[i] * rate[i];
      new_sums += step * Pair::b[i] * rate[i];
    }
    if (!all_finite(stage))
      throw std::domain_error(sentence("AdaptiveFlow: the state at time ", to.time, " is not finite"));
    // What the error comes to at the end; the part that is rounding cannot be less.
    const double absolute = absolute_tolerance, relative = relative_tolerance,
                 growth = std::max(1.0, s.sigma / to.sigma);
    const Scalar rounding = Scalar(16 * double(std::numeric_limits<Scalar>::epsilon()));
    flat(error) /= Scalar(absolute / growth) +
                   (Scalar(relative / growth) + rounding) * flat(stage).abs().max(flat(x).abs()) +
                   std::numeric_limits<Scalar>::min();
    const double largest = std::sqrt(double(columns(error).colwise().squaredNorm().maxCoeff()) /
                                     double(std::max<Eigen::Index>(1, columns(error).rows())));
    const double worst =
        sums.size() == 0
            ? largest
            : std::max(largest,
                       (sum_error.abs() / (absolute + relative * new_sums.abs().max(sums.abs()) + 1e-300)).maxCoeff());
    if (worst <= 1) {
      x = stage;
      sums = new_sums;
      if (last) return used;
      const double before = position;
      position += step;
      if (step < 0) step *= std::hypot(1, position) / std::hypot(1, before);  // onto α = 0 positions shrink
      from = to;
      slope[0] = slope[Pair::stages - 1];
      rate[0] = rate[Pair::stages - 1];
    }
    step *= std::clamp(0.9 * std::pow(worst, -1.0 / Pair::order), 0.2, 5.0);
    if (used + int(Pair::stages) - 1 > evaluations || std::fabs(step) < 1e-16 * std::max(position, end))
      throw std::runtime_error(sentence("AdaptiveFlow: from time ", t.time, " to ", s.time,
                                        " it stands at lambda = ", lambda(from), " (time ", from.time, ") after ", used,
                                        " evaluations, with a step of ", std::fabs(step) / position,
                                        " in lambda; the tolerance (relative ", relative, ", absolute ", absolute,
                                        ") is not met: the flow is too stiff there, or the denoiser too rough"));
  }
}

}  // namespace tweedie
