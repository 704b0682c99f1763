#include "support/test.hpp"

#include <set>

using namespace tweedie;
using Eigen::MatrixXd;

namespace {
const GaussianMixture<> data(Eigen::Vector2d(0.3, 0.7), (MatrixXd(2, 2) << 1, -1, 0.5, -0.2).finished(),
                             std::vector{Covariance<>::isotropic(2, 0.1), Covariance<>::isotropic(2, 0.2)});
const Grid grid = levels(VariancePreserving{}, uniform(8));
}  // namespace

TEST_CASE("many samples are the same whatever the block and the number of threads, and sample makes them too") {
  const MatrixXd expected = sample(data, DDPM{}, prior(grid.front(), {2, 100}, Normals{5}), grid, Normals{5});
  for (const unsigned threads : {1u, 2u, 5u})
    for (const Eigen::Index block : {0, 1, 7, 1000})
      CHECK(tests::largest_difference(
                sample_many(data, DDPM{}, grid,
                            {.dimension = 2, .count = 100, .seed = 5, .threads = threads, .block = block}),
                expected) < 1e-13);
  CHECK(tests::largest_difference(
            sample_many(data, tabulate(DDPM{}, grid), grid, {.dimension = 2, .count = 100, .seed = 5}), expected) <
        1e-13);
  CHECK(tests::largest_difference(sample_many(data, tabulate(DDPM{}, grid), {.dimension = 2, .count = 100, .seed = 5}),
                                  expected) < 1e-13);
  CHECK(tests::largest_difference(sample_many<float>(data, DDPM{}, grid, {.dimension = 2, .count = 100, .seed = 5}),
                                  expected) < 1e-4);
}

TEST_CASE("the observer is told which samples it sees") {
  std::set<Eigen::Index> firsts;
  int calls = 0;
  const auto watch = [&](const Step&, const MatrixXd& x, const MatrixXd&, Eigen::Index first) {
    firsts.insert(first);
    ++calls;
    CHECK(x.cols() == (first == 90 ? 10 : 30));
  };
  sample_many(data, DDIM{}, grid, {.dimension = 2, .count = 100, .threads = 3, .block = 30}, watch);
  CHECK(firsts == std::set<Eigen::Index>{0, 30, 60, 90});
  CHECK(calls == 4 * 8);
  firsts.clear();
  sample_many(data, DDIM{}, grid, {.dimension = 2, .count = 4, .block = 1},
              [&](const Step&, const MatrixXd&, const MatrixXd&, Eigen::Index first) { firsts.insert(first); });
  CHECK(firsts == std::set<Eigen::Index>{0, 1, 2, 3});
  calls = 0;
  sample_many(data, DDIM{}, grid, {.dimension = 2, .count = 10},
              [&](const Step&, const MatrixXd&, const MatrixXd&) { ++calls; });
  CHECK(calls == 8);
}

TEST_CASE("any samples can be made again alone") {
  const MatrixXd all = sample_many(data, DDPM{}, grid, {.dimension = 2, .count = 100, .seed = 5});
  for (const Eigen::Index first : {0, 1, 37, 99}) {
    const Eigen::Index count = std::min<Eigen::Index>(3, 100 - first);
    std::set<std::int64_t> firsts;
    const auto watch = [&](const Step&, const MatrixXd&, const MatrixXd&, std::int64_t index) { firsts.insert(index); };
    CHECK(tests::largest_difference(
              sample_many(data, DDPM{}, grid,
                          {.dimension = 2, .count = count, .seed = 5, .threads = 1, .block = 2, .first = first}, watch),
              all.middleCols(first, count).eval()) < 1e-13);
    CHECK(firsts == (count > 2 ? std::set<std::int64_t>{first, first + 2} : std::set<std::int64_t>{first}));
  }
  CHECK(tests::contains(
      tests::refusal([] { sample_many(data, DDIM{}, grid, {.dimension = 2, .count = 5, .first = -1}); }),
      "samples -1"));
}

TEST_CASE("where no more threads can be started, those there are do all of it") {
  std::mutex mutex;
  std::set<std::thread::id> workers;
  int calls = 0, started = 0;
  const auto work = [&] {
    const std::lock_guard lock(mutex);
    ++calls;
    workers.insert(std::this_thread::get_id());
  };
  const auto start = [&started](const auto& job) {
    if (started++ == 2) throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
    return std::jthread([&job] { job(); });
  };
  detail::in_parallel(7, work, start);
  CHECK(calls == 3);
  CHECK(workers.contains(std::this_thread::get_id()));
  CHECK(started == 3);
  calls = 0, started = 3;
  detail::in_parallel(4, work, start);
  CHECK(calls == 4);
  detail::in_parallel(1, work, [](const auto&) -> std::jthread { throw std::logic_error("none is wanted"); });
  CHECK(calls == 5);
}

