#include "laws.hpp"

using namespace tweedie;

TEST_CASE("Cosine obeys the laws of a schedule") {
  obeys::schedule(Cosine{}, 0, 1);
  for (const double offset : {0.0, 1e-150, 1e-6, 3.0, 1e6}) obeys::schedule(Cosine{.offset = offset}, 0, 1);
  obeys::variance_preserving(Cosine{}, 0, 1);
}

TEST_CASE("Cosine ends without signal, exactly") {
  CHECK(Cosine{}(1).alpha == 0);
  CHECK(lambda(Cosine{}(1)) == -std::numeric_limits<double>::infinity());
  CHECK(Cosine{}(0).sigma == 0);
  CHECK(Cosine{}.time(-std::numeric_limits<double>::infinity()) == 1);
  CHECK(Cosine{}.time(std::numeric_limits<double>::infinity()) == 0);
  CHECK(Cosine{.offset = 0}.time(std::numeric_limits<double>::infinity()) == 0);
}

TEST_CASE("Cosine without offset is a quarter of a turn") {
  const Level t = Cosine{.offset = 0}(1. / 3);
  CHECK(std::abs(t.alpha - std::cos(std::numbers::pi / 6)) < 1e-15);
  CHECK(std::abs(t.sigma - 0.5) < 1e-15);
}

TEST_CASE("Cosine near the data, by its series: the time of lambda has all its digits") {
  // σ² ≈ δ sin(2θ₀)/cos²θ₀ = 2δ tan θ₀ and σ ≈ e^(−λ), with δ = θ − θ₀; without an offset σ ≈ δ.
  const double rate = std::numbers::pi / 2 / 1.008, tan0 = std::tan(rate * 0.008);
  for (const double asked : {20.0, 25.0, 40.0, 170.0}) {
    CHECK(std::abs(Cosine{}.time(asked) / (std::exp(-2 * asked) / (2 * tan0) / rate) - 1) < 1e-13);
    CHECK(std::abs(Cosine{.offset = 0}.time(asked) / (std::exp(-asked) * 2 / std::numbers::pi) - 1) < 1e-13);
    CHECK(std::abs(lambda(at_lambda(Cosine{})(asked)) - asked) < 1e-13);
  }
}

TEST_CASE("Cosine of a large offset is a straight line") {
  // cos θ/cos θ₀ → 1 − t as θ₀ → π/2.
  CHECK(std::abs(Cosine{.offset = 1e150}(0.3).alpha - 0.7) < 1e-15);
  CHECK(std::abs(Cosine{.offset = 1e150}(0.3).sigma - std::sqrt(0.51)) < 1e-15);
  CHECK(Cosine{.offset = 7}(0).alpha == 1);
}

TEST_CASE("Cosine refuses") {
  CHECK(tests::contains(tests::refusal([] { Cosine{}(-1); }), "Cosine", "time -1"));
  CHECK(tests::contains(tests::refusal([] { Cosine{.offset = -0.1}(0.5); }), "offset = -0.1"));
  CHECK(tests::contains(tests::refusal([] { Cosine{.offset = std::numeric_limits<double>::infinity()}(0.5); }),
                        "offset = inf", "finite"));
  CHECK(tests::contains(tests::refusal([] { at_lambda(Cosine{})(std::nan("")); }), "nan"));
}
