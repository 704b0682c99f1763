#pragma once
// Gauss's rule of ten points, exact for degree 19. Abramowitz and Stegun, Handbook of mathematical functions, table
// 25.4.

#include <cstddef>

#include "../schedule/require.hpp"

namespace tweedie {

/// ∫_a^b f, which must be smooth between a and b; sums over panels are the caller's.
template <class F>
double gauss(double a, double b, const F& f) {
  constexpr double point[] = {0.148874338981631211, 0.433395394129247191, 0.679409568299024406, 0.865063366688984511,
                              0.973906528517171720};
  constexpr double weight[] = {0.295524224714752870, 0.269266719309996355, 0.219086362515982044, 0.149451349150580593,
                               0.066671344308688138};
  const double middle = (a + b) / 2, half = (b - a) / 2;
  double sum = 0;
  for (std::size_t i = 0; i < 5; ++i) sum += weight[i] * (f(middle + half * point[i]) + f(middle - half * point[i]));
  return half * sum;
}

}  // namespace tweedie
