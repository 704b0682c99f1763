#pragma once
// What the rows of a table must keep, for whoever writes a sampler. The form is that of schedule/laws.hpp, one sentence
// for each thing broken.
// With the x̂₀ and ε̂ of one x₀ and one ε in every slot, x_t = α_t x₀ + σ_t ε, a row makes
//   x_s = (α_t x + Σ_k x0[k]) x₀ + (σ_t x + Σ_k eps[k]) ε + z ζ
// and the forward process has there α_s x₀ and noise of the variance σ_s².

#include "../schedule/laws.hpp"
#include "row.hpp"

namespace tweedie::laws {

namespace detail {
inline void compare(Broken& broken, const Step& step, std::size_t i, const char* what, double value, double right,
                    double size) {
  if (!(std::abs(value - right) <= 1e-12 * size))
    broken.push_back(sentence("row ", i, " (time ", step.from.time, " to ", step.to.time, "): ", what, " is ", value,
                              ", but should be ", right));
}
}  // namespace detail

/// α_t x + Σ x0 = α_s: with a perfect estimate the mean of each row is that of the forward process. To 1e−12 of the
/// largest summand.
inline Broken marginal_mean(const Table& table) {
  Broken broken;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto& [t, s, row] = table[i];
    double sum = t.alpha * row.x, size = std::fmax(std::abs(sum), s.alpha);
    for (const double c : row.x0) sum += c, size = std::fmax(size, std::abs(c));
    detail::compare(broken, table[i], i, "alpha_t x + sum of x0", sum, s.alpha, size);
  }
  return broken;
}

/// (σ_t x + Σ eps)² + z² = σ_s²: and so is its variance, for samplers that claim it. To 1e−12 of the largest square.
inline Broken marginal_variance(const Table& table) {
  Broken broken;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto& [t, s, row] = table[i];
    double sum = t.sigma * row.x, size = std::fmax(std::abs(sum), std::fmax(s.sigma, row.z));
    for (const double c : row.eps) sum += c, size = std::fmax(size, std::abs(c));
    detail::compare(broken, table[i], i, "(sigma_t x + sum of eps)^2 + z^2", sum * sum + row.z * row.z,
                    s.sigma * s.sigma, size * size);
  }
  return broken;
}

}  // namespace tweedie::laws
