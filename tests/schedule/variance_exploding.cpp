#include "laws.hpp"

using namespace tweedie;

TEST_CASE("VarianceExploding obeys the laws of a schedule") {
  obeys::schedule(VarianceExploding{}, 0, 1);
  obeys::schedule(VarianceExploding{.sigma_min = 1, .sigma_max = 1.1}, 0, 1);
  obeys::schedule(VarianceExploding{.sigma_min = 1e-20, .sigma_max = 1e10}, 0, 1);
}

TEST_CASE("VarianceExploding starts at the data and ends at sqrt(sigma_max^2 - sigma_min^2)") {
  CHECK(VarianceExploding{}(0).sigma == 0);
  CHECK(std::abs(VarianceExploding{}(1).sigma - std::sqrt(2500 - 1e-4)) < 1e-12);
  CHECK(VarianceExploding{}(0.5).alpha == 1);
}

TEST_CASE("VarianceExploding in units as far apart as doubles go") {
  const VarianceExploding wide{.sigma_min = 1e-150, .sigma_max = 1e150};
  CHECK(std::abs(wide(1).sigma / 1e150 - 1) < 1e-12);
  CHECK(std::abs(wide(0.5).sigma - 1) < 1e-12);
  CHECK(std::abs(wide.time(0) - 0.5) < 1e-15);
  CHECK(std::abs(wide(0.5).d_sigma / std::log(1e300) - 1) < 1e-12);
}

TEST_CASE("VarianceExploding: sigma_max itself is a level, and what is beyond is refused by sigma and range") {
  const Grid grid = karras(VarianceExploding{}, 5, 50, 0.01);
  CHECK(std::abs(grid.front().sigma / 50 - 1) < 1e-14);
  CHECK(std::abs(grid.front().time - 1 - 1e-4 / 2500 / 2 / std::log(5000)) < 1e-15);
  CHECK(std::abs(karras(VarianceExploding{.sigma_min = 1, .sigma_max = 2}, 3, 2, 0.1).front().sigma - 2) < 1e-14);
  CHECK(tests::contains(tests::refusal([] { karras(VarianceExploding{}, 5, 50.1, 0.01); }), "VarianceExploding",
                        "sigma/alpha = 50.1", "noisier than the end", "sigma/alpha = 49.99999"));
  CHECK(tests::contains(tests::refusal([] { VarianceExploding{}(1 + 1e-6); }), "outside [0, 1], by 9.99"));
}

TEST_CASE("VarianceExploding refuses") {
  CHECK(tests::contains(tests::refusal([] { VarianceExploding{}(1.1); }), "VarianceExploding", "1.1"));
  CHECK(tests::contains(tests::refusal([] { VarianceExploding{.sigma_min = 2, .sigma_max = 1}(0.5); }),
                        "sigma_min < sigma_max"));
  CHECK(tests::contains(tests::refusal([] { VarianceExploding{.sigma_min = 2, .sigma_max = 1}.time(0); }),
                        "sigma_min < sigma_max"));
}
