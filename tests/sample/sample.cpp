#include "laws.hpp"

#include <random>
#include <unsupported/Eigen/CXX11/Tensor>

using namespace tweedie;
using Eigen::MatrixXd;

namespace {
const GaussianMixture<> data(Eigen::Vector2d(0.3, 0.7), (MatrixXd(2, 2) << 1, -1, 0.5, -0.2).finished(),
                             std::vector{Covariance<>::isotropic(2, 0.1), Covariance<>::isotropic(2, 0.2)});
const Grid grid = levels(VariancePreserving{}, uniform(10));
const MatrixXd start = prior(grid.front(), {2, 20}, Normals{1});

/// The row's definition, written out with everything kept: what the loop must do.
template <class D>
MatrixXd by_definition(const D& denoise, const Table& table, MatrixXd x, const Normals& noise) {
  std::vector<MatrixXd> x0, eps;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto& [t, s, row] = table[i];
    x0.push_back(denoise(x, t));
    eps.push_back((x - t.alpha * x0[i]) / t.sigma);
    MatrixXd z = x, next = row.x * x;
    noise(z, std::int64_t(i), 0);
    for (std::size_t k = 0; k <= std::min(i, Row::reach - 1); ++k)
      next += row.x0[k] * x0[i - k] + row.eps[k] * eps[i - k];
    x = next + row.z * z;
  }
  return x;
}

/// η = 0 written as a step of its own, with either form of the denoiser.
struct OwnStep {
  template <class D, class X, class Noise>
  X step(const D& denoise, const X& x, const Level& t, const Level& s, const Noise&) const {
    const X x0 = denoise(x, t);
    return X(s.alpha * x0 + s.sigma / t.sigma * (x - t.alpha * x0));
  }
};
struct OwnNoisyStep {
  template <class D, class X, class Noise>
  X step(const D& denoise, const X& x, const Level& t, const Level& s, const Noise& noise) const {
    X x0, z = x;
    denoise(x, t, x0);
    noise(z);
    const Row row = DDPM{}.row(t, s);
    return X(row.x * x + row.x0[0] * x0 + row.z * z);
  }
};
/// What a sampler may do wrong: one number of its i-th step is no number.
struct OwnFault {
  std::size_t i;
  template <class D, class X, class Noise>
  X step(const D&, X x, const Level& t, const Level&, const Noise&) const {
    if (t.time == grid[i].time) x(1, 4) = std::numeric_limits<double>::infinity();
    return x;
  }
};
/// The same of a run; i = 10 is after the last step, which no observer sees.
struct OwnFaultyRun {
  std::size_t i;
  template <class D, class X, class Noise, class Observer>
  X run(const D&, X x, const Grid& levels, const Noise&, const Observer& observer) const {
    for (std::size_t k = 0; k + 1 < levels.size(); ++k) {
      if (k == i) x(1, 4) = std::nan("");
      observer(Step{levels[k], levels[k + 1], {}}, x, x);
    }
    if (i == 10) x(0, 0) = std::nan("");
    return x;
  }
};
struct OwnRun {
  template <class D, class X, class Noise, class Observer>
  X run(const D& denoise, X x, const Grid& levels, const Noise& noise, const Observer& observer) const {
    for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
      const X x0 = denoise(x, levels[i]);
      X z = x;
      noise(z, std::int64_t(i));
      const Row row = DDPM{}.row(levels[i], levels[i + 1]);
      x = row.x * x + row.x0[0] * x0 + row.z * z;
      if (!observer(Step{levels[i], levels[i + 1], row}, x, x0)) break;
    }
    return x;
  }
};
struct NoiselessRun {
  template <class D, class X, class Noise, class Observer>
  X run(const D& denoise, X x, const Grid& levels, const Noise&, const Observer&) const {
    for (std::size_t i = 0; i + 1 < levels.size(); ++i) x = OwnStep{}.step(denoise, x, levels[i], levels[i + 1], 0);
    return x;
  }
};
}  // namespace

TEST_CASE("the loop does what a row says, for every slot of a table") {
  Table deep;
  for (std::size_t j = 0; j < 14; ++j) {
    const std::size_t i = j % 9;
    Row row{.x = 0.2, .z = 0.3};
    for (std::size_t k = 0; k <= std::min(j, Row::reach - 1); ++k) {
      row.x0[k] = std::cos(double(j + 3 * k)) / 6;
      row.eps[k] = std::sin(double(2 * j + k)) / 6;
    }
    deep.push_back({grid[i], grid[i + 1], row});
  }
  for (const Table& table : {deep, tabulate(DDPM{}, grid), tabulate(DDIM{0.5}, grid)})
    CHECK(tests::largest_difference(sample(data, table, start, Normals{7}),
                                    by_definition(data, table, start, Normals{7})) < 1e-12);
}

TEST_CASE("an estimate that no row reads is not made, and one that a later row reads is") {
  int calls = 0;
  const auto counted = [&](const MatrixXd& x, const Level& t) { return ++calls, data(x, t); };
  const Table table{{grid[1], grid[0], {.x = 1, .z = 0.1}},
                    {grid[0], grid[1], {.x = 0.5}},
                    {grid[1], grid[2], {.x0 = {0, 0.5}, .eps = {0, 0.5}}}};
  sample(counted, table, start, Normals{1});
  CHECK(calls == 1);
}

