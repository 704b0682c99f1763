#pragma once
// A denoiser that keeps what its estimates say of themselves. sample_many calls it from several threads.

#include <mutex>
#include <tweedie/guidance/from_density.hpp>
#include <tweedie/sampler/row.hpp>

#include "planners.hpp"

namespace plan {

class Record {
 public:
  Record(const tweedie::Grid& grid, Eigen::Index rows, Eigen::Index paths) : grid_(grid), paths_(paths) {
    for (std::size_t i = 0; i + 1 < grid.size(); ++i)
      levels_.push_back({grid[i].sigma / grid[i].alpha, 0, 0, Eigen::MatrixXd(rows, paths)});
  }

  void add(const tweedie::DensityEstimate& estimate, const tweedie::Level& t) {
    const std::lock_guard lock(mutex_);
    AtLevel& level = at(t);
    level.effective += estimate.effective.sum() / double(paths_);
    const auto& error = estimate.standard_error.array();
    level.error += error.isFinite().select(error.square(), 0).sum() / double(level.mean.size());
  }
  /// An observer of sample_many: only it is told which samples they are.
  auto means() {
    return [this](const tweedie::Step& step, const Eigen::MatrixXd&, const Eigen::MatrixXd& x0, Eigen::Index first) {
      at(step.from).mean.middleCols(first, x0.cols()) = x0;
    };
  }
  /// When all is done.
  std::vector<AtLevel> levels() const {
    std::vector<AtLevel> all = levels_;
    for (AtLevel& level : all) level.error = std::sqrt(level.error);
    return all;
  }

 private:
  AtLevel& at(const tweedie::Level& t) {
    std::size_t i = 0;
    while (grid_.at(i).time != t.time) ++i;
    return levels_.at(i);
  }

  tweedie::Grid grid_;
  Eigen::Index paths_;
  std::mutex mutex_;
  std::vector<AtLevel> levels_;
};

template <class Planner>
struct Watched {
  const Planner& planner;
  Record& record;

  void operator()(const Eigen::MatrixXd& x, const tweedie::Level& t, Eigen::MatrixXd& out) const {
    const tweedie::DensityEstimate estimate = planner.estimate(x, t);
    record.add(estimate, t);
    out = estimate.mean;
  }
};
template <class Planner>
Watched(const Planner&, Record&) -> Watched<Planner>;

}  // namespace plan
