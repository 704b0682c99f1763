#pragma once
// Gauss's rule of ten points, exact for degree 19. Abramowitz and Stegun, Handbook of mathematical functions, table
// 25.4. And for what has kinks Lobatto's rule with its error looked at: a panel where the rule of four points does not
// agree with Kronrod's extension of it to seven is cut at these points, so that panels shrink about a kink, where the
// error falls with the square of their width. Gander and Gautschi, Adaptive quadrature - revisited, BIT 40 (2000),
// section 4. Both rules read the ends, without which what happens close to one is not seen.

#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "../schedule/require.hpp"

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

/// ∫_a^b of N functions at once, f(x) → std::array<double, N>, smooth but for kinks and jumps, each panel to
/// `tolerance`; differences below noise·(width of the panel) count as rounding of f. Throws std::invalid_argument where
/// f is not finite, or so rough that 100,000 cuts do not do.
template <std::size_t N, class F>
std::array<double, N> lobatto(double a, double b, const F& f, double tolerance, double noise) {
  using Values = std::array<double, N>;
  constexpr std::size_t points = 7;
  const double outer = std::sqrt(2. / 3), inner = 1 / std::sqrt(5.);
  const double place[points] = {-1, -outer, -inner, 0, inner, outer, 1};
  constexpr double four[points] = {1. / 6, 0, 5. / 6, 0, 5. / 6, 0, 1. / 6},
                   seven[points] = {11. / 210, 72. / 245, 125. / 294, 16. / 35, 125. / 294, 72. / 245, 11. / 210};
  struct Panel {
    double a, b;
    Values at_a, at_b;
  };
  Values sum{};
  std::vector<Panel> open{{a, b, f(a), f(b)}};
  for (int cuts = 0; !open.empty();) {
    const Panel panel = open.back();
    open.pop_back();
    const double middle = (panel.a + panel.b) / 2, half = (panel.b - panel.a) / 2;
    std::array<double, points> x;
    std::array<Values, points> y;
    for (std::size_t i = 0; i < points; ++i) {
      x[i] = i == 0 ? panel.a : i + 1 == points ? panel.b : middle + half * place[i];
      y[i] = i == 0 ? panel.at_a : i + 1 == points ? panel.at_b : f(x[i]);
    }
    Values value{};
    bool close = true;
    for (std::size_t k = 0; k < N; ++k) {
      double difference = 0;
      for (std::size_t i = 0; i < points; ++i) {
        value[k] += half * seven[i] * y[i][k];
        difference += half * (seven[i] - four[i]) * y[i][k];
      }
      require(std::isfinite(value[k]), "quadrature: the function is not finite between ", panel.a, " and ", panel.b);
      close = close && std::fabs(difference) <= std::fmax(tolerance, 2 * noise * std::fabs(half));
    }
    if (close || x[2] == x[3] || x[0] == x[1]) {  // or no number is left between
      for (std::size_t k = 0; k < N; ++k) sum[k] += value[k];
      continue;
    }
    require(++cuts <= 100'000, "quadrature: near ", middle, " the function is too rough to be integrated from ", a,
            " to ", b);
    for (std::size_t i = points - 1; i-- > 0;) open.push_back({x[i], x[i + 1], y[i], y[i + 1]});
  }
  return sum;
}

}  // namespace tweedie