TEST_CASE("a table made beforehand is the sampler on the grid") {
  CHECK(sample(data, tabulate(DDPM{}, grid), start, Normals{3}) == sample(data, DDPM{}, start, grid, Normals{3}));
}

TEST_CASE("samplers with a step or a run of their own go through the same call") {
  CHECK(tests::largest_difference(sample(data, OwnStep{}, start, Grid(grid.begin(), grid.end() - 1)),
                                  sample(data, DDIM{}, start, Grid(grid.begin(), grid.end() - 1))) < 1e-12);
  const MatrixXd expected = sample(data, DDPM{}, start, grid, Normals{5});
  CHECK(tests::largest_difference(sample(data, OwnNoisyStep{}, start, grid, Normals{5}), expected) < 1e-13);
  CHECK(tests::largest_difference(sample(data, OwnRun{}, start, grid, Normals{5}), expected) < 1e-13);
  int seen = 0;
  const auto watch = [&](const Step& step, const MatrixXd& x, const MatrixXd& x0) {
    CHECK(x0.size() == x.size());
    CHECK(step.from.time == grid[std::size_t(seen)].time);
    return ++seen < 4;
  };
  sample(data, OwnNoisyStep{}, start, grid, Normals{5}, watch);
  CHECK(seen == 4);
  seen = 0;
  sample(data, OwnRun{}, start, grid, Normals{5}, watch);
  CHECK(seen == 4);
  const auto nan = [](const MatrixXd& x, const Level&) -> MatrixXd { return x * std::nan(""); };
  CHECK(tests::contains(tests::refusal<std::domain_error>([&] { sample(nan, OwnStep{}, start, grid); }), "row 0",
                        "not finite"));
}

TEST_CASE("a step of length zero is the identity to a sampler with a step or a run, and costs no evaluation") {
  Grid twice = grid;
  twice.insert(twice.begin() + 1, grid[1]), twice.insert(twice.begin(), grid[0]), twice.push_back(clean);
  std::size_t calls = 0;
  const auto counted = [&](const MatrixXd& x, const Level& t) -> MatrixXd { return ++calls, data(x, t); };
  const auto check = [&](const auto& sampler) {
    calls = 0;
    const MatrixXd merged = sample(counted, sampler, start, grid), theirs = sample(counted, sampler, start, twice);
    CHECK(tests::largest_difference(merged, theirs) < 1e-14);
    CHECK(calls == 2 * (grid.size() - 1));
  };
  check(OwnStep{}), check(DDIM{}), check(NoiselessRun{});
  // An observer sees it, with the row that does nothing.
  std::size_t seen = 0, standing = 0;
  sample(data, OwnStep{}, start, twice, NoNoise{},
         [&](const Step& step, const MatrixXd&, const MatrixXd&) { ++seen, standing += step.row.x == 1; });
  CHECK(seen == twice.size() - 1);
  CHECK(standing == 3);
  // One level is no run, and one of another size scales the state.
  CHECK(sample(data, NoiselessRun{}, start, {grid[0], grid[0]}) == start);
  CHECK(sample(data, OwnStep{}, start, {grid[0], grid[0]}) == start);
  const Level wide{.alpha = 2 * grid[0].alpha, .sigma = 2 * grid[0].sigma};
  CHECK(tests::largest_difference(sample(data, OwnStep{}, start, {grid[0], wide}), MatrixXd(2 * start)) < 1e-14);
  // A check of the grid does not see it.
  CHECK_NOTHROW(sample(data, ElementwiseVariance{DDPM{}, data}, start, twice, Normals{1}));
}

TEST_CASE("states of every kind give the same samples") {
  const MatrixXd expected = sample(data, DDPM{}, start, grid, Normals{2});
  CHECK(tests::largest_difference(sample(data, DDPM{}, Eigen::ArrayXXd(start), grid, Normals{2}), expected) < 1e-14);
  CHECK(tests::largest_difference(
            sample(data, DDPM{}, Eigen::Matrix<double, 2, Eigen::Dynamic, Eigen::RowMajor>(start), grid, Normals{2}),
            expected) < 1e-13);
  Eigen::Tensor<double, 3> tensor(2, 1, 20);
  columns(tensor) = start;
  CHECK(tests::largest_difference(sample(data, DDPM{}, tensor, grid, Normals{2}), expected) < 1e-13);
  Eigen::Tensor<double, 3, Eigen::RowMajor> rows(1, 2, 20);
  columns(rows) = start;
  CHECK(tests::largest_difference(sample(data, DDPM{}, rows * 1.0, grid, Normals{2}), expected) < 1e-13);
  CHECK(tests::largest_difference(sample(data, DDPM{}, start.leftCols(7), grid, Normals{2}),
                                  MatrixXd(expected.leftCols(7))) < 1e-13);
  CHECK(tests::largest_difference(sample(data, DDPM{}, Eigen::Vector2d(start.col(0)), grid, Normals{2}),
                                  MatrixXd(expected.col(0))) < 1e-13);
}

