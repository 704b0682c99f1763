#include "support/test.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

namespace {
const double infinity = std::numeric_limits<double>::infinity();
using Nodes = std::vector<std::size_t>;

/// Node i at position i²: the cost of a jump is its squared length.
double squares(std::size_t i, std::size_t j) {
  const double length = double(j * j) - double(i * i);
  return length * length;
}
Grid candidates(int n) {
  return levels(VariancePreserving{}, uniform(n));
}
double of_gaussian(const Level& t, double variance) {
  return variance * t.sigma * t.sigma / (variance * t.alpha * t.alpha + t.sigma * t.sigma);
}
/// The mean of two coordinates of unequal variance.
double uneven(const Level& t) {
  return (of_gaussian(t, 1) + of_gaussian(t, 0.01)) / 2;
}
}  // namespace

TEST_CASE("least_cost_paths: every number of steps at once, ends pinned") {
  const auto paths = least_cost_paths(5, 4, [](std::size_t i, std::size_t j) {  // positions 0, 1, 4, 9, 16
    CHECK(i < j);
    return squares(i, j);
  });
  REQUIRE(paths.size() == 4);
  CHECK(paths[0].nodes == Nodes{0, 4});
  CHECK(paths[0].cost == 256);
  CHECK(paths[1].nodes == Nodes{0, 3, 4});
  CHECK(paths[1].cost == 81 + 49);
  CHECK(paths[2].nodes == Nodes{0, 2, 3, 4});
  CHECK(paths[3].nodes == Nodes{0, 1, 2, 3, 4});
  CHECK(paths[3].cost == 1 + 9 + 25 + 49);
}

TEST_CASE("least_cost_paths: a step of infinite cost is not taken, a path that must take it is none") {
  const auto paths =
      least_cost_paths(4, 3, [](std::size_t i, std::size_t j) { return i == 0 && j > 1 ? infinity : double(j - i); });
  CHECK(paths[0].nodes.empty());
  CHECK(paths[0].cost == infinity);
  CHECK(paths[1].nodes == Nodes{0, 1, 3});
  CHECK(paths[2].nodes == Nodes{0, 1, 2, 3});
  CHECK(least_cost_paths(4, 2, [](std::size_t, std::size_t) { return 1.0; })[1].nodes ==
        Nodes{0, 1, 3});  // of equals, the earlier
}

TEST_CASE("least_cost_paths: refusals") {
  CHECK(contains(refusal([] { least_cost_paths(4, 4, squares); }), "4 steps", "1 to 3"));
  CHECK(contains(refusal([] { least_cost_paths(4, 0, squares); }), "0 steps"));
  CHECK(contains(refusal([] { least_cost_paths(1, 1, squares); }), "1 levels"));
  CHECK(contains(refusal([] { least_cost_paths(3, 1, [](std::size_t, std::size_t) { return Level::unknown; }); }),
                 "node 0", "nan"));
  CHECK(contains(refusal([] { least_cost_paths(3, 1, [](std::size_t, std::size_t) { return -infinity; }); }), "-inf"));
}

TEST_CASE("least_cost: a grid through candidates, by any cost of two levels") {
  const Grid grid = candidates(20);
  const auto length = [](const Level& t, const Level& s) { return (t.time - s.time) * (t.time - s.time); };
  const Trajectory even = least_cost(grid, 4, length);
  REQUIRE(even.grid.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) CHECK(std::abs(even.grid[i].time - (1 - 0.25 * double(i))) < 1e-12);
  CHECK(std::abs(even.cost - 0.25) < 1e-12);
  CHECK(contains(refusal([&] { least_cost(grid, 2, [](const Level&, const Level&) { return infinity; }); }), "2 steps",
                 "finite"));
}

