#include "support/test.hpp"

using namespace tweedie;

TEST_CASE("grids in time hold n + 1 times with exact ends") {
  CHECK(uniform(4) == std::vector<double>{1, 0.75, 0.5, 0.25, 0});
  CHECK(uniform(2, 1000, 0) == std::vector<double>{1000, 500, 0});
  CHECK(quadratic(2) == std::vector<double>{1, 0.25, 0});
  CHECK(uniform(1, 0.1, 0.7) == std::vector<double>{0.1, 0.7});
  const auto square = quadratic(10, 0.9, 1e-3);
  CHECK(square.size() == 11);
  CHECK(square.front() == 0.9);
  CHECK(square.back() == 1e-3);
}

TEST_CASE("karras is linear in the rho-th root of sigma/alpha, on any schedule") {
  const auto ratio = [](const Level& t) { return t.sigma / t.alpha; };
  for (const double rho : {1.0, 3.0, 7.0}) {
    const Grid grid = karras(VariancePreserving{}, 6, 80, 0.002, rho);
    REQUIRE(grid.size() == 7);
    CHECK(std::abs(ratio(grid.front()) - 80) < 1e-9);
    CHECK(std::abs(ratio(grid.back()) - 0.002) < 1e-13);
    for (std::size_t i = 0; i < 7; ++i) {
      const double root = std::pow(80, 1 / rho) + double(i) / 6 * (std::pow(0.002, 1 / rho) - std::pow(80, 1 / rho));
      CHECK(std::abs(std::pow(ratio(grid[i]), 1 / rho) / root - 1) < 1e-10);
    }
  }
}

TEST_CASE("exponential with a power: k-diffusion's ln sigma = ramp^rho (ln max - ln min) + ln min") {
  const Grid grid = exponential(EDM{}, 4, 80, 0.02, 1.5);
  CHECK(std::abs(grid.front().sigma - 80) < 1e-12);
  CHECK(std::abs(grid.back().sigma - 0.02) < 1e-15);
  for (std::size_t i = 0; i < grid.size(); ++i) {
    const double ramp = 1 - double(i) / 4;
    CHECK(std::abs(std::log(grid[i].sigma) - (std::pow(ramp, 1.5) * std::log(80 / 0.02) + std::log(0.02))) < 1e-13);
  }
  CHECK(tests::contains(tests::refusal([] { exponential(EDM{}, 4, 80, 0.02, 0); }), "rho = 0"));
}

TEST_CASE("exponential and uniform_lambda are one grid") {
  const Grid a = exponential(EDM{}, 4, 80, 0.5), b = uniform_lambda(EDM{}, 4, -std::log(80), std::log(2));
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(std::abs(a[i].sigma / (80 * std::pow(0.5 / 80, double(i) / 4)) - 1) < 1e-14);
    CHECK(std::abs(a[i].sigma - b[i].sigma) < 1e-13);
  }
}

TEST_CASE("uniform_lambda meets the ends of a schedule without leaving it") {
  const VariancePreserving vp;
  const Discrete chain = Discrete::linear();
  CHECK_NOTHROW(uniform_lambda(vp, 7, lambda(vp(1)), lambda(vp(1e-3))));
  const Grid grid = uniform_lambda(chain, 7, lambda(chain(1000)), lambda(chain(1)));
  CHECK(std::abs(grid.front().time - 1000) < 1e-9);
  CHECK(std::abs(grid.back().time - 1) < 1e-9);
}

TEST_CASE("grids refuse") {
  CHECK(tests::contains(tests::refusal([] { karras(EDM{}, 19, 0.02, 80); }), "karras", "0.02 to 80", "noisiest"));
  CHECK(tests::contains(tests::refusal([] { exponential(EDM{}, 19, 1, 1); }), "exponential", "noisiest"));
  CHECK(tests::contains(tests::refusal([] { uniform_lambda(EDM{}, 19, 3, -3); }), "3 to -3", "noisiest"));
  CHECK(tests::contains(tests::refusal([] { uniform(0); }), "number of steps is 0"));
  CHECK(tests::contains(tests::refusal([] { uniform(3, std::numeric_limits<double>::infinity()); }), "inf", "finite"));
  CHECK(tests::contains(tests::refusal([] { quadratic(3, 1, -0.5); }), "-0.5", "not be negative"));
  CHECK(tests::contains(tests::refusal([] { karras(EDM{}, 3, 80, 0); }), "80 to 0", "positive"));
  CHECK(tests::contains(tests::refusal([] { karras(EDM{}, 3, 80, 1, -7); }), "rho = -7"));
  CHECK(tests::contains(tests::refusal([] { exponential(EDM{}, 3, -1, 1); }), "-1", "positive"));
  CHECK(tests::contains(tests::refusal([] { karras(Discrete::scaled_linear(1000, 0.00085, 0.012), 3, 80, 0.1); }),
                        "noisier"));
  CHECK(tests::contains(tests::refusal([] { uniform_lambda(EDM{}, 3, 0, std::numeric_limits<double>::infinity()); }),
                        "finite"));
}
