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
  calls = 0;
  sample_many(data, DDIM{}, grid, {.dimension = 2, .count = 10},
              [&](const Step&, const MatrixXd&, const MatrixXd&) { ++calls; });
  CHECK(calls == 8);
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
}
