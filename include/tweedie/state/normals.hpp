#pragma once
// Standard normal noise with an address: the number for coordinate j of sample i in row k is a function of (seed, k, i,
// j) alone, whatever the batch, the thread, the rank or the scalar. So sample 12345 of a run can be made again alone.

#include "normal_quantile.hpp"
#include "philox.hpp"
#include "state.hpp"

namespace tweedie {

/// Normals keep no state: the same address gives the same numbers in every call. `row` is the row of the table;
/// negative ones are −1 for the prior, −2 for `noised`, −3 for the draws of a Gaussian, −4 − 2k for level k of a
/// measured variance, −5 − 2i for row i of a variational bound; 2³⁰ + k is probe k of Hutchinson, 2³⁰ + i also what
/// twisted_filter draws again by after row i.
struct Normals {
  std::uint64_t seed = 0;

  /// Fills z; its columns are the samples first_column, first_column + 1, …
  template <State X>
  void operator()(X& z, std::int64_t row, std::int64_t first_column = 0) const {
    constexpr int blocks = 64;  // counters at a time; each gives two normals, coordinates 2b and 2b + 1 of a sample
    auto view = columns(z);
    const Eigen::Index d = view.rows(), pairs = (d + 1) / 2, total = pairs * view.cols();
    const std::array<std::uint32_t, 2> key{std::uint32_t(seed), std::uint32_t(seed >> 32)};
    std::array<std::array<std::uint32_t, blocks>, 4> words;
    Eigen::Array<double, 2 * blocks, 1> q;
    Eigen::Index pair = 0, column = 0, to_pair = 0, to_column = 0;
    for (Eigen::Index done = 0; done < total; done += blocks) {
      for (std::size_t i = 0; i < blocks; ++i) {
        const auto sample = std::uint64_t(first_column + column);
        words[0][i] = std::uint32_t(pair);
        words[1][i] = std::uint32_t(row);
        words[2][i] = std::uint32_t(sample);
        words[3][i] = std::uint32_t(sample >> 32);
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
