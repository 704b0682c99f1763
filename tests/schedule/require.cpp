#include "support/test.hpp"

TEST_CASE("require throws the sentence that it is given, and nothing when the rule holds") {
  CHECK_NOTHROW(tweedie::require(true, "never"));
  CHECK(tests::refusal([] {
          tweedie::require(false, "eta = ", 0.1, " of ", 3, " and ", std::size_t{4}, ", ", std::string("so"));
        }) == "eta = 0.1 of 3 and 4, so");
}
