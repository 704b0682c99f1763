#pragma once
// Many samples: the whole trajectory on one block of columns after the other, small enough for the cache, blocks in
// parallel. With Normals every sample has its own noise, so the result does not depend on the block or on the number of
// threads.

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "prior.hpp"
#include "sample.hpp"

namespace tweedie {

struct Many {
  Eigen::Index dimension = 0;  ///< d, of one sample
  Eigen::Index count = 0;      ///< n, how many samples
  std::uint64_t seed = 0;      ///< of Normals
  unsigned threads = 0;        ///< 0: as many as the machine has
  Eigen::Index block = 0;      ///< columns at a time; 0: about 32,768 numbers, and at least 16 columns
};

/// d × n samples from the prior at grid.front(), by a sampler along `grid`, or by a table that starts there. The
/// denoiser is called from several threads at once, on d × block matrices. The observer is called as in `sample`, for
/// each block, by one thread at a time, or as (step, x, x0, first_column) if it takes the index of the block's first
/// sample; false stops that block.
template <class Scalar = double, class D, class S, class Observer = NoObserver>
Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic> sample_many(const D& denoise, const S& sampler_or_table,
                                                                  const Grid& grid, const Many& options,
                                                                  Observer&& observer = {}) {
  using X = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  const auto& [dimension, count, seed, threads, asked] = options;
  require(dimension > 0 && count > 0, "sample_many: dimension = ", dimension, " and count = ", count,
          " must be positive");
  require(asked >= 0, "sample_many: block = ", asked, " must not be negative");
  const auto table = [&] {
    if constexpr (Sampler<S>)
      return tabulate(sampler_or_table, grid);
    else
      return sampler_or_table;
  }();
  require(!grid.empty(), "sample_many: the grid is empty");
  check_prior(grid.front());

  const Eigen::Index d = dimension, n = count,
                     block = std::min(n, asked > 0 ? asked : std::max<Eigen::Index>(16, 32768 / d));
  const Eigen::Index blocks = (n + block - 1) / block;
  Normals noise{seed};
  X result(d, n);
  std::atomic<Eigen::Index> next{0};
  std::mutex mutex;  // of the observer and the first error
  std::exception_ptr error;

  const auto work = [&] {
    try {
      for (Eigen::Index i = next++; i < blocks; i = next++) {
        const Eigen::Index first = i * block, columns = std::min(block, n - first);
        X x(d, columns);
        noise(x, -1, first);
        x *= Scalar(grid.front().sigma);
        auto locked = [&](const Step& step, const X& state, const X& x0) {
          const std::lock_guard lock(mutex);
          if constexpr (std::is_invocable_v<Observer&, const Step&, const X&, const X&, Eigen::Index>) {
            auto bound = [&](const Step& s, const X& a, const X& b) { return observer(s, a, b, first); };
            return observed(bound, step, state, x0);
          } else {
            return observed(observer, step, state, x0);
          }
        };
        result.middleCols(first, columns) =
            detail::sample_any(denoise, table, std::move(x), grid, noise, first, locked);
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!error) error = std::current_exception();
      next = blocks;
    }
  };
  const Eigen::Index workers = std::min<Eigen::Index>(
      blocks, threads > 0 ? Eigen::Index(threads) : std::max(1, int(std::thread::hardware_concurrency())));
  std::vector<std::thread> pool;
  for (Eigen::Index i = 1; i < workers; ++i) pool.emplace_back(work);
  work();
  for (auto& thread : pool) thread.join();
  if (error) std::rethrow_exception(error);
  return result;
}

/// The same for a table, from the prior at its first level.
template <class Scalar = double, class D, class Observer = NoObserver>
Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic> sample_many(const D& denoise, const Table& table,
                                                                  const Many& options, Observer&& observer = {}) {
  check_table(table);
  return sample_many<Scalar>(denoise, table, {table.front().from, table.back().to}, options, observer);
}

}  // namespace tweedie
