#pragma once
// The embedded Runge-Kutta pair of Dormand and Prince, of orders 5 and 4, as numbers. Seven stages, the last of which
// is the first of the next step. Dormand and Prince, A family of embedded Runge-Kutta formulae, J. Comp. Appl. Math. 6
// (1980), table 2.

#include <array>

#include "../schedule/require.hpp"

namespace tweedie {

struct DormandPrince {
  static constexpr std::size_t stages = 7;
  static constexpr int order = 5;
  static constexpr std::array<double, stages> c{0, 1. / 5, 3. / 10, 4. / 5, 8. / 9, 1, 1};
  static constexpr std::array<std::array<double, stages - 1>, stages> a{
      {{},
       {1. / 5},
       {3. / 40, 9. / 40},
       {44. / 45, -56. / 15, 32. / 9},
       {19372. / 6561, -25360. / 2187, 64448. / 6561, -212. / 729},
       {9017. / 3168, -355. / 33, 46732. / 5247, 49. / 176, -5103. / 18656},
       {35. / 384, 0, 500. / 1113, 125. / 192, -2187. / 6784, 11. / 84}}};
  /// Order 5; it is the last row of a.
  static constexpr std::array<double, stages> b{35. / 384, 0, 500. / 1113, 125. / 192, -2187. / 6784, 11. / 84, 0};
  /// b less the weights of order 4: the estimate of the local error.
  static constexpr std::array<double, stages> error{71. / 57600,      0,         -71. / 16695, 71. / 1920,
                                                    -17253. / 339200, 22. / 525, -1. / 40};
};

}  // namespace tweedie
