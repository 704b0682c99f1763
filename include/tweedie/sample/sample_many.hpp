#pragma once
// Many samples: the whole trajectory on one block of columns after the other, small enough for the cache, blocks in
// parallel. With Normals every sample has its own noise, so that the block and the number of threads change the result
// by rounding at most, and any sample can be made again alone.

#include <atomic>
#include <exception>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#include "prior.hpp"
#include "sample.hpp"

namespace tweedie {

struct Many {
  Eigen::Index dimension = 0;  ///< d, of one sample
  Eigen::Index count = 0;      ///< n, how many samples
  std::uint64_t seed = 0;      ///< of Normals
  unsigned threads = 0;        ///< at most; 0: as many as the machine has
  Eigen::Index block = 0;      ///< columns at a time; 0: about 32,768 numbers, and at least 16 columns
  std::int64_t first = 0;      ///< index of the first sample, and with it of its noise: {.count = 1, .first = 12345}
};

namespace detail {
/// Calls work() on this thread and on workers − 1 others, or as many as start(work) can start before it throws.
template <class Work, class Start>
void in_parallel(Eigen::Index workers, const Work& work, const Start& start) {
  std::vector<std::jthread> pool;
  try {
    for (Eigen::Index i = 1; i < workers; ++i) pool.push_back(start(work));
  } catch (const std::system_error&) {  // no more threads to be had; those there are do all of it
  } catch (const std::bad_alloc&) {
  }
  work();
}

/// Refuses a grid whose ends are not those of the table.
inline void check_ends(const Table& table, const Grid& grid) {
  const auto same = [](const Level& a, const Level& b) {
    const double most = 1e-9 * std::hypot(a.alpha, a.sigma);
    return std::fabs(a.alpha - b.alpha) <= most && std::fabs(a.sigma - b.sigma) <= most;
  };
  const auto compare = [&](const char* does, const Level& a, const Level& b) {
    require(same(a, b), "sample_many: the table ", does, " at alpha = ", a.alpha, ", sigma = ", a.sigma, " (time ",
            a.time, "), the grid at alpha = ", b.alpha, ", sigma = ", b.sigma, " (time ", b.time,
            "); a table has its levels already: leave the grid out");
  };
  compare("begins", table.front().from, grid.front());
  compare("ends", table.back().to, grid.back());
}
}  // namespace detail

/// d × n samples from the prior at grid.front(), by a sampler along `grid`, or by a table that leads from its first
/// level to its last. The denoiser is called from several threads at once, on d × block matrices. The observer is called
/// as in `sample`, for each block, by one thread at a time, or as (step, x, x0, first) if it takes the index of the
/// block's first sample; false stops that block. A sampler that couples a batch couples the block. Throws as `prior` and
/// `sample` do, and std::invalid_argument for a grid walked upward and for one that is not the table's.
template <class Scalar = double, class D, class S, class Observer = NoObserver>
Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic> sample_many(const D& denoise, const S& sampler_or_table,
                                                                  const Grid& grid, const Many& options,
                                                                  Observer&& observer = {}) {
  using X = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  const auto& [dimension, count, seed, threads, asked, first_sample] = options;
  require(dimension > 0 && count > 0, "sample_many: dimension = ", dimension, " and count = ", count,
          " must be positive");
  require(asked >= 0, "sample_many: block = ", asked, " must not be negative");
  check_address(address(Purpose::prior), first_sample, count, 1);
  check_grid(grid);
  const auto table = [&] {
    if constexpr (Sampler<S>)
      return tabulate(sampler_or_table, grid);
    else
      return sampler_or_table;
  }();
  if constexpr (std::same_as<S, Table>) {
    check_table(table);
    detail::check_ends(table, grid);
  }
  check_prior(grid.front(), grid.back());

  const Eigen::Index d = dimension, n = count,
                     block = std::min(n, asked > 0 ? asked : std::max<Eigen::Index>(16, 32768 / d));
  const Eigen::Index blocks = (n + block - 1) / block;
  const Normals noise{seed};
  X result(d, n);
  std::atomic<Eigen::Index> next{0};
  std::mutex mutex;  // of the observer and the first error
  std::exception_ptr error;

  const auto work = [&, first_sample = first_sample] {
    try {
      for (Eigen::Index i = next++; i < blocks; i = next++) {
        const Eigen::Index begin = i * block, columns = std::min(block, n - begin);
        const std::int64_t first = first_sample + begin;
        X x(d, columns);
        noise(x, address(Purpose::prior), first);
        x *= Scalar(grid.front().sigma);
        [[maybe_unused]] auto locked = [&](const Step& step, const X& state, const X& x0) {
          const std::lock_guard lock(mutex);
          if constexpr (std::is_invocable_v<Observer&, const Step&, const X&, const X&, std::int64_t>) {
            auto bound = [&](const Step& s, const X& a, const X& b) { return observer(s, a, b, first); };
            return observed(bound, step, state, x0);
          } else {
            return observed(observer, step, state, x0);
          }
        };
        const auto run = [&](auto& observe) {
          result.middleCols(begin, columns) =
              detail::sample_any(denoise, table, std::move(x), grid, noise, first, observe);
        };
        if constexpr (std::same_as<std::remove_cvref_t<Observer>, NoObserver>)
          run(observer);
        else
          run(locked);
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!error) error = std::current_exception();
      next = blocks;
    }
  };
  detail::in_parallel(
      std::min<Eigen::Index>(
          blocks, threads > 0 ? Eigen::Index(threads) : std::max(1, int(std::thread::hardware_concurrency()))),
      work, [](const auto& job) { return std::jthread([&job] { job(); }); });
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
