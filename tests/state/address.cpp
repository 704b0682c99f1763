#include "support/test.hpp"

#include <random>
#include <set>

using namespace tweedie;
using Eigen::MatrixXd;

namespace {

constexpr std::int64_t two_to(int power) {
  return std::int64_t{1} << power;
}
static_assert(address(Purpose::row, 17) == 17 && address(Purpose::prior) == -1 && address(Purpose::noised) == -2);

/// Every purpose, at the ends and in the middle of its indices; rows also where they are drawn again.
std::vector<std::int64_t> addresses() {
  std::vector<std::int64_t> all;
  for (std::int64_t purpose = 0; purpose < 32; ++purpose)
    for (const std::int64_t index : {std::int64_t{0}, std::int64_t{1}, std::int64_t{2}, two_to(30), two_to(32) - 1}) {
      const std::int64_t row = address(Purpose(purpose), index);
      for (const std::int64_t n : {0, 1, 2, 4000}) all.push_back(drawn_again(row, n));
    }
  return all;
}

/// Gives the noise of Normals and notes which addresses it is asked for, and how often.
struct Recorder {
  std::map<std::int64_t, int> asked;

  template <State X>
  void operator()(X& z, std::int64_t row, std::int64_t first = 0) {
    ++asked[row];
    Normals{1}(z, row, first);
  }
};

struct DrawsTwice {
  template <class D, State X, class Noise>
  X step(const D&, const X& x, const Level&, const Level&, const Noise& noise) const {
    X first = x, second = x;
    noise(first);
    noise(second);
    return X(first - second);
  }
};
struct RunsTwice {
  template <class D, State X, class Noise, class Observer>
  X run(const D&, const X& x, const Grid& grid, const Noise& noise, const Observer&) const {
    X sum = X::Zero(x.rows(), x.cols()), z = x;
    for (std::size_t i = grid.size() - 1; i-- > 0;)
      for (int again = 0; again < 3; ++again) {
        noise(z, std::int64_t(i));
        sum += std::pow(-2, again) * z;
      }
    return sum;
  }
};
struct Still {
  MatrixXd drift(const MatrixXd& x, double) const { return 0 * x; }
  double diffusion(double) const { return 1; }
};

const Grid grid = levels(VariancePreserving{}, uniform(4, 1, 0));
const Gaussian<> normal(Eigen::Vector2d(0.3, -1), Covariance<>::isotropic(2, 0.5));

}  // namespace

TEST_CASE("no two purposes, indices or draws again have one address, and each has its own counters") {
  const auto all = addresses();
  std::set<std::int64_t> rows(all.begin(), all.end());
  CHECK(rows.size() == all.size());
  std::set<std::array<std::uint32_t, 4>> counters;
  const std::array<std::int64_t, 4> samples{0, 1, two_to(32), two_to(40) - 1};
  const std::array<std::uint32_t, 3> pairs{0, 1, ~0u};
  for (const std::int64_t row : all)
    for (const std::int64_t sample : samples)
      for (const std::uint32_t pair : pairs) {
        const auto at = counter(pair, row, sample);
        counters.insert(at);
        CHECK(at[3] >> 31 == 1);  // half of the counters, which Philox does not reach
      }
  CHECK(counters.size() == all.size() * samples.size() * pairs.size());
}

TEST_CASE("the numbers of all addresses differ, and from those of Philox of the same seed") {
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{7}, std::uint64_t{0x8000000000000007}}) {
    std::set<double> seen;
    std::size_t count = 0;
    const auto see = [&](const MatrixXd& z) {
      seen.insert(z.data(), z.data() + z.size());
      count += std::size_t(z.size());
    };
    MatrixXd z(5, 3);  // 53 bits a number: a chance collision in 2·10⁸ runs
    for (const std::int64_t row : addresses())
      for (const std::int64_t first : {std::int64_t{0}, two_to(32)}) {
        Normals{seed}(z, row, first);
        see(z);
      }
    Philox engine(static_cast<Philox::result_type>(seed));
    MatrixXd plain(5, 400);
    draw(engine, plain, 0);
    see(plain);
    CHECK(seen.size() == count);
  }
}

