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

TEST_CASE("gauss: from b to a it is the negative, and over nothing 0") {
  const auto f = [](double x) { return std::exp(-x) / (1 + x); };
  CHECK(gauss(0.2, 1.7, f) == -gauss(1.7, 0.2, f));
  CHECK(gauss(0.3, 0.3, f) == 0);
  CHECK(std::abs(gauss(0, 3, [](double x) { return std::exp(x); }) - std::expm1(3)) < 1e-13);
}
