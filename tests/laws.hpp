#pragma once
// The laws that every schedule and every sampler must obey: one line gives them to a new one. Those that a user can ask
// for stand in the library, laws::schedule and others.

#include <numbers>

#include "support/test.hpp"

namespace obeys {

using namespace tweedie;

/// Rates, direction and inverse (schedule/laws.hpp), on times between from, the clean end, and to.
void schedule(const InvertibleSchedule auto& s, double from, double to) {
  CHECK(laws::schedule(s, from, to) == laws::Broken{});
}

/// The inverse at one λ, of those that the law of schedules does not ask for.
void inverse(const InvertibleSchedule auto& s, double from, double to, double asked) {
  CHECK(laws::inverse(s, from, to, asked) == laws::Broken{});
}

/// α² + σ² = 1.
template <Schedule S>
void variance_preserving(const S& s, double from, double to) {
  for (int i = 0; i <= 40; ++i) {
    const Level t = s(from + (to - from) * i / 40);
    CHECK(std::abs(t.alpha * t.alpha + t.sigma * t.sigma - 1) < 1e-14);
  }
}

/// With a perfect denoiser the mean of each row is that of the forward process (sampler/laws.hpp).
inline void marginal_mean(const Table& table) {
  CHECK(laws::marginal_mean(table) == laws::Broken{});
}

/// And so is its variance, for samplers that claim it.
inline void marginal_variance(const Table& table) {
  CHECK(laws::marginal_variance(table) == laws::Broken{});
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

}  // namespace obeys