TEST_CASE("optimal_trajectory: ends kept, the last step onto the data from the level before it") {
  const Grid grid = candidates(50);
  for (const int steps : {2, 5, 20, 50}) {
    const Trajectory found = optimal_trajectory(grid, steps, uneven);
    REQUIRE(found.grid.size() == std::size_t(steps) + 1);
    CHECK(found.grid.front().time == 1);
    CHECK(found.grid.back().sigma == 0);
    CHECK(found.grid[std::size_t(steps) - 1].time == grid[49].time);
    CHECK(found.left_out.empty());
    CHECK_NOTHROW(check_grid(found.grid));
  }
  const Grid above(grid.begin(), grid.end() - 1);
  CHECK(optimal_trajectory(above, 4, uneven).cost == optimal_trajectory(grid, 5, uneven).cost);
  // The more steps, the less is lost; and no other choice of as many loses less: here that of equal strides.
  const auto cost = [&](const Grid& g) {
    double sum = 0;
    for (std::size_t i = 0; i + 2 < g.size(); ++i) sum += analytic_cost(g[i], g[i + 1], uneven(g[i]));
    return sum;
  };
  CHECK(optimal_trajectory(grid, 10, uneven).cost < optimal_trajectory(grid, 5, uneven).cost);
  Grid strides;
  for (const std::size_t i : Nodes{0, 12, 24, 36, 49, 50}) strides.push_back(grid[i]);
  CHECK(optimal_trajectory(grid, 5, uneven).cost < cost(strides));
  // Of isotropic Gaussian data all paths cost the same: with the optimal variance each is exact.
  const auto even = [](const Level& t) { return of_gaussian(t, 0.25); };
  CHECK(std::abs(optimal_trajectory(grid, 2, even).cost - optimal_trajectory(grid, 20, even).cost) < 1e-12);
}

TEST_CASE("optimal_trajectory: levels of a negative variance are left out, and said to be") {
  const Grid grid = candidates(20);
  const auto broken = [](const Level& t) { return t.time > 0.82 || std::abs(t.time - 0.5) < 0.01 ? -3 : uneven(t); };
  const Trajectory found = optimal_trajectory(grid, 8, broken);
  CHECK(found.left_out == Nodes{0, 1, 2, 3, 10});
  CHECK(std::isfinite(found.cost));
  CHECK(found.grid.size() == 9);
  CHECK(found.grid.front().time == 1);  // an end, priced with the variance of the nearest level that has one
  for (std::size_t i = 1; i < found.grid.size(); ++i) CHECK(broken(found.grid[i]) >= 0);
  CHECK(std::isnan(analytic_cost(grid[0], grid[19], -3000)));  // what such a step would cost
}

TEST_CASE("optimal_trajectory: a first level of a negative variance is priced with the v of the nearest that has one") {
  // Of three levels above the data the middle is stopped at or not; the costs by hand, with v(grid[1]) for the first.
  const Grid grid = candidates(4);
  const auto v = [](const Level& t) { return t.time == 1 ? -0.2 : t.time > 0.7 ? 0.4 : 0.1; };
  const auto snr = [](const Level& t) { return t.alpha * t.alpha / (t.sigma * t.sigma); };
  const auto cost = [&](std::size_t i, std::size_t j, double of_i) {
    return std::log(1 + (snr(grid[j]) - snr(grid[i])) * of_i) / 2;
  };
  const Trajectory direct = optimal_trajectory(grid, 2, v), one = optimal_trajectory(grid, 3, v),
                   all = optimal_trajectory(grid, 4, v);
  CHECK(direct.left_out == Nodes{0});
  CHECK(std::abs(direct.cost - cost(0, 3, 0.4)) < 1e-14);
  CHECK(std::abs(one.cost - std::min(cost(0, 1, 0.4) + cost(1, 3, 0.4), cost(0, 2, 0.4) + cost(2, 3, 0.1))) < 1e-14);
  CHECK(one.grid[1].time == 0.5);
  CHECK(std::abs(all.cost - cost(0, 1, 0.4) - cost(1, 2, 0.4) - cost(2, 3, 0.1)) < 1e-14);
  // Not where the first has one itself, 0 included.
  const auto none = [](const Level& t) { return t.time == 1 ? 0 : 0.4; };
  CHECK(optimal_trajectory(grid, 2, none).cost == 0);
  CHECK(optimal_trajectory(grid, 2, none).left_out.empty());
}

TEST_CASE("optimal_trajectory: levels that stand twice, the data too, cost nothing and change nothing") {
  const Grid once = candidates(6);
  Grid twice = once;
  twice.insert(twice.begin() + 2, twice[2]);
  twice.insert(twice.begin(), twice[0]);
  twice.push_back(clean);
  const Trajectory found = optimal_trajectory(once, 4, uneven), again = optimal_trajectory(twice, 4, uneven);
  CHECK(again.cost == found.cost);
  CHECK(again.grid.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) CHECK(again.grid[i].sigma == found.grid[i].sigma);
  CHECK(std::abs(optimal_trajectory(twice, 8, uneven).cost - optimal_trajectory(once, 6, uneven).cost) < 1e-15);
}

