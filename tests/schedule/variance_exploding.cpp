#include "laws.hpp"

using namespace tweedie;

TEST_CASE("VarianceExploding obeys the laws of a schedule") {
  laws::schedule(VarianceExploding{}, 0, 1);
}

TEST_CASE("VarianceExploding starts at the data and ends at sqrt(sigma_max^2 - sigma_min^2)") {
  CHECK(VarianceExploding{}(0).sigma == 0);
  CHECK(std::abs(VarianceExploding{}(1).sigma - std::sqrt(2500 - 1e-4)) < 1e-12);
  CHECK(VarianceExploding{}(0.5).alpha == 1);
}

TEST_CASE("VarianceExploding refuses") {
  CHECK(tests::contains(tests::refusal([] { VarianceExploding{}(1.1); }), "VarianceExploding", "1.1"));
  CHECK(tests::contains(tests::refusal([] { VarianceExploding{.sigma_min = 2, .sigma_max = 1}(0.5); }),
                        "sigma_min < sigma_max"));
}
