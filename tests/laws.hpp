#pragma once
// The laws that every schedule and every sampler must obey, written once: one line gives them to a new one.

#include <numbers>

#include "support/test.hpp"

namespace laws {

using namespace tweedie;

/// time(λ) and then the level give λ back, to rounding of λ and of the time: λ lies between the levels of the two
/// neighbours of that time among the doubles.
template <InvertibleSchedule S>
void inverse(const S& s, double from, double to, double lambda_asked) {
  const double t = s.time(lambda_asked), rounding = 4e-15 * (1 + std::abs(lambda_asked));
  INFO("lambda " << lambda_asked << " at time " << t);
  CHECK(lambda(s(std::max(from, std::nextafter(t, from)))) >= lambda_asked - rounding);
  CHECK(lambda(s(std::min(to, std::nextafter(t, to)))) <= lambda_asked + rounding);
}

/// Rates equal central differences, λ falls, on times inside (from, to), `from` the clean end. The inverse inverts:
/// times relative to the time, and λ from the noisy end, or −40, to 40.
template <InvertibleSchedule S>
void schedule(const S& s, double from, double to) {
  double before = std::numeric_limits<double>::infinity();
  for (int i = 1; i < 40; ++i) {
    const double t = from + (to - from) * i / 40, h = 1e-5 * (to - from);
    const Level level = s(t), ahead = s(t + h), behind = s(t - h);
    INFO("at time " << t);
    CHECK(level.time == t);
    // The error of a central difference is h²/6 of the third derivative, at most 1e−10 of its size here, and rounding
    // 1e−11.
    const double d_alpha = (ahead.alpha - behind.alpha) / (2 * h), d_sigma = (ahead.sigma - behind.sigma) / (2 * h);
    CHECK(std::abs(d_alpha - level.d_alpha) <= 1e-6 * (std::abs(level.d_alpha) + 1 / (to - from)));
    CHECK(std::abs(d_sigma - level.d_sigma) <= 1e-6 * (std::abs(level.d_sigma) + 1 / (to - from)));
    CHECK(lambda(level) < before);
    before = lambda(level);
    // λ is rounded to 1e−16 (1 + |λ|), the time by that over t |dλ/dt|.
    const double slope = std::abs(t * (level.d_alpha / level.alpha - level.d_sigma / level.sigma));
    CHECK(std::abs(s.time(before) / t - 1) <= 4e-15 * (1 + (1 + std::abs(before)) / slope));
  }
  const double end = std::max(lambda(s(to)), -40.0);
  for (double asked = end; asked <= 40; asked += 0.37) inverse(s, from, to, asked);
  inverse(s, from, to, 40);
}

/// α² + σ² = 1.
template <Schedule S>
void variance_preserving(const S& s, double from, double to) {
  for (int i = 0; i <= 40; ++i) {
    const Level t = s(from + (to - from) * i / 40);
    CHECK(std::abs(t.alpha * t.alpha + t.sigma * t.sigma - 1) < 1e-14);
  }
}

/// Σ x0 + α_t x = α_s: with a perfect denoiser the mean of each row is that of the forward process.
inline void marginal_mean(const Table& table) {
  for (const auto& [t, s, row] : table) {
    double sum = t.alpha * row.x;
    for (const double c : row.x0) sum += c;
    INFO("from time " << t.time << " to " << s.time);
    CHECK(std::abs(sum - s.alpha) <= 1e-12 * (1 + std::abs(t.alpha * row.x)));
  }
}

/// (Σ eps + σ_t x)² + z² = σ_s²: and so is its variance, for samplers that claim it.
inline void marginal_variance(const Table& table) {
  for (const auto& [t, s, row] : table) {
    double sum = t.sigma * row.x;
    for (const double c : row.eps) sum += c;
    INFO("from time " << t.time << " to " << s.time);
    CHECK(std::abs(sum * sum + row.z * row.z - s.sigma * s.sigma) <= 1e-12 * (1 + s.sigma * s.sigma));
  }
}

/// N(1.3, 0.25), the data on which orders are measured.
inline Gaussian<> gaussian_data() {
  return {Eigen::VectorXd::Constant(1, 1.3), Covariance<>::isotropic(1, 0.25)};
}

/// The error of the standard deviation at the end of n steps uniform in λ between the levels of t = 1 and t = 1e−3.
template <Sampler S, InvertibleSchedule Process>
double error_of_deviation(const S& sampler, const Process& process, int n) {
  const Grid grid = uniform_lambda(process, n, lambda(process(1)), lambda(process(1e-3)));
  const auto deviation = [](const Gaussian<>& g) { return std::sqrt(g.covariance().matrix()(0, 0)); };
  return deviation(push_forward(tabulate(sampler, grid), gaussian_data())) -
         deviation(gaussian_data().marginal(grid.back()));
}

/// log₂ of the ratio of two errors: the order of convergence between n and 2n steps.
template <Sampler S, InvertibleSchedule Process>
double observed_order(const S& sampler, const Process& process, int n) {
  return std::log2(error_of_deviation(sampler, process, n) / error_of_deviation(sampler, process, 2 * n));
}

}  // namespace laws
