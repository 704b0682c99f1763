#include "laws.hpp"

using namespace tweedie;

TEST_CASE("EDM obeys the laws of a schedule") {
  obeys::schedule(EDM{}, 0, 80);
}

TEST_CASE("EDM refuses") {
  CHECK(tests::contains(tests::refusal([] { EDM{}(-1); }), "EDM", "-1", "not negative"));
  CHECK(tests::contains(tests::refusal([] { EDM{}(std::numeric_limits<double>::infinity()); }), "inf", "finite"));
}
