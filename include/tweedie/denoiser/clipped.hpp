#pragma once
// Estimates held to the range of the data, as functions from denoisers to a denoiser. ε̂ follows the clipped x̂₀;
// published
// samplers that keep the unclipped ε̂ beside it use two estimates at once, which no single denoiser gives.      [UDM-5]

#include <algorithm>
#include <vector>

#include "denoiser.hpp"

namespace tweedie {

/// A denoiser whose estimate is changed in place by change(x̂₀).
template <class D, class Change>
struct Changed {
  D denoise;
  Change change;

  void check(const Level& t) const { check_denoiser(denoise, t); }

  template <State X>
  void operator()(const X& x, const Level& t, X& out) const {
    denoised(denoise, x, t, out);
    change(out);
  }
  template <class X>
  Plain<X> operator()(const X& x, const Level& t) const {
    return detail::returned(*this, x, t);
  }
};

namespace detail {
/// v held to [lo, hi], one number or a packet of them by the same comparisons, both of which a NaN fails.
template <class Scalar>
struct Held {
  Scalar lo, hi;

  Scalar operator()(const Scalar& v) const { return v < lo ? lo : v > hi ? hi : v; }
  template <class Packet>
  Packet packetOp(const Packet& v) const {
    using namespace Eigen::internal;
    const Packet low = pset1<Packet>(lo), high = pset1<Packet>(hi);
    return pselect(pcmp_lt(v, low), low, pselect(pcmp_lt(high, v), high, v));
  }
};
}  // namespace detail

}  // namespace tweedie

template <class Scalar>
struct Eigen::internal::functor_traits<tweedie::detail::Held<Scalar>> {
  static constexpr int Cost = 2;
  static constexpr bool PacketAccess = packet_traits<Scalar>::HasCmp;
};

namespace tweedie {

/// x̂₀ held to [lo, hi], number by number. A NaN stays a NaN.
template <class D>
auto clipped(D denoise, double lo, double hi) {
  require(lo < hi, "clipped: lo = ", lo, " must be less than hi = ", hi);
  const auto change = [lo, hi](auto& x0) {
    using Scalar = typename std::remove_reference_t<decltype(x0)>::Scalar;
    flat(x0) = flat(x0).unaryExpr(detail::Held<Scalar>{Scalar(lo), Scalar(hi)});
  };
  return Changed<D, decltype(change)>{std::move(denoise), change};
}

/// Dynamic thresholding, for each sample by itself: with s the `quantile` of |x̂₀|, but at least `range` and at most
/// `largest`,
///   x̂₀ ↦ min(max(x̂₀, −s), s) · range/s
/// The quantile is interpolated linearly between order statistics. The data are held to lie in [−range, range].
/// Saharia et al., Photorealistic text-to-image diffusion models (Imagen), arXiv:2205.11487v1, section 2.3.
template <class D>
auto thresholded(D denoise, double quantile, double range = 1,
                 double largest = std::numeric_limits<double>::infinity()) {
  require(quantile >= 0 && quantile <= 1, "thresholded: quantile = ", quantile, " is outside [0, 1]");
  require(range > 0 && largest >= range, "thresholded: 0 < range <= largest is broken by ", range, " and ", largest);
  const auto change = [quantile, range, largest](auto& x0) {
    using Scalar = typename std::remove_reference_t<decltype(x0)>::Scalar;
    using Real = std::conditional_t<std::is_constructible_v<double, Scalar>, double, Scalar>;
    using std::abs;
    auto view = columns(x0);
    if (view.rows() == 0) return;
    thread_local std::vector<Scalar> sizes;  // one that stays, so that a row does not allocate
    sizes.resize(std::size_t(view.rows()));
    const double position = quantile * double(view.rows() - 1);
    const auto below = std::size_t(position);
    for (Eigen::Index i = 0; i < view.cols(); ++i) {
      for (Eigen::Index j = 0; j < view.rows(); ++j) sizes[std::size_t(j)] = Scalar(abs(view(j, i)));
      if (std::any_of(sizes.begin(), sizes.end(), [](Scalar size) { return size != size; }))
        continue;  // NaN: left for the loop to report
      const auto nth = sizes.begin() + std::ptrdiff_t(below);
      std::nth_element(sizes.begin(), nth, sizes.end());
      const Scalar lower = *nth, upper = below + 1 < sizes.size() ? *std::min_element(nth + 1, sizes.end()) : lower;
      const Real s = std::clamp<Real>(Real(lower) + Real(position - double(below)) * Real(upper - lower), Real(range),
                                      Real(largest));
      view.col(i) = view.col(i).cwiseMax(Scalar(-s)).cwiseMin(Scalar(s)) * Scalar(Real(range) / s);
    }
  };
  return Changed<D, decltype(change)>{std::move(denoise), change};
}

}  // namespace tweedie
