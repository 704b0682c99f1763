#include "routes.hpp"

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <tweedie/sde/likelihood.hpp>

namespace likelihood {

using Eigen::Index;
using Eigen::MatrixXd;
using tweedie::Level;

namespace {

/// one(i) for each i below n, from several threads. Of what they throw, the first is thrown.
template <class One>
void in_parallel(Index n, int threads, const One& one) {
  std::atomic<Index> next{0};
  std::mutex mutex;
  std::exception_ptr error;
  const auto work = [&] {
    try {
      for (Index i = next++; i < n; i = next++) one(i);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!error) error = std::current_exception();
      next = n;
    }
  };
  std::vector<std::thread> pool;
  const int workers = threads > 0 ? threads : std::max(1, int(std::thread::hardware_concurrency()));
  for (int i = 1; i < workers; ++i) pool.emplace_back(work);
  work();
  for (std::thread& thread : pool) thread.join();
  if (error) std::rethrow_exception(error);
}

/// divergence(i, denoise): that of digit i.
template <class Divergence>
Found by_flow(const Mixture& model, const MatrixXd& x, double tolerance, int threads, examples::Progress& progress,
              const Divergence& divergence) {
  const tweedie::AdaptiveFlow flow{
      .at = at_lambda(schedule), .relative_tolerance = tolerance, .absolute_tolerance = tolerance};
  Found found{Eigen::VectorXd(x.cols()), Eigen::VectorXd(x.cols()), 0};
  std::atomic<long> evaluations{0};
  std::mutex mutex;  // of the bar
  in_parallel(x.cols(), threads, [&](Index i) {
    const auto denoise = [&](const MatrixXd& at, const Level& t, MatrixXd& x0) {
      model(at, t, x0);
      ++evaluations;
    };
    const MatrixXd digit = x.col(i);
    const auto one = log_likelihood(denoise, divergence(i, denoise), digit, schedule(end_time), schedule(1.0), flow);
    found.log_density[i] = one.log_density[0];
    found.standard_error[i] = one.standard_error[0];
    const std::lock_guard lock(mutex);
    progress.advance();
  });
  found.evaluations = double(evaluations) / double(x.cols());
  return found;
}

}  // namespace

Found by_exact_divergence(const Mixture& model, const MatrixXd& x, double tolerance, int threads,
                          examples::Progress& progress) {
  return by_flow(model, x, tolerance, threads, progress,
                 [&](Index, const auto&) { return tweedie::PosteriorTrace{std::cref(model)}; });
}

Found by_probes(const Mixture& model, const MatrixXd& x, double tolerance, int probes, int seed, int threads,
                examples::Progress& progress) {
  return by_flow(model, x, tolerance, threads, progress, [&](Index i, const auto& denoise) {
    return tweedie::Hutchinson{tweedie::difference_product(std::cref(denoise)), probes, tweedie::Probe::rademacher,
                               tweedie::Normals{std::uint64_t(seed)}, i};
  });
}

}  // namespace likelihood