TEST_CASE("streams of a seed are independent of it, of one another and of their own streams") {
  std::set<std::uint64_t> seeds;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    seeds.insert(seed);
    for (std::uint64_t k = 0; k < 20; ++k) {
      seeds.insert(Normals{seed}.stream(k).seed);
      for (std::uint64_t j = 0; j < 20; ++j) seeds.insert(Normals{seed}.stream(k).stream(j).seed);
    }
  }
  CHECK(seeds.size() == 20 + 20 * 20 + 20 * 20 * 20);
  static_assert(Normals{3}.stream(1).seed == Normals{3}.stream(1).seed);

  // SplitMix64 from 1234567, as its author's program prints: the third number is stream 2 of the seed that hashes to it
  const auto unshift = [](std::uint64_t v, int by) {
    std::uint64_t x = v;
    for (int k = 0; k < 64 / by + 1; ++k) x = v ^ x >> by;
    return x;
  };
  const auto inverse = [](std::uint64_t odd) {
    std::uint64_t x = odd;
    for (int k = 0; k < 6; ++k) x *= 2 - odd * x;
    return x;
  };
  const std::uint64_t hashed =
      unshift(unshift(unshift(1234567, 31) * inverse(0x94D049BB133111EBu), 27) * inverse(0xBF58476D1CE4E5B9u), 30);
  const Normals start{hashed - 0x9E3779B97F4A7C15u};
  CHECK(start.stream(0).seed == 6457827717110365317u);
  CHECK(start.stream(1).seed == 3203168211198807973u);
  CHECK(start.stream(2).seed == 9817491932198370423u);
}

TEST_CASE("all that the library draws of one seed has addresses of its own") {
  Recorder noise;
  const MatrixXd x0 = normal.draw(40, noise);
  prior(grid.front(), {2, 40}, noise);
  noised(x0, grid[2], noise);
  random_directions(2, 3, noise);
  measured_variance(normal, x0, grid, noise);
  nelbo(normal,
        with_variance(
            tabulate(DDPM{}, grid), [](const Level& t) { return normal.variance(MatrixXd::Zero(2, 1), t)(0); },
            LastRow::noise),
        x0, noise);
  const auto score_of = [](const MatrixXd& x, const Level& t) -> MatrixXd { return score(normal, x, t); };
  denoising_score_loss(score_of, x0, grid[1], noise);
  sliced_score_loss(score_of, difference_product(score_of), x0, grid[1], noise);
  Numbers<MatrixXd> out;
  const Hutchinson probes{difference_product(normal), 3, Probe::gaussian,
                          [&noise](MatrixXd& z, std::int64_t row, std::int64_t first) { noise(z, row, first); }};
  probes(x0, grid[1], out);
  const auto far = [](const MatrixXd& x, const Level&) -> Eigen::VectorXd {
    return -8 * (x.row(0).array() - 3).square().matrix().transpose();
  };
  const auto gradient = [](const MatrixXd& x, const Level&) -> MatrixXd { return 0 * x; };
  const auto particles = twisted_filter(normal, DDPM{}, Twist{far, gradient}, x0, grid, noise);
  CHECK(particles.resampled > 0);

  for (const auto& [row, times] : noise.asked) {
    INFO("row " << row);
    CHECK(times == 1);
  }
  // Gaussian, prior, noised, directions; four levels with noise; four rows; two losses; three probes; rows and resampling of the filter
  const std::size_t rows_of_filter = 3;  // the last is deterministic
  CHECK(noise.asked.size() == 4 + 4 + 4 + 2 + 3 + rows_of_filter + std::size_t(particles.resampled));
}