TEST_CASE("float stays within 1e-5 of double over 1000 steps, to both ends of the schedule") {
  const Grid fine = levels(Discrete::linear(), trailing(1000));
  const Gaussian<> smooth(Eigen::Vector2d(0.3, -0.2), Covariance<>::isotropic(2, 0.3));
  for (const double eta : {0.0, 1.0}) {
    const MatrixXd twice = sample(smooth, DDIM{eta}, start, fine, Normals{4});
    const Eigen::MatrixXf once = sample(smooth, DDIM{eta}, Eigen::MatrixXf(start.cast<float>()), fine, Normals{4});
    CHECK(tests::largest_difference(once, twice) < 1e-5);
  }
}

TEST_CASE("noise may be an engine, an address or a function, and may be left out where none is drawn") {
  std::mt19937_64 a(1), b(1);
  CHECK(sample(data, DDPM{}, start, grid, a) == sample(data, DDPM{}, start, grid, b));
  CHECK(a == b);
  int drawn = 0;
  const auto counted = [&](MatrixXd& z) { ++drawn, z.setZero(); };
  sample(data, DDPM{}, start, grid, counted);
  CHECK(drawn == 9);  // once for each row with z ≠ 0: not for the last
  CHECK_NOTHROW(sample(data, DDIM{}, start, grid));
  CHECK(tests::contains(tests::refusal([] { sample(data, DDPM{}, start, grid); }), "row 0", "pass a random engine"));
}

TEST_CASE("nothing that is not finite comes back, though the denoiser be blind to it") {
  const auto blind = [](const MatrixXd& x, const Level&) -> MatrixXd { return MatrixXd::Ones(x.rows(), x.cols()); };
  const auto refused = [](const auto& act) { return tests::refusal<std::domain_error>(act); };
  // ten rows; what goes wrong does so in row 3, from time 0.7 to 0.6
  int row = 0;
  const auto noise = [&](MatrixXd& z) { z.setConstant(row++ == 3 ? std::nan("") : 1); };
  CHECK(tests::contains(refused([&] { sample(blind, DDPM{}, start, grid, noise); }), "row 3", "time 0.7", "the noise"));
  Table table = tabulate(DDIM{}, grid);
  table[3].row.x = 1e308;
  CHECK(tests::contains(refused([&] { sample(blind, table, MatrixXd(1e10 * start)); }), "row 3", "time 0.7 to 0.6",
                        "the state that it leads to"));
  table.resize(4);  // the last row as well
  CHECK(tests::contains(refused([&] { sample(blind, table, MatrixXd(1e10 * start)); }), "row 3", "time 0.7 to 0.6"));
  // an estimate that its own row does not read
  Table later = tabulate(DDIM{}, grid);
  later[4].row = {.x = 1};
  later[5].row = {.x = 1, .x0 = {0, 1}};
  const auto once = [&](const MatrixXd& x, const Level& t) -> MatrixXd {
    return MatrixXd::Constant(x.rows(), x.cols(), t.time == grid[4].time ? std::nan("") : 1);
  };
  CHECK(tests::contains(refused([&] { sample(once, later, start); }), "row 4 at time 0.6", "the denoiser returned"));

  CHECK(tests::contains(refused([&] { sample(blind, OwnFault{3}, start, grid); }), "step 3", "time 0.7 to 0.6"));
  CHECK(tests::contains(refused([&] { sample(blind, OwnFault{9}, start, grid); }), "step 9", " to 0"));
  CHECK(tests::contains(refused([&] { sample(blind, OwnFaultyRun{3}, start, grid); }), "row 3", "time 0.7 to 0.6"));
  CHECK(tests::contains(refused([&] { sample(blind, OwnFaultyRun{10}, start, grid); }), "row 10", "time 1 to 0"));
}

TEST_CASE("sample refuses bad input before the first row") {
  int calls = 0;
  const auto counted = [&](const MatrixXd& x, const Level& t) { return ++calls, data(x, t); };
  CHECK(tests::contains(tests::refusal([&] { sample(counted, DDIM{}, start, Grid{}); }), "0 levels"));
  CHECK(tests::contains(tests::refusal([&] { sample(counted, DDIM{}, MatrixXd(2, 0), grid); }), "state is empty"));
  CHECK(tests::contains(tests::refusal([&] { sample(counted, DDIM{}, MatrixXd::Constant(2, 2, std::nan("")), grid); }),
                        "start", "not finite"));
  CHECK(tests::contains(tests::refusal([&] { sample(counted, Table{}, start); }), "no rows"));
  CHECK(tests::contains(tests::refusal([&] {
                          sample(counted, OwnStep{}, start, levels(EDM{}, {1, 3, 2}));
                        }),
                        "one way"));
  CHECK(tests::contains(tests::refusal([&] { sample(counted, OwnRun{}, start, Grid{clean}); }), "needs two"));
  CHECK(calls == 0);
  CHECK(tests::contains(tests::refusal([] { sample(data, DDIM{}, MatrixXd::Ones(3, 2), grid); }), "row 0",
                        "dimension is 2", "3x2"));
}
