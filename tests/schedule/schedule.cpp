#include "support/test.hpp"

using namespace tweedie;

TEST_CASE("levels are the schedule's at the times given, in either direction") {
  const Grid down = levels(EDM{}, {80, 1, 0}), up = levels(EDM{}, std::vector<double>{0.5, 1, 2});
  CHECK(down.size() == 3);
  CHECK(down.front().sigma == 80);
  CHECK(down.back().sigma == 0);
  CHECK(up.back().sigma == 2);
  CHECK_NOTHROW(levels(EDM{}, {2, 1, 1, 0}));  // a step of length zero
}

TEST_CASE("any callable of a time is a schedule") {
  const auto line = [](double t) { return Level{.time = t, .alpha = 1 - t, .sigma = t}; };
  CHECK(levels(line, {0.75, 0.25}).front().alpha == 0.25);
}

TEST_CASE("grids that are none are refused") {
  CHECK(tests::contains(tests::refusal([] { check_grid({}); }), "0 levels", "needs two"));
  CHECK(tests::contains(tests::refusal([] { levels(EDM{}, {1}); }), "1 levels"));
  CHECK(tests::contains(tests::refusal([] { levels(EDM{}, {4, 1, 2, 0}); }), "one way", "levels 1 and 2"));
  CHECK(tests::contains(tests::refusal([] { levels(EDM{}, {1, 2, 1.5, 3}); }), "one way", "levels 1 and 2"));
  CHECK(tests::contains(tests::refusal([] { check_grid({Level{.alpha = std::nan("")}, clean}); }), "nan"));
  CHECK(tests::contains(tests::refusal([] { levels(VariancePreserving{}, {1.5, 0}); }), "time 1.5", "[0, 1]"));
}
