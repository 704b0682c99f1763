#pragma once
// Standard normal noise with an address: the number for coordinate j of sample i in row k is a function of (seed, k, i,
// j) alone, whatever the batch, the thread, the rank or the scalar. So sample 12345 of a run can be made again alone.

#include "address.hpp"
#include "normal_quantile.hpp"
#include "philox.hpp"
#include "state.hpp"

namespace tweedie {

/// Normals keep no state: the same address gives the same numbers in every call. `row` is the row of the table, or the
/// address of another use: state/address.hpp has them all.
struct Normals {
  std::uint64_t seed = 0;

  /// Normals of another seed, one for each k, none of which is this one's: for runs that are to be independent though
  /// they draw the same rows. It is the k-th number of SplitMix64 from a start that is a hash of the seed; Steele, Lea
  /// and Flood, Fast splittable pseudorandom number generators, OOPSLA 2014, section 3.
  constexpr Normals stream(std::uint64_t k) const {
    constexpr std::uint64_t golden = 0x9E3779B97F4A7C15u;
    const auto mix = [](std::uint64_t v) {  // one to one
      v = (v ^ v >> 30) * 0xBF58476D1CE4E5B9u;
      v = (v ^ v >> 27) * 0x94D049BB133111EBu;
      return v ^ v >> 31;
    };
    return {mix(mix(seed + golden) + golden * (k + 1))};
  }

  /// Fills z; its columns are the samples first_column, first_column + 1, … Throws std::invalid_argument for a row
  /// outside ±2⁵¹ or a sample outside [0, 2⁴⁰).
  template <State X>
  void operator()(X& z, std::int64_t row, std::int64_t first_column = 0) const {
    constexpr int blocks = 64;  // counters at a time; each gives two normals, coordinates 2b and 2b + 1 of a sample
    auto view = columns(z);
    const Eigen::Index d = view.rows(), pairs = (d + 1) / 2, total = pairs * view.cols();
    check_address(row, first_column, view.cols(), pairs);
    const std::array<std::uint32_t, 2> key{std::uint32_t(seed), std::uint32_t(seed >> 32)};
    std::array<std::array<std::uint32_t, blocks>, 4> words;
    Eigen::Array<double, 2 * blocks, 1> q;
    Eigen::Index pair = 0, column = 0, to_pair = 0, to_column = 0;
    for (Eigen::Index done = 0; done < total; done += blocks) {
      for (std::size_t i = 0; i < blocks; ++i) {
        const auto at = counter(std::uint32_t(pair), row, first_column + column);
        for (std::size_t w = 0; w < 4; ++w) words[w][i] = at[w];
        if (++pair == pairs) pair = 0, ++column;
      }
      philox<blocks>(words, key);
      for (std::size_t i = 0; i < blocks; ++i) {
        q[Eigen::Index(2 * i)] = centred_uniform(std::uint64_t{words[1][i]} << 32 | words[0][i]);
        q[Eigen::Index(2 * i + 1)] = centred_uniform(std::uint64_t{words[3][i]} << 32 | words[2][i]);
      }
      const Eigen::Array<double, 2 * blocks, 1> normals = normal_quantile<2 * blocks>(q);
      for (Eigen::Index i = 0; i < std::min<Eigen::Index>(blocks, total - done); ++i) {
        using Scalar = typename X::Scalar;
        view(2 * to_pair, to_column) = Scalar(normals[2 * i]);
        if (2 * to_pair + 1 < d) view(2 * to_pair + 1, to_column) = Scalar(normals[2 * i + 1]);
        if (++to_pair == pairs) to_pair = 0, ++to_column;
      }
    }
  }
};

}  // namespace tweedie