TEST_CASE("what Many does not say: the first samples of seed 0") {
  const MatrixXd expected = sample(data, DDPM{}, prior(grid.front(), {2, 7}, Normals{0}), grid, Normals{0});
  CHECK(tests::largest_difference(sample_many(data, DDPM{}, grid, {.dimension = 2, .count = 7}), expected) < 1e-13);
  CHECK(tests::contains(tests::refusal([] { sample_many(data, DDPM{}, grid, {.dimension = 2}); }), "count = 0"));
}

TEST_CASE("an error in a thread reaches the caller") {
  const auto fails = [](const MatrixXd& x, const Level& t) -> MatrixXd {
    return x * (t.time < 0.5 ? std::nan("") : 1);
  };
  CHECK(tests::contains(tests::refusal<std::domain_error>([&] {
                          sample_many(fails, DDIM{}, grid, {.dimension = 2, .count = 100, .threads = 4, .block = 5});
                        }),
                        "row", "not finite"));
}

TEST_CASE("sample_many refuses") {
  CHECK(tests::contains(tests::refusal([] { sample_many(data, DDIM{}, grid, {.dimension = 2, .count = 0}); }),
                        "count = 0"));
  CHECK(tests::contains(tests::refusal([] { sample_many(data, DDIM{}, grid, {.count = 5}); }), "dimension = 0"));
  CHECK(tests::contains(
      tests::refusal([] { sample_many(data, DDIM{}, grid, {.dimension = 2, .count = 5, .block = -1}); }),
      "block = -1"));
  CHECK(tests::contains(tests::refusal([] { sample_many(data, DDIM{}, Grid{}, {.dimension = 2, .count = 5}); }),
                        "0 levels"));
  const Many five{.dimension = 2, .count = 5};
  const Grid upward(grid.rbegin(), grid.rend()), shorter(grid.begin(), grid.end() - 1);
  const Table table = tabulate(DDIM{}, grid);
  CHECK(tests::contains(tests::refusal([&] { sample_many(data, table, shorter, five); }), "the table ends", "time 0",
                        "time 0.125"));
  const Grid later(grid.begin() + 1, grid.end());
  CHECK(tests::contains(tests::refusal([&] { sample_many(data, table, later, five); }), "the table begins", "time 1",
                        "time 0.875"));
  Grid rounded = grid;
  for (Level& t : rounded) t.alpha *= 1 + 1e-14, t.sigma *= 1 - 1e-14;
  CHECK_NOTHROW(sample_many(data, table, rounded, five));
  const auto shifted = [&](double alpha, double sigma) {
    Grid other = grid;
    other.front().alpha += alpha, other.front().sigma += sigma;
    return other;
  };
  for (const double off : {2e-9, -2e-9, 0.01, -1e-3}) {  // beyond 1e-9 of either number alone; α = 0.0066, σ = 1
    CHECK(
        tests::contains(tests::refusal([&] { sample_many(data, table, shifted(off, 0), five); }), "the table begins"));
    CHECK(
        tests::contains(tests::refusal([&] { sample_many(data, table, shifted(0, off), five); }), "the table begins"));
    CHECK_NOTHROW(sample_many(data, table, shifted(off * 1e-3 * (std::abs(off) < 1e-8), 0), five));
  }
  const Level far = EDM{}(1e6);  // in units of σ: 1e-4 is its rounding there
  CHECK_NOTHROW(sample_many(data, tabulate(DDIM{}, Grid{far, clean}), Grid{{far.time, 1, 1e6 + 1e-4}, clean}, five));
  // σ > α all the way, but upward
  const Grid up = levels(EDM{}, {2, 5, 80});
  CHECK(tests::contains(tests::refusal([&] { sample_many(data, DDIM{}, up, five); }), "time 2 to 80", "noise grows"));
  CHECK(tests::contains(tests::refusal([&] { sample_many(data, tabulate(DDIM{}, up), five); }), "noise grows"));
  CHECK(tests::contains(tests::refusal([&] { sample_many(data, DDIM{}, levels(EDM{}, uniform(20)), five); }), "time 1",
                        "sigma = 1"));
}