TEST_CASE("optimal_trajectory: the shortest grids") {
  const Grid grid = candidates(3), two(grid.begin(), grid.begin() + 2);
  const auto of_first = [&](double first, double second) {
    return [=](const Level& t) {
      return t.time == 1 ? first : t.time > 0.5 ? second : throw std::logic_error("not asked for");
    };
  };
  CHECK(optimal_trajectory(grid, 3, of_first(0.2, 0.1)).grid.size() == 4);
  CHECK(optimal_trajectory(two, 1, [](const Level& t) {
          return t.time == 1 ? 0.2 : throw std::logic_error("the last");
        }).grid.size() == 2);
  CHECK(optimal_trajectory(grid, 2, of_first(-1, 0.1)).left_out == Nodes{0});
  CHECK(optimal_trajectory(grid, 2, of_first(0.2, -1)).left_out == Nodes{1});
  CHECK(optimal_trajectory(grid, 2, of_first(0.2, -1)).grid.size() == 3);
  CHECK(contains(refusal([&] { optimal_trajectory(grid, 2, of_first(-1, -1)); }), "no level but the last"));
  CHECK(contains(refusal([&] { optimal_trajectory({grid[2], clean}, 1, of_first(1, 1)); }), "two levels of noise"));
  CHECK(contains(refusal([&] { optimal_trajectory({grid[2], grid[2]}, 1, of_first(1, 1)); }), "from noise to data"));
}

TEST_CASE("analytic_cost: half the logarithm of 1 + (SNR_s - SNR_t) v") {
  const Level t{.alpha = 0.6, .sigma = 0.8}, s{.alpha = 0.8, .sigma = 0.6};
  CHECK(std::abs(analytic_cost(t, s, 0.3) - std::log(1 + (16.0 / 9 - 9.0 / 16) * 0.3) / 2) < 1e-15);
  CHECK(analytic_cost(t, s, 0) == 0);
  CHECK(analytic_cost(t, t, 0.3) == 0);
  CHECK(std::abs(analytic_cost(s, t, 0.3) - std::log(1 - (16.0 / 9 - 9.0 / 16) * 0.3) / 2) < 1e-15);  // upward
  CHECK(std::abs(analytic_cost(t, s, -0.3) - std::log(1 - (16.0 / 9 - 9.0 / 16) * 0.3) / 2) < 1e-15);
  const Level noise{.alpha = 0, .sigma = 1};
  CHECK(analytic_cost(noise, noise, 0.3) == 0);
  // In units in which SNR leaves the range of doubles: ½ ln(1 + (σ_t² /σ_s² − 1)) of v = σ_t².
  CHECK(std::abs(analytic_cost(EDM{}(1e-150), EDM{}(1e-170), 1e-300) - 20 * std::log(10)) < 1e-12);
  CHECK(std::abs(analytic_cost(EDM{}(2), EDM{}(1), 1e-30) - 0.75e-30 / 2) < 1e-44);  // and near 0
  CHECK(std::abs(analytic_cost({.alpha = 0, .sigma = 1}, s, 0.3) - std::log(1 + 16.0 / 9 * 0.3) / 2) < 1e-15);
}

TEST_CASE("optimal_trajectory: refusals") {
  const Grid grid = candidates(10), up(grid.rbegin(), grid.rend());
  CHECK(contains(refusal([&] { optimal_trajectory(up, 3, uneven); }), "noise to data"));
  CHECK(contains(refusal([&] { optimal_trajectory(grid, 11, uneven); }), "11 steps", "10 levels", "and the data",
                 "2 to 10"));
  const Grid above(grid.begin(), grid.end() - 1);
  CHECK(contains(refusal([&] { optimal_trajectory(above, 10, uneven); }), "10 steps", "10 levels", "allow 1 to 9"));
  CHECK(contains(refusal([&] { optimal_trajectory(grid, 1, uneven); }), "1 steps"));
  CHECK(contains(refusal([&] { optimal_trajectory(grid, 3, [](const Level&) { return Level::unknown; }); }), "time 1",
                 "nan", "finite"));
  CHECK(contains(refusal([&] {
                   optimal_trajectory(levels(RectifiedFlow{}, uniform(9)), 3,
                                      [](const Level& t) { return largest_variance(t); });
                 }),
                 "time 1", "inf"));
  CHECK(contains(refusal([&] { optimal_trajectory(grid, 3, [](const Level&) { return -1.0; }); }),
                 "no level but the last"));
  CHECK(contains(refusal([&] { analytic_cost(grid[0], clean, 1); }), "sigma = 0"));
}
