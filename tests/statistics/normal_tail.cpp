#include "support/test.hpp"

TEST_CASE("normal_tail_quantile: published values, and the inverse of the tail", "[statistics]") {
  CHECK(tweedie::normal_tail_quantile(0.5) == 0);
  CHECK(std::abs(tweedie::normal_tail_quantile(0.025) - 1.959963984540054) < 1e-14);
  CHECK(std::abs(tweedie::normal_tail_quantile(1e-3) - 3.090232306167813) < 1e-14);
  for (const double tail : {0.49, 0.3, 0.1, 1e-5, 5e-10, 1e-20, 1e-100, 1e-300}) {
    INFO("tail " << tail);
    const double z = tweedie::normal_tail_quantile(tail);
    CHECK(std::abs(tweedie::normal_tail(z) / tail - 1) < 1e-14 * (1 + z * z));  // d ln tail = −z² dz/z
  }
}

TEST_CASE("normal_tail_quantile: refuses what is no upper tail", "[statistics]") {
  for (const double tail : {0.0, -1.0, 0.51, std::numeric_limits<double>::quiet_NaN()})
    CHECK(tests::contains(tests::refusal([&] { tweedie::normal_tail_quantile(tail); }), "outside [1e-300, 0.5]"));
}
