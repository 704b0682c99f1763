#pragma once
// Philox4x32-10: random numbers as a function of a counter and a key, with no state to carry from one to the next.
// Salmon, Moraes, Dror and Shaw, Parallel random numbers: as easy as 1, 2, 3, SC 2011, section 3.3. Equal to C++26's
// std::philox4x32 and to Random123's philox4x32.

#include <array>
#include <cstddef>
#include <cstdint>

#include "../schedule/require.hpp"

namespace tweedie {

/// The four words of counter c under key k, for N counters at once, word by word: c[w][lane]. Lanes are independent.
template <std::size_t N>
constexpr void philox(std::array<std::array<std::uint32_t, N>, 4>& c, std::array<std::uint32_t, 2> k) {
  for (int round = 0; round < 10; ++round) {
    for (std::size_t i = 0; i < N; ++i) {
      const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * c[0][i], p1 = std::uint64_t{0xCD9E8D57u} * c[2][i];
      c[0][i] = static_cast<std::uint32_t>(p1 >> 32) ^ c[1][i] ^ k[0];
      c[2][i] = static_cast<std::uint32_t>(p0 >> 32) ^ c[3][i] ^ k[1];
      c[1][i] = static_cast<std::uint32_t>(p1);
      c[3][i] = static_cast<std::uint32_t>(p0);
    }
    k[0] += 0x9E3779B9u;
    k[1] += 0xBB67AE85u;
  }
}

/// The same for one counter.
constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> c, std::array<std::uint32_t, 2> k) {
  std::array<std::array<std::uint32_t, 1>, 4> lanes{{{c[0]}, {c[1]}, {c[2]}, {c[3]}}};
  philox<1>(lanes, k);
  return {lanes[0][0], lanes[1][0], lanes[2][0], lanes[3][0]};
}

// The known answers of Random123.
static_assert(philox({0, 0, 0, 0}, {0, 0}) ==
              std::array<std::uint32_t, 4>{0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u});
static_assert(philox({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}) ==
              std::array<std::uint32_t, 4>{0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu});

/// A uniform random bit generator for the standard library's interfaces.
class Philox {
 public:
  using result_type = std::uint_fast32_t;
  static constexpr result_type default_seed = 20111115u;

  constexpr Philox() : Philox(default_seed) {}
  explicit constexpr Philox(result_type seed) : key_{static_cast<std::uint32_t>(seed), 0} {}

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return 0xFFFFFFFFu; }

  constexpr result_type operator()() {
    if (used_ == 4) {
      words_ = philox(counter_, key_);
      used_ = 0;
      advance(1);
    }
    return words_[used_++];
  }

  /// Skips z numbers in constant time.
  constexpr void discard(unsigned long long z) {
    const unsigned long long left = 4 - used_;
    if (z <= left) {
      used_ += static_cast<unsigned>(z);
      return;
    }
    z -= left;
    advance(z / 4);
    used_ = 4;
    for (z %= 4; z > 0; --z) (*this)();
  }

  /// The next numbers are those of this counter, most significant word first (as std::philox_engine).
  constexpr void set_counter(const std::array<result_type, 4>& counter) {
    for (std::size_t i = 0; i < 4; ++i) counter_[i] = static_cast<std::uint32_t>(counter[3 - i]);
    used_ = 4;
  }

  friend constexpr bool operator==(const Philox& a, const Philox& b) {
    return a.key_ == b.key_ && a.counter_ == b.counter_ && a.used_ == b.used_;
  }

 private:
  constexpr void advance(std::uint64_t steps) {
    for (std::size_t i = 0; i < 4 && steps > 0; ++i) {
      const std::uint64_t sum = std::uint64_t{counter_[i]} + (steps & 0xFFFFFFFFu);
      counter_[i] = static_cast<std::uint32_t>(sum);
      steps = (steps >> 32) + (sum >> 32);
    }
  }

  std::array<std::uint32_t, 4> counter_{}, words_{};
  std::array<std::uint32_t, 2> key_;
  unsigned used_ = 4;
};

}  // namespace tweedie
