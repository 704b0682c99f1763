#include "laws.hpp"

using namespace tweedie;

TEST_CASE("Cosine obeys the laws of a schedule") {
  laws::schedule(Cosine{}, 0, 1);
  laws::schedule(Cosine{.offset = 0}, 0, 1);
  laws::variance_preserving(Cosine{}, 0, 1);
}

TEST_CASE("Cosine ends without signal, exactly") {
  CHECK(Cosine{}(1).alpha == 0);
  CHECK(lambda(Cosine{}(1)) == -std::numeric_limits<double>::infinity());
  CHECK(Cosine{}(0).sigma == 0);
  CHECK(Cosine{}.time(-std::numeric_limits<double>::infinity()) == 1);
  CHECK(std::abs(Cosine{}.time(std::numeric_limits<double>::infinity())) < 1e-17);
}

TEST_CASE("Cosine without offset is a quarter of a turn") {
  const Level t = Cosine{.offset = 0}(1. / 3);
  CHECK(std::abs(t.alpha - std::cos(std::numbers::pi / 6)) < 1e-15);
  CHECK(std::abs(t.sigma - 0.5) < 1e-15);
}

TEST_CASE("Cosine refuses") {
  CHECK(tests::contains(tests::refusal([] { Cosine{}(-1); }), "Cosine", "time -1"));
  CHECK(tests::contains(tests::refusal([] { Cosine{.offset = -0.1}(0.5); }), "offset = -0.1"));
}
