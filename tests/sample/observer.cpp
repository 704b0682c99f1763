#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;

namespace {
const Gaussian<> data(Eigen::Vector2d(1, 2), Covariance<>::isotropic(2, 0.5));
const Grid grid = levels(VariancePreserving{}, uniform(6));
const MatrixXd start = prior(grid.front(), {2, 3}, Normals{1});

/// A run that asks twice, and ends where the loop keeps the newest estimate.
struct Twice {
  template <class D, class Noise, class Observer>
  MatrixXd run(const D& denoise, MatrixXd x, const Grid& levels, const Noise&, const Observer& observer) const {
    const MatrixXd first = denoise(x, levels[0]), second = denoise(first, levels[1]);
    observer(Step{levels[0], levels[1], {}}, second, denoise.newest());
    return denoise.newest();
  }
};
}  // namespace

TEST_CASE("an observer sees each step, the state after it and the newest estimate") {
  std::vector<double> times;
  MatrixXd before = start;
  const MatrixXd end =
      sample(data, DDIM{}, start, grid, NoNoise{}, [&](const Step& step, const MatrixXd& x, const MatrixXd& x0) {
        times.push_back(step.to.time);
        CHECK(x0 == data(before, step.from));
        before = x;
      });
  std::vector<double> expected = uniform(6);
  expected.erase(expected.begin());
  CHECK(times == expected);
  CHECK(before == end);
}

TEST_CASE("an observer that returns false stops the run") {
  int rows = 0;
  const auto stop = [&](const Step& step, const MatrixXd&, const MatrixXd&) { return ++rows, step.to.time > 0.5; };
  const MatrixXd x = sample(data, DDIM{}, start, grid, NoNoise{}, stop);
  CHECK(rows == 3);
  CHECK(x == sample(data, DDIM{}, start, Grid(grid.begin(), grid.begin() + 4)));
}

TEST_CASE("before the first estimate an observer sees a state of no size, or NaN in a fixed one") {
  const Table table{{grid[1], grid[0], {.x = 1, .z = 0.5}}, {grid[0], grid[1], {.x0 = {1}}}};  // churn, then a step
  std::vector<Eigen::Index> sizes;
  sample(data, table, start, Normals{2},
         [&](const Step&, const MatrixXd&, const MatrixXd& x0) { sizes.push_back(x0.size()); });
  CHECK(sizes == std::vector<Eigen::Index>{0, 6});
  bool first = true;
  sample(data, table, Eigen::Vector2d(1, 1), Normals{2},
         [&](const Step&, const Eigen::Vector2d&, const Eigen::Vector2d& x0) {
           CHECK(x0.array().isNaN().all() == first);
           first = false;
         });
}

TEST_CASE("an estimate is kept for an observer, and for nobody else") {
  const Grid two(grid.begin(), grid.begin() + 2);
  CHECK(sample(data, Twice{}, start, two).size() == 0);
  MatrixXd newest;
  sample(data, Twice{}, start, two, NoNoise{}, [&](const Step&, const MatrixXd&, const MatrixXd& x0) { newest = x0; });
  CHECK(newest == data(data(start, grid[0]), grid[1]));
}
