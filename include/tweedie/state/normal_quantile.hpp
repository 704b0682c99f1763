#pragma once
// Φ⁻¹, the quantile of the standard normal, for a block of N uniform numbers at once: one normal from one random word.
// Wichura, Algorithm AS 241: the percentage points of the normal distribution, Applied Statistics 37 (1988), PPND16:
// rational functions in three ranges, relative error about 1e−16.

#include <Eigen/Core>
#include <array>
#include <cstdint>

#include "../schedule/require.hpp"

namespace tweedie {

namespace detail {
/// numerator(r)/denominator(r), polynomials of degree 7 with the constant term first.
template <class Array>
Array ratio(const Array& r, const std::array<double, 8>& numerator, const std::array<double, 8>& denominator) {
  Array p = Array::Constant(r.size(), numerator[7]), q = Array::Constant(r.size(), denominator[7]);
  for (std::size_t i = 7; i-- > 0;) {
    p = p * r + numerator[i];
    q = q * r + denominator[i];
  }
  return p / q;
}

inline constexpr std::array<double, 8> ppnd_a{3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
                                              1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                                              3.3430575583588128105e4, 2.5090809287301226727e3};
inline constexpr std::array<double, 8> ppnd_b{1,
                                              4.2313330701600911252e1,
                                              6.8718700749205790830e2,
                                              5.3941960214247511077e3,
                                              2.1213794301586595867e4,
                                              3.9307895800092710610e4,
                                              2.8729085735721942674e4,
                                              5.2264952788528545610e3};
inline constexpr std::array<double, 8> ppnd_c{
    1.42343711074968357734e0, 4.63033784615654529590e0,  5.76949722146069140550e0,  3.64784832476320460504e0,
    1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4};
inline constexpr std::array<double, 8> ppnd_d{1,
                                              2.05319162663775882187e0,
                                              1.67638483018380384940e0,
                                              6.89767334985100004550e-1,
                                              1.48103976427480074590e-1,
                                              1.51986665636164571966e-2,
                                              5.47593808499534494600e-4,
                                              1.05075007164441684324e-9};
inline constexpr std::array<double, 8> ppnd_e{
    6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,  2.96560571828504891230e-1,
    2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7};
inline constexpr std::array<double, 8> ppnd_f{1,
                                              5.99832206555887937690e-1,
                                              1.36929880922735805310e-1,
                                              1.48753612908506148525e-2,
                                              7.86869131145613259100e-4,
                                              1.84631831751005468180e-5,
                                              1.42151175831644588870e-7,
                                              2.04426310338993978564e-15};
}  // namespace detail

/// Φ⁻¹(½ + q), elementwise, −½ < q < ½. N is a multiple of 8, the widest SIMD register, so that each number goes
/// through the same instructions wherever in the block it stands: equal words give equal bits.
template <int N>
Eigen::Array<double, N, 1> normal_quantile(const Eigen::Array<double, N, 1>& q) {
  static_assert(N % 8 == 0);
  using Some = Eigen::Array<double, Eigen::Dynamic, 1, Eigen::ColMajor, N, 1>;  // at most N, no allocation
  using All = Eigen::Array<double, N, 1>;
  All z = q * detail::ratio<All>(0.180625 - q.square(), detail::ppnd_a, detail::ppnd_b);

  std::array<Eigen::Index, std::size_t(N)> tails;  // 15 %: |q| > 0.425, gathered so that they too go side by side
  Eigen::Index count = 0;
  for (Eigen::Index i = 0; i < N; ++i) {
    tails[std::size_t(count)] = i;
    count += std::abs(q[i]) > 0.425 ? 1 : 0;
  }
  if (count == 0) return z;
  Some p = Some::Constant((count + 7) / 8 * 8, 0.01);  // full registers
  for (Eigen::Index i = 0; i < count; ++i) p[i] = 0.5 - std::abs(q[tails[std::size_t(i)]]);
  const Some r = (-p.log()).sqrt();
  const Some near = detail::ratio<Some>(r - 1.6, detail::ppnd_c, detail::ppnd_d);
  const bool any_far = (r > 5).any();  // beyond 6.7 standard deviations
  const Some far = any_far ? detail::ratio<Some>(r - 5, detail::ppnd_e, detail::ppnd_f) : near;
  for (Eigen::Index i = 0; i < count; ++i) {
    const Eigen::Index at = tails[std::size_t(i)];
    z[at] = std::copysign(r[i] > 5 ? far[i] : near[i], q[at]);
  }
  return z;
}

/// 53 bits of a word as q, symmetric about 0 and never ±½.
inline double centred_uniform(std::uint64_t word) {
  return (double(word >> 11) - 4503599627370495.5) * 0x1p-53;
}

}  // namespace tweedie
