#pragma once
// Where in the random numbers of one seed each use of them lies. All that the library draws has an address, which it
// gives to noise(z, row, first_column) as `row`: the purpose, and which of its kind. No two purposes share one,
//   row k of a run      k, and k + n·2³² for its n-th draw again        0 ≤ k < 2³²
//   purpose p           −p − 32·index                                   0 < p < 32, index ≥ 0
// so that whatever is drawn of one seed is independent. Two runs of one seed have the same rows, and so the same noise:
// where they are to be independent, as one up and one down again, give the second Normals{seed}.stream(1).

#include <array>
#include <cstdint>
#include <map>

#include "../schedule/require.hpp"

namespace tweedie {

/// What random numbers are drawn for. Numbers that were given out stay: add at the end.
enum class Purpose : std::int64_t {
  row = 0,          ///< row or step k of a run: sample, sample_many, simulate, twisted_filter
  prior = 1,        ///< where sampling starts
  noised = 2,       ///< the noise that is added to data
  draw = 3,         ///< samples of a Gaussian, or of the components of a mixture
  variance = 4,     ///< level k of a measured variance
  bound = 5,        ///< row i of a variational bound
  directions = 6,   ///< random directions of a sliced distance
  probe = 7,        ///< probe k of Hutchinson
  resampling = 8,   ///< drawing particles again after step i
  component = 9,    ///< which component of a mixture, which point of a data set
  loss = 10,        ///< the noise of denoising score matching
  slice = 11,       ///< the probe of sliced score matching
  candidates = 12,  ///< of the estimate from a density
  adjoint = 13,     ///< vectors on which a pair of maps is tried for being adjoint
};

/// The `row` of the index-th use of this kind. Throws std::invalid_argument for an index outside [0, 2³²).
constexpr std::int64_t address(Purpose purpose, std::int64_t index = 0) {
  if (index < 0 || index >> 32 != 0) require(false, "address: index = ", index, " is outside [0, 2^32)");
  return purpose == Purpose::row ? index : -std::int64_t(purpose) - 32 * index;
}

/// The address of what is drawn for the n-th time again where `row` was drawn before; n = 0 is `row` itself.
constexpr std::int64_t drawn_again(std::int64_t row, std::int64_t n) {
  return row >= 0 ? row + n * (std::int64_t{1} << 32) : row - n * (std::int64_t{1} << 38);
}

/// The addresses of a run that names its rows itself: a row that was drawn before is drawn again elsewhere.
class FreshRows {
 public:
  std::int64_t operator()(std::int64_t row) {
    std::int64_t& times = drawn_[row];
    if (times++ == 0) return row;
    for (;; ++times)
      if (const std::int64_t again = drawn_again(row, times - 1); drawn_.try_emplace(again, 1).second) return again;
  }

 private:
  std::map<std::int64_t, std::int64_t> drawn_;  // every address so far, and how often it was asked for
};

/// The counter of Philox for two normals: word 0 is their pair of coordinates; word 1 and 20 bits of word 3 the row in
/// two's complement; word 2 and 8 bits of word 3 the sample. The highest bit is set, where `Philox`, which counts from
/// 0, does not come. The three below it are free for words that are no normals.
constexpr std::array<std::uint32_t, 4> counter(std::uint32_t pair, std::int64_t row, std::int64_t sample) {
  const auto r = std::uint64_t(row), i = std::uint64_t(sample);
  return {pair, std::uint32_t(r), std::uint32_t(i),
          std::uint32_t(0x80000000u | (r >> 32 & 0xFFFFFu) << 8 | (i >> 32 & 0xFFu))};
}

/// Refuses what `counter` has no bits for: rows outside ±2⁵¹, samples outside [0, 2⁴⁰), more than 2³² pairs.
inline void check_address(std::int64_t row, std::int64_t first_sample, std::int64_t samples, std::int64_t pairs) {
  constexpr std::int64_t rows = std::int64_t{1} << 51, most = std::int64_t{1} << 40;
  require(row >= -rows && row < rows, "noise: row ", row, " is outside [-2^51, 2^51)");
  require(first_sample >= 0 && first_sample <= most - samples, "noise: samples ", first_sample, " to ",
          first_sample + samples - 1, " are not in [0, 2^40)");
  require(pairs <= std::int64_t{1} << 32, "noise: a sample has ", pairs, " pairs of numbers, more than 2^32");
}

}  // namespace tweedie
