#pragma once
// A denoiser from a density that is known up to a factor, p(x₀) ∝ e^(log p), without data and without training:
// sampling and planning for those who have a cost, log p = −cost. By Bayes' rule x₀ | x_t has the density ∝ p(x₀)
// N(x_t; αx₀, σ²I). With candidates x₀ⁱ from a proposal q,
//   x̂₀ = Σ Wᵢ x₀ⁱ,   Wᵢ ∝ wᵢ,   wᵢ = p(x₀ⁱ) N(x_t; αx₀ⁱ, σ²I)/q(x₀ⁱ),
// the self-normalised importance estimate, with the effective sample size 1/Σ Wᵢ² and the standard error √(Σ Wᵢ² (x₀ⁱ −
// x̂₀)²). The proposal is the posterior of a reference N(μ, S): q ∝ N(x₀; μ, S) N(x_t; αx₀, σ²I), so that wᵢ = p/N(·;
// μ, S); without a reference it is N(x_t/α, σ²/α² I), and wᵢ = p.
// Owen, Monte Carlo theory, methods and examples, chapter 9, eq. 9.9. For trajectories: Pan et al., arXiv:2407.01573.

#include <bit>
#include <optional>

#include "../denoiser/denoiser.hpp"
#include "../exact/gaussian.hpp"

namespace tweedie {

/// What one call knows of itself, of each sample.
struct DensityEstimate {
  Eigen::MatrixXd mean;            ///< d × n
  Eigen::MatrixXd standard_error;  ///< d × n; infinite where one candidate has all the weight: one tells no error
  Eigen::VectorXd effective;       ///< effective sample size, 1 to the number of candidates
};

/// sample(FromDensity{log_density, 4096}, DDIM{}, x, grid)
///   log_density   (candidates, d × M, double) → log p of each, up to a constant, M numbers; −∞ where there is nothing
///   candidates    M ≥ 2 of each sample and call
///   reference     a Gaussian near p, wider rather than narrower; needed where α = 0
/// The candidates' noise is a function of (seed, x, level) alone: a call can be made again, samples are independent,
/// and threads may share it. Throws std::domain_error where every candidate of a sample has the weight 0, and for a log
/// p that is NaN or +∞.
template <class LogDensity>
struct FromDensity {
  LogDensity log_density;
  Eigen::Index candidates = 1024;
  std::optional<Gaussian<double>> reference{};
  std::uint64_t seed = 0;

  void check(const Level& t) const {
    require(candidates >= 2, "FromDensity: candidates = ", candidates, ", but must be at least 2");
    require(reference || t.alpha > 0, "FromDensity at time ", t.time,
            ": alpha = 0, where the state does not say where to look; give it a reference Gaussian");
  }

  /// Of x as d × n columns.
  DensityEstimate estimate(const Eigen::MatrixXd& x, const Level& t) const {
    check(t);
    require(!reference || reference->dimension() == x.rows(), "FromDensity: the reference has dimension ",
            reference ? reference->dimension() : 0, ", a sample ", x.rows());
    DensityEstimate all{x, Eigen::MatrixXd::Zero(x.rows(), x.cols()), Eigen::VectorXd(x.cols())};
    for (Eigen::Index i = 0; i < x.cols(); ++i) {
      const Eigen::VectorXd one = x.col(i);
      Eigen::MatrixXd points(x.rows(), candidates);
      Normals{seed ^ hash(one, t)}(points, address(Purpose::candidates));
      Eigen::VectorXd logs(candidates);
      if (reference) {
        points = reference->covariance()
                     .apply([&](double v) { return posterior_deviation(std::sqrt(v), t); }, points)
                     .colwise() +
                 reference->posterior_mean(one, t).col(0);
        logs = logs_of(points, t) - reference->log_density(points, clean);
      } else {
        points = (points * (t.sigma / t.alpha)).colwise() + one / t.alpha;
        logs = logs_of(points, t);
      }
      const double largest = logs.maxCoeff();
      if (!(largest > -std::numeric_limits<double>::infinity()))
        throw std::domain_error(sentence("FromDensity: at time ", t.time, " every candidate of sample ", i,
                                         " has the weight 0: more candidates, or a reference nearer to the density"));
      Eigen::ArrayXd W = (logs.array() - largest).exp();
      W /= W.sum();
      all.mean.col(i) = points * W.matrix();
      all.effective[i] = 1 / W.square().sum();
      if ((W < 1).all())
        for (Eigen::Index k = 0; k < x.rows(); ++k)
          all.standard_error(k, i) = ((points.row(k).transpose().array() - all.mean(k, i)) * W).matrix().stableNorm();
      else
        all.standard_error.col(i).setConstant(std::numeric_limits<double>::infinity());
    }
    return all;
  }

  template <State X>
  void operator()(const X& x, const Level& t, X& out) const {
    out = x;
    columns(out) = estimate(columns(x).template cast<double>(), t).mean.template cast<typename X::Scalar>();
  }
  template <class X>
  Plain<X> operator()(const X& x, const Level& t) const {
    return detail::returned(*this, x, t);
  }

 private:
  Eigen::VectorXd logs_of(const Eigen::MatrixXd& points, const Level& t) const {
    static_assert(
        requires { requires detail::DenseExpression<std::remove_cvref_t<decltype(log_density(points))>>; },
        "tweedie: a log-density is callable on a const object with a matrix of d × M, and returns a vector of M "
        "numbers, "
        "one for each column, and not one number for all");
    detail::check_returned<decltype(log_density(points)), Eigen::VectorXd>();
    const Eigen::VectorXd logs = log_density(points);
    require(logs.size() == points.cols(), "FromDensity: the log-density returned ", logs.size(), " numbers for ",
            points.cols(), " candidates");
    for (Eigen::Index k = 0; k < logs.size(); ++k)
      if (!(logs[k] < std::numeric_limits<double>::infinity()))
        throw std::domain_error(sentence("FromDensity: at time ", t.time, " the log-density of candidate ", k, " is ",
                                         logs[k], ", but must be finite or -infinity"));
    return logs;
  }
  /// σ s/√(α² s² + σ²), of a coordinate whose reference has the deviation s.
  static double posterior_deviation(double s, const Level& t) {
    const double noised = std::hypot(t.alpha * s, t.sigma);
    return noised > 0 ? t.sigma * (s / noised) : 0;
  }
  /// Fowler, Noll and Vo's hash (1a) of the numbers.
  static std::uint64_t hash(const Eigen::VectorXd& x, const Level& t) {
    std::uint64_t h = 14695981039346656037u;
    const auto add = [&h](double number) {
      for (std::uint64_t word = std::bit_cast<std::uint64_t>(number), k = 0; k < 8; ++k, word >>= 8)
        h = (h ^ (word & 0xff)) * 1099511628211u;
    };
    for (const double number : x) add(number);
    add(t.alpha);
    add(t.sigma);
    return h;
  }
};
template <class L>
FromDensity(L) -> FromDensity<L>;
template <class L>
FromDensity(L, Eigen::Index) -> FromDensity<L>;
template <class L>
FromDensity(L, Eigen::Index, Gaussian<double>) -> FromDensity<L>;
template <class L>
FromDensity(L, Eigen::Index, Gaussian<double>, std::uint64_t) -> FromDensity<L>;

}  // namespace tweedie
