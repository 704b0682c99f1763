#include "support/test.hpp"

using namespace tweedie;

// The published numbers themselves are in golden/schedules.cpp and golden/guided_tables.cpp.

TEST_CASE("spacings hold n + 1 integers from the noisiest to the data") {
  CHECK(leading(4, 12) == std::vector<double>{10, 7, 4, 1, 0});
  CHECK(leading(4, 12, 2) == std::vector<double>{12, 9, 6, 3, 0});
  CHECK(trailing(4, 12) == std::vector<double>{12, 9, 6, 3, 0});
  CHECK(linspace(4, 10) == std::vector<double>{10, 7, 4, 1, 0});
  CHECK(linspace(1, 10) == std::vector<double>{1, 0});
  CHECK(respaced("ddim4", 12) == std::vector<double>{10, 7, 4, 1, 0});
  CHECK(respaced("2,3", 10) == std::vector<double>{10, 8, 6, 5, 1, 0});
}

TEST_CASE("a section of no steps is passed over, as in guided-diffusion, and blanks are none") {
  CHECK(respaced("2,0,3", 12) == std::vector<double>{12, 11, 9, 4, 1, 0});  // of 1 … 4 and 9 … 12
  CHECK(respaced("0,2", 10) == std::vector<double>{10, 6, 0});
  CHECK(respaced("2,0", 10) == std::vector<double>{5, 1, 0});
  CHECK(respaced("10,0,5").size() == 16);
  CHECK(respaced(" 2, 3 ", 10) == respaced("2,3", 10));
}

TEST_CASE("halves are rounded to even") {
  CHECK(linspace(3, 10) == std::vector<double>{10, 5, 1, 0});     // 4.5 → 4, counted from 0
  CHECK(trailing(4, 10) == std::vector<double>{10, 8, 5, 2, 0});  // 7.5 → 8, 2.5 → 2
}

TEST_CASE("where a step meets a half, numpy's rounding of the step decides") {
  CHECK(linspace(27)[13] ==
        500);  // 13·(999/26) is just below 499.5 in floating point, 13·999/26 is 499.5 and would go to 500
  CHECK(trailing(48)[15] == 687);
}

TEST_CASE("spacings refuse") {
  CHECK(tests::contains(tests::refusal([] { leading(0, 10); }), "n = 0"));
  CHECK(tests::contains(tests::refusal([] { trailing(11, 10); }), "n = 11", "10"));
  CHECK(tests::contains(tests::refusal([] { leading(1000, 1000, 1); }), "offset = 1", "outside"));
  CHECK(tests::contains(tests::refusal([] { leading(4, 12, -1); }), "offset = -1"));
  CHECK(tests::contains(tests::refusal([] { respaced("ddim300"); }), "exactly 300", "1000"));
  CHECK(tests::contains(tests::refusal([] { respaced("20", 10); }), "20 steps", "has 10"));
  CHECK(tests::contains(tests::refusal([] { respaced("10,,5"); }), "integers"));
  CHECK(tests::contains(tests::refusal([] { respaced("10,x"); }), "10,x"));
  CHECK(tests::contains(tests::refusal([] { respaced(""); }), "integers"));
  CHECK(tests::contains(tests::refusal([] { respaced("ddim"); }), "ddimN"));
  CHECK(tests::contains(tests::refusal([] { respaced("ddim0"); }), "exactly 0"));
  CHECK(tests::contains(tests::refusal([] { respaced("10,-1"); }), "none negative"));
  CHECK(tests::contains(tests::refusal([] { respaced("0,0"); }), "no steps"));
}
