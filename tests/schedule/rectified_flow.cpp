#include "laws.hpp"

using namespace tweedie;

TEST_CASE("RectifiedFlow obeys the laws of a schedule") {
  obeys::schedule(RectifiedFlow{}, 0, 1);
}

TEST_CASE("RectifiedFlow at its ends") {
  CHECK(RectifiedFlow{}(1).alpha == 0);
  CHECK(RectifiedFlow{}(0).sigma == 0);
  CHECK(RectifiedFlow{}.time(-std::numeric_limits<double>::infinity()) == 1);
  CHECK(RectifiedFlow{}.time(std::numeric_limits<double>::infinity()) == 0);
}

TEST_CASE("RectifiedFlow: times in the ratio of sigma to alpha, to the last digit at either end") {
  for (const double asked : {-10.0, -1.0, 5.0, 40.0, 300.0}) {
    const Level t = RectifiedFlow{}(RectifiedFlow{}.time(asked));
    CHECK(std::abs(t.alpha / t.sigma - std::exp(asked)) <= 2e-16 + 1e-13 * std::exp(asked));
  }
}

TEST_CASE("RectifiedFlow refuses") {
  CHECK(tests::contains(tests::refusal([] { RectifiedFlow{}(1.01); }), "RectifiedFlow", "1.01"));
}
