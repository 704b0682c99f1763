#pragma once
// What may be given as noise: a standard random engine, or a callable noise(z) or noise(z, row, first_column) that
// fills a state with standard normals. `draw` serves them all.

#include <bit>
#include <concepts>

#include "callable.hpp"
#include "normals.hpp"

namespace tweedie {

/// Stands for "there is no noise": a table that would draw some is refused.
struct NoNoise {};

namespace detail {
template <class N, class X>
concept AddressedNoise = requires(N& noise, X& z) {
  noise(z, std::int64_t{}, std::int64_t{});
};
template <class N, class X>
concept PlainNoise = requires(N& noise, X& z) {
  noise(z);
};
template <class N>
concept Engine =
    requires(std::remove_reference_t<N>& engine) {  // std::uniform_random_bit_generator, without the cost of <random>
  { engine() } -> std::unsigned_integral;
  { std::remove_reference_t<N>::min() } -> std::same_as<decltype(engine())>;
  { std::remove_reference_t<N>::max() } -> std::same_as<decltype(engine())>;
};

/// 64 random bits from any engine, low bits first; the same on every platform. A number beyond the largest power of two
/// that the engine's range holds is drawn again.
template <class E>
std::uint64_t word(E& engine) {
  constexpr auto range = std::uint64_t(E::max() - E::min());
  constexpr int bits = range == ~std::uint64_t{0} ? 64 : int(std::bit_width(range + 1)) - 1;
  static_assert(bits > 0, "tweedie: the engine has a single value");
  std::uint64_t gathered = 0;
  for (int have = 0; have < 64; have += bits) {
    std::uint64_t number = std::uint64_t(engine() - E::min());
    if constexpr (bits < 64)
      while (number >> bits != 0) number = std::uint64_t(engine() - E::min());
    gathered |= number << have;
  }
  return gathered;
}
}  // namespace detail

/// Fills z with independent standard normals. An engine fills it sample by sample, whatever the memory order of z.
template <class Noise, State X>
void draw(Noise& noise, X& z, std::int64_t row, std::int64_t first_column = 0) {
  detail::check_real<X>();
  static_assert(detail::AddressedNoise<Noise, X> || detail::PlainNoise<Noise, X> || detail::Engine<Noise> ||
                    std::same_as<std::remove_const_t<Noise>, NoNoise>,
                "tweedie: noise is a standard random engine, or a callable noise(z) or noise(z, row, first_column) "
                "that fills the state z with standard normals");
  if constexpr (detail::AddressedNoise<Noise, X> || detail::PlainNoise<Noise, X>) detail::check_drawn<Noise, X>();
  if constexpr (detail::AddressedNoise<Noise, X>) {
    noise(z, row, first_column);
  } else if constexpr (detail::PlainNoise<Noise, X>) {
    noise(z);
  } else if constexpr (detail::Engine<Noise>) {
    constexpr int block = 128;
    auto view = columns(z);
    Eigen::Array<double, block, 1> q;
    const Eigen::Index total = view.size();
    Eigen::Index i = 0, column = 0;
    for (Eigen::Index done = 0; done < total; done += block) {
      const Eigen::Index count = std::min<Eigen::Index>(block, total - done);
      q.setZero();
      for (Eigen::Index k = 0; k < count; ++k) q[k] = centred_uniform(detail::word(noise));
      const Eigen::Array<double, block, 1> normals = normal_quantile<block>(q);
      for (Eigen::Index k = 0; k < count; ++k) {
        view(i, column) = typename X::Scalar(normals[k]);
        if (++i == view.rows()) i = 0, ++column;
      }
    }
  } else {
    require(false, "row ", row, ": it draws noise, but none was given: pass a random engine or Normals{seed}");
  }
}

}  // namespace tweedie
