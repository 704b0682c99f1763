#include "support/test.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

TEST_CASE("Discretised: the masses of all bins sum to 1, near and far") {
  for (const NormalCdf cdf : {NormalCdf::exact, NormalCdf::tanh})
    for (const double mu : {-3.0, -1.0, 0.02, 0.9})
      for (const double z2 : {1e-4, 0.01, 1.0}) {
        const Discretised decoder{.lo = -1, .hi = 1, .bins = 21, .cdf = cdf};
        double sum = 0;
        for (int k = 0; k < 21; ++k) sum += std::exp(decoder.log_probability(-1 + 0.1 * k, mu, z2));
        CHECK(std::abs(sum - 1) < 1e-9);
      }
}

TEST_CASE("Discretised: far tails have their logarithm") {
  const Discretised decoder{.lo = 0, .hi = 1, .bins = 256};
  // ln Φ(−1000/…): a bin at 0.5 seen from 10 deviations of 1e-3 … 100, against the density times the width where the
  // bin is narrow.
  for (const double z : {1e-3, 1e-2, 0.1, 10.0}) {
    const double narrow = decoder.log_probability(128.0 / 255, 0.1, z * z);
    CHECK(std::isfinite(narrow));
    if (z >= 0.1)
      CHECK(std::abs(narrow - Density{}.log_probability(128.0 / 255, 0.1, z * z) - std::log(1.0 / 255)) < 1e-3);
  }
  CHECK(std::abs(decoder.log_probability(51.0 / 255, 0.2, 1e-12)) < 1e-15);  // all mass in one bin
  // Where erfc ends and the series begins, 30 deviations, there is no step.
  const double before = detail::log_normal_tail(30 - 1e-9), after = detail::log_normal_tail(30 + 1e-9);
  CHECK(std::abs(after - before + 60e-9) < 1e-8);
  CHECK(std::abs(detail::log_normal_mass(-1, 2) - std::log(0.818594614)) < 1e-8);
  CHECK(std::abs(detail::log_normal_mass(-2, -1) - detail::log_normal_mass(1, 2)) < 1e-15);
}

TEST_CASE("Discretised: of a bin narrow beside the deviation the mass is the density times the width") {
  const Discretised decoder{.lo = -1, .hi = 1, .bins = 257};
  for (const double z : {1e3, 1e8, 1e20, 1e150})
    for (const double x0 : {-0.5, 0.0, 0.75}) {  // where the mean is within a bin or beside it
      const double expected = Density{}.log_probability(x0, 0, z * z) + std::log(1. / 128);
      CHECK(std::abs(decoder.log_probability(x0, 0, z * z) - expected) < 1e-9 * 1e3 / z + 1e-12);
    }
  // Where the rule changes, a thousandth, there is no step: against ∫φ by Simpson's rule.
  const auto density = [](double x) { return std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi); };
  for (const double a : {-3.0, -5e-4, 0.0, 0.2, 4.0})
    for (const double width : {0.9e-3, 1.1e-3, 0.5e-3 / 3, 0.2e-3}) {
      const double mass = width / 6 * (density(a) + 4 * density(a + width / 2) + density(a + width));
      CHECK(std::abs(detail::log_normal_mass(a, a + width) - std::log(mass)) < 2e-12);
    }
}

TEST_CASE("Decoders of no spread say yes or no") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(Density{}.log_probability(0.5, 0.5, 0) == infinity);
  CHECK(Density{}.log_probability(0.5, 0.25, 0) == -infinity);
  CHECK(Dequantised{.lo = -1, .hi = 1}.log_probability(0.5, 0.25, 0) == -infinity);
  CHECK(Discretised{.lo = -1, .hi = 1, .bins = 3}.log_probability(0, 0.25, 0) == 0);
  CHECK(Discretised{.lo = -1, .hi = 1, .bins = 3}.log_probability(1, 0.25, 0) == -infinity);
}

TEST_CASE("Bits per dimension are what the type says") {
  CHECK(std::abs(Discretised{.lo = -1, .hi = 1}.bits_per_dimension(3 * std::numbers::ln2, 3) - 1) < 1e-15);
  CHECK(std::abs(Density{}.bits_per_dimension(3 * std::numbers::ln2, 3) - 1) < 1e-15);
  // Uniform data on [−1, 1]: ln 2 nats a dimension, and 8 bits of 256 grey levels.
  CHECK(std::abs(Dequantised{.lo = -1, .hi = 1}.bits_per_dimension(std::numbers::ln2, 1) - 8) < 1e-12);
  CHECK(std::abs(Dequantised{.lo = 0, .hi = 1, .bins = 16}.bits_per_dimension(0, 1) - 4) < 1e-12);
  CHECK(Dequantised{.lo = -1, .hi = 1}.log_probability(0.3, 0.1, 0.5) == Density{}.log_probability(0.3, 0.1, 0.5));
  CHECK(std::abs(Density{}.log_probability(0.3, 0.1, 0.5) + (std::log(std::numbers::pi) + 0.08) / 2) < 1e-15);
}

TEST_CASE("Decoders refuse data that they cannot hold") {
  CHECK(contains(refusal([] { Discretised{.lo = -1, .hi = 1}.log_probability(1.1, 0, 1); }), "1.1", "outside -1 to 1"));
  CHECK(contains(refusal([] { Discretised{.lo = -1, .hi = 1}.log_probability(0.5 / 255, 0, 1); }),
                 "none of the 256 grey levels"));
  CHECK_NOTHROW(Discretised{.lo = -1, .hi = 1}.log_probability(double(100 / 127.5f - 1), 0, 1));
  CHECK_NOTHROW(Discretised{.lo = -1, .hi = 1, .cdf = NormalCdf::tanh}.log_probability(0.5 / 255, 0, 1));
  CHECK(contains(refusal([] { Discretised{}.log_probability(0, 0, 1); }), "lo = 0", "hi = 0"));
  CHECK(contains(refusal([] { Dequantised{.lo = 0, .hi = 1}.log_probability(-0.1, 0, 1); }), "-0.1", "outside 0 to 1"));
  CHECK(contains(refusal([] { Discretised{.lo = -1, .hi = 1, .bins = 1}.log_probability(0, 0, 1); }), "bins = 1"));
  CHECK(contains(refusal([] { Dequantised{.lo = 1, .hi = 0}.log_probability(0, 0, 1); }), "lo = 1"));
}