TEST_CASE("a second draw within a step, or of a row of a run, is fresh") {
  Recorder noise;
  const MatrixXd x = MatrixXd::Zero(2, 3);
  const MatrixXd difference = sample(normal, DrawsTwice{}, x, grid, noise);
  CHECK((difference.array() != 0).all());
  CHECK(noise.asked.size() == 8);
  CHECK(noise.asked.contains(0));
  CHECK(noise.asked.contains(3));
  sample(normal, RunsTwice{}, x, grid, noise);
  CHECK(noise.asked.size() == 12);  // rows and second draws as in the steps, and a third of each
  // many as one: columns have the noise of their sample
  const MatrixXd many = sample_many(normal, DrawsTwice{}, grid, {.dimension = 2, .count = 5, .seed = 3, .block = 2});
  CHECK(many == sample(normal, DrawsTwice{}, MatrixXd::Zero(2, 5).eval(), grid, Normals{3}));
}

TEST_CASE("what is drawn again has the address that is written") {
  CHECK(drawn_again(5, 0) == 5);
  CHECK(drawn_again(5, 3) == 5 + 3 * two_to(32));
  CHECK(drawn_again(0, 2) == 2 * two_to(32));
  CHECK(drawn_again(-1, 2) == -1 - 2 * two_to(38));
  FreshRows fresh;
  CHECK(fresh(7) == 7);
  CHECK(fresh(7) == drawn_again(7, 1));
  CHECK(fresh(7) == drawn_again(7, 2));
}

TEST_CASE("rows that a run asks for again do not meet one another") {
  FreshRows fresh;
  std::set<std::int64_t> given;
  std::size_t asked = 0;
  for (int again = 0; again < 5; ++again)
    for (const std::int64_t row :
         {two_to(33), std::int64_t{0}, two_to(32), std::int64_t{7}, std::int64_t{-1}, -two_to(38) - 1}) {
      const std::int64_t at = fresh(row);
      if (again == 0) CHECK(at == row);
      given.insert(at);
      ++asked;
    }
  CHECK(given.size() == asked);
}

TEST_CASE("up and down again are independent with a stream of the seed, and are not without") {
  const std::vector<double> up{0, 1}, down{1, 0};
  const MatrixXd x0 = MatrixXd::Zero(1, 4000);
  const auto correlation = [&](const Normals& there, const Normals& back) {
    const MatrixXd x = simulate(Still{}, x0, up, there), y = simulate(Still{}, x, down, back) - x;
    return (x.array() * y.array()).mean();
  };
  CHECK(std::abs(correlation(Normals{1}, Normals{1}) - 1) < 6.2 * std::sqrt(2 / 4000.));
  CHECK(std::abs(correlation(Normals{1}, Normals{1}.stream(1))) < 6.2 / std::sqrt(4000.));
}

TEST_CASE("addresses refuse what they cannot hold") {
  CHECK(tests::contains(tests::refusal([] { address(Purpose::probe, -1); }), "index = -1"));
  CHECK(tests::contains(tests::refusal([] { address(Purpose::row, two_to(32)); }), "4294967296"));
  MatrixXd z(2, 3);
  CHECK(tests::contains(tests::refusal([&] { Normals{1}(z, two_to(51)); }), "row 2251799813685248"));
  CHECK(tests::contains(tests::refusal([&] { Normals{1}(z, -two_to(51) - 1); }), "row -2251799813685249"));
  CHECK_NOTHROW(Normals{1}(z, -two_to(51)));
  CHECK(tests::contains(tests::refusal([&] { Normals{1}(z, 0, -1); }), "samples -1 to 1"));
  CHECK(tests::contains(tests::refusal([&] { Normals{1}(z, 0, two_to(40) - 2); }), "not in [0, 2^40)"));
  CHECK_NOTHROW(Normals{1}(z, 0, two_to(40) - 3));
  CHECK_NOTHROW(check_address(0, 0, 1, two_to(32)));
  CHECK(tests::contains(tests::refusal([] { check_address(0, 0, 1, two_to(32) + 1); }), "pairs"));
}
