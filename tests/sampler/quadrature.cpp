#include "support/test.hpp"

using namespace tweedie;

TEST_CASE("gauss: exact for polynomials of degree 19, and no further") {
  for (int j = 0; j <= 19; ++j) {
    INFO("degree " << j);
    const double exact = (std::pow(2, j + 1) - std::pow(-0.5, j + 1)) / (j + 1);
    CHECK(std::abs(gauss(-0.5, 2, [&](double x) { return std::pow(x, j); }) - exact) < 4e-15 * exact);
  }
  // The error of Gauss's rule of n points is f⁽²ⁿ⁾ (b − a)²ⁿ⁺¹ (n!)⁴/((2n + 1)(2n)!³): of x²⁰ on (−1, 1),
  const double root = std::tgamma(11) * std::tgamma(11) / std::tgamma(21),
               expected = std::pow(2, 21) / 21 * root * root;
  const double error = 2. / 21 - gauss(-1, 1, [](double x) { return std::pow(x, 20); });
  CHECK(std::abs(error / expected - 1) < 1e-8);
}

TEST_CASE("lobatto: kinks, jumps and features beside the ends are found; smooth functions are cheap") {
  int calls = 0;
  const auto with = [&](double a, double b, const auto& f) {
    calls = 0;
    return lobatto<1>(
        a, b,
        [&](double x) {
          ++calls;
          return std::array<double, 1>{f(x)};
        },
        1e-15, 0)[0];
  };
  CHECK(std::abs(with(0, 3, [](double x) { return std::exp(x); }) - std::expm1(3)) < 1e-13);
  CHECK(calls < 1500);
  CHECK(std::abs(with(3, 0, [](double x) { return std::exp(x); }) + std::expm1(3)) < 1e-13);  // from b to a
  for (const double at : {0.5, 1 / 3., 1e-3, 1 - 1e-3, 1e-6, 1 - 1e-6}) {
    INFO("at " << at);
    // ∫|x − c| = (c² + (1 − c)²)/2; a step at c; 0 up to c of the way and steep before: x/c, then 1.
    CHECK(std::abs(with(0, 1, [at](double x) { return std::abs(x - at); }) - (at * at + (1 - at) * (1 - at)) / 2) <
          2e-14);
    CHECK(std::abs(with(0, 1, [at](double x) { return x < at ? 0. : 1.; }) - (1 - at)) < 2e-14);
    CHECK(std::abs(with(0, 1, [at](double x) { return std::min(1., x / at); }) - (1 - at / 2)) < 2e-14);
  }
  CHECK(with(0.3, 0.3, [](double x) { return x; }) == 0);
  // Two functions at once, each to the tolerance; rounding of f below `noise` asks for no panels.
  const auto both = lobatto<2>(
      0, 1,
      [](double x) {
        return std::array<double, 2>{x, std::abs(x - 0.3)};
      },
      1e-15, 0);
  CHECK(std::abs(both[0] - 0.5) < 1e-15);
  CHECK(std::abs(both[1] - 0.29) < 1e-14);
  const auto rough = [&](double x) {
    ++calls;
    return std::array<double, 1>{x + 1e-9 * std::sin(1e12 * x)};
  };
  calls = 0;
  CHECK(std::abs(lobatto<1>(0, 1, rough, 1e-15, 1e-8)[0] - 0.5) < 1e-8);
  CHECK(calls == 7);
  CHECK(tests::contains(tests::refusal([&] { lobatto<1>(0, 1, rough, 1e-15, 0); }), "too rough", "from 0 to 1"));
  CHECK(tests::contains(tests::refusal([&] { with(0, 1, [](double x) { return 1 / x; }); }), "not finite"));
}

TEST_CASE("gauss: from b to a it is the negative, and over nothing 0") {
  const auto f = [](double x) { return std::exp(-x) / (1 + x); };
  CHECK(gauss(0.2, 1.7, f) == -gauss(1.7, 0.2, f));
  CHECK(gauss(0.3, 0.3, f) == 0);
  CHECK(std::abs(gauss(0, 3, [](double x) { return std::exp(x); }) - std::expm1(3)) < 1e-13);
}
