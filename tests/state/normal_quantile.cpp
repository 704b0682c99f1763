#include "support/test.hpp"

#include <boost/math/distributions/normal.hpp>

TEST_CASE("normal_quantile is the quantile of the normal to 2e-15, from the centre to the last uniform number") {
  using Block = Eigen::Array<double, 16, 1>;
  Block q;
  q << 0, 1e-300, 1e-8, 0.1, -0.1, 0.4249999, 0.4250001, -0.4250001, 0.49, -0.49, 0.4999, 0.49999999, 0.5 - 1e-11,
      0.5 - 1.4e-11, -0.5 + 1e-15, 0.5 - 0x1p-54;
  const Block z = tweedie::normal_quantile<16>(q);
  for (int i = 0; i < 16; ++i) {
    const double tail = 0.5 - std::abs(q[i]);  // exact; the oracle is asked on the side where it is accurate
    const double expected =
        std::abs(q[i]) < 0.25
            ? boost::math::quantile(boost::math::normal(), 0.5 + q[i])
            : std::copysign(boost::math::quantile(boost::math::complement(boost::math::normal(), tail)), q[i]);
    INFO("q = " << q[i]);
    CHECK(std::abs(z[i] - expected) <= 2e-15 * (1 + std::abs(expected)));
  }
  CHECK(z[15] > 8);
}

TEST_CASE("centred_uniform is symmetric and stays inside") {
  CHECK(tweedie::centred_uniform(0) == -0.5 + 0x1p-54);
  CHECK(tweedie::centred_uniform(~std::uint64_t{0}) == 0.5 - 0x1p-54);
  CHECK(tweedie::centred_uniform(std::uint64_t{1} << 63) == 0x1p-54);
}
