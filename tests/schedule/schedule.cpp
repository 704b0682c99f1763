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

TEST_CASE("a level may stand twice, rounding apart, in either order") {
  const VariancePreserving vp{};
  const Level t = vp(0.116), s = vp(vp.time(lambda(t)));
  const Level up{.alpha = 0.6, .sigma = 0.8}, down{.alpha = std::nextafter(0.6, 0), .sigma = 0.8};
  for (const auto& [a, b] : {std::pair{t, s}, std::pair{s, t}, std::pair{up, down}, std::pair{down, up}}) {
    CHECK_NOTHROW(check_grid({vp(1), a, b, clean}));
    CHECK_NOTHROW(check_grid({clean, a, b, vp(1)}));
    CHECK(merged({vp(1), a, b, clean}).size() == 3);
    CHECK(merged({a, b, a, clean, clean}).size() == 2);
    CHECK_NOTHROW(check_grid({a, b}));
  }
  CHECK(merged({vp(1), clean}).size() == 2);
  CHECK(merged({{.alpha = 1, .sigma = 1}, {.alpha = 2, .sigma = 2}, clean}).size() == 3);  // of another size
}

TEST_CASE("a refusal tells two numbers apart that differ in the eleventh digit") {
  const Level t{.alpha = 1, .sigma = 1}, s{.alpha = 1, .sigma = 1 + 1e-11};
  CHECK(tests::contains(tests::refusal([&] {
                          check_grid({{.alpha = 1, .sigma = 2}, t, s, clean});
                        }),
                        "from 0 to ", "-1.00000008273", "e-11"));
}

TEST_CASE("grids that are none are refused") {
  CHECK(tests::contains(tests::refusal([] { check_grid({}); }), "0 levels", "needs two"));
  CHECK(tests::contains(tests::refusal([] { levels(EDM{}, {1}); }), "1 levels"));
  CHECK(tests::contains(tests::refusal([] { levels(EDM{}, {4, 1, 2, 0}); }), "one way", "levels 1 and 2"));
  CHECK(tests::contains(tests::refusal([] { levels(EDM{}, {1, 2, 1.5, 3}); }), "one way", "levels 1 and 2"));
  CHECK(tests::contains(tests::refusal([] { check_grid({Level{.alpha = std::nan("")}, clean}); }), "nan"));
  CHECK(tests::contains(tests::refusal([] { levels(VariancePreserving{}, {1.5, 0}); }), "time 1.5", "[0, 1]"));
}
