#include "laws.hpp"

using namespace tweedie;

TEST_CASE("RectifiedFlow obeys the laws of a schedule") {
  laws::schedule(RectifiedFlow{}, 0, 1);
}

TEST_CASE("RectifiedFlow at its ends") {
  CHECK(RectifiedFlow{}(1).alpha == 0);
  CHECK(RectifiedFlow{}(0).sigma == 0);
  CHECK(RectifiedFlow{}.time(-std::numeric_limits<double>::infinity()) == 1);
  CHECK(RectifiedFlow{}.time(std::numeric_limits<double>::infinity()) == 0);
}

TEST_CASE("RectifiedFlow refuses") {
  CHECK(tests::contains(tests::refusal([] { RectifiedFlow{}(1.01); }), "RectifiedFlow", "1.01"));
}
