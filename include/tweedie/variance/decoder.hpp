#pragma once
// The last term of a variational bound, −log p(x₀ | x₁) with p = N(μ, z²), and what its bits mean. Which it is stands
// in the type:
//   Density        x₀ is continuous; its bits are those of a density, and may be negative
//   Dequantised    x₀ is a grey level plus uniform noise of one level's width Δ; −log₂ p − log₂ Δ bounds the bits of the grey level
//   Discretised    x₀ is a grey level; p is the normal's mass in its bin, the outer two open
// Ho et al., arXiv:2006.11239v2, section 3.3 and eq. 13; Theis et al., arXiv:1511.01844v3, section 3.1.                  [DDPM-4]

#include <Eigen/Core>

#include "../statistics/normal_tail.hpp"

namespace tweedie {

namespace detail {

/// ln P(Z > a), a ≥ 0, for a standard normal Z; by its asymptotic series where erfc underflows.
inline double log_normal_tail(double a) {
  if (a < 30) return std::log(normal_tail(a));
  const double r = 1 / (a * a);
  return -a * a / 2 - std::log(a * std::sqrt(2 * std::numbers::pi)) + std::log1p(-r * (1 - 3 * r * (1 - 5 * r)));
}
/// ln P(a < Z < b), either end may be infinite.
inline double log_normal_mass(double a, double b) {
  const double width = b - a, middle = (a + b) / 2;
  // A narrow bin is no difference of tails: φ(m) w (1 + (m² − 1) w²/24 + …).
  if (width * (1 + std::fabs(middle)) < 1e-3)
    return std::log(width) - (middle * middle + std::log(2 * std::numbers::pi)) / 2 +
           (middle * middle - 1) * width * width / 24;
  if (a < 0 && b > 0) return std::log1p(-normal_tail(-a) - normal_tail(b));
  if (b <= 0) return log_normal_mass(-b, -a);  // mirrored into the upper tail
  const double near = log_normal_tail(a);
  return std::isinf(b) ? near : near + std::log1p(-std::exp(log_normal_tail(b) - near));
}

inline void check_lattice(const char* what, double lo, double hi, int bins) {
  require(lo < hi && bins >= 2, what, ": lo = ", lo, " must be less than hi = ", hi, ", and bins = ", bins,
          " at least 2");
}
inline double bits(double nats, Eigen::Index d) {
  return nats / (double(d) * std::numbers::ln2);
}
inline double log_normal_density(double x0, double mu, double z2) {
  if (z2 == 0) return x0 == mu ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
  return -(std::log(2 * std::numbers::pi * z2) + (x0 - mu) * (x0 - mu) / z2) / 2;
}

}  // namespace detail

struct Density {
  double log_probability(double x0, double mu, double z2) const { return detail::log_normal_density(x0, mu, z2); }
  /// Of a density, per dimension.
  double bits_per_dimension(double nats, Eigen::Index d) const { return detail::bits(nats, d); }
};

/// Grey levels that fill [lo, hi] with `bins` intervals, uniform noise of one interval added.
struct Dequantised {
  double lo, hi;
  int bins = 256;

  double log_probability(double x0, double mu, double z2) const {
    detail::check_lattice("Dequantised", lo, hi, bins);
    require(x0 >= lo && x0 <= hi, "Dequantised: the data hold ", x0, ", outside ", lo, " to ", hi);
    return detail::log_normal_density(x0, mu, z2);
  }
  double bits_per_dimension(double nats, Eigen::Index d) const {
    return detail::bits(nats, d) + std::log2(bins / (hi - lo));
  }
};

/// The normal distribution function: exact, or ½(1 + tanh(√(2/π)(u + 0.044715u³))) with probabilities of at least
/// 1e−12, as published bits per dimension have it.
enum class NormalCdf {
  exact,
  tanh
};

/// Grey levels lo, lo + Δ, …, hi, `bins` of them, Δ = (hi − lo)/(bins − 1). Other numbers are refused, to a thousandth
/// of Δ; not with NormalCdf::tanh, where the bin is that about the number, as in published code.
struct Discretised {
  double lo, hi;
  int bins = 256;
  NormalCdf cdf = NormalCdf::exact;

  double log_probability(double x0, double mu, double z2) const {
    detail::check_lattice("Discretised", lo, hi, bins);
    const double half = (hi - lo) / (bins - 1) / 2, infinity = std::numeric_limits<double>::infinity();
    require(x0 >= lo - half && x0 <= hi + half, "Discretised: the data hold ", x0, ", outside ", lo, " to ", hi);
    const double place = (x0 - lo) / (2 * half);
    require(cdf == NormalCdf::tanh || std::fabs(place - std::nearbyint(place)) <= 1e-3, "Discretised: the data hold ",
            x0, ", which is none of the ", bins, " grey levels from ", lo, " to ", hi);
    const double z = std::sqrt(z2), below = x0 < lo + half ? -infinity : (x0 - half - mu) / z,
                 above = x0 > hi - half ? infinity : (x0 + half - mu) / z;
    if (cdf == NormalCdf::exact) return detail::log_normal_mass(below, above);
    const auto approximate = [](double u) {
      return std::isinf(u) ? (u > 0 ? 1.0 : 0.0)
                           : (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (u + 0.044715 * u * u * u))) / 2;
    };
    return std::log(std::fmax(approximate(above) - approximate(below), 1e-12));
  }
  double bits_per_dimension(double nats, Eigen::Index d) const { return detail::bits(nats, d); }
};

}  // namespace tweedie
