#include "support/test.hpp"

using namespace tweedie;
constexpr double inf = std::numeric_limits<double>::infinity();

TEST_CASE("lambda is infinite at the ends and never NaN") {
  CHECK(lambda(clean) == inf);
  CHECK(lambda({.alpha = 0, .sigma = 1}) == -inf);
  CHECK(lambda({.alpha = 1, .sigma = 1}) == 0);
  CHECK(std::abs(lambda({.alpha = 0.6, .sigma = 0.8}) - std::log(0.75)) < 1e-15);
  CHECK(std::abs(lambda({.alpha = 1e-300, .sigma = 1e10}) + 310 * std::log(10)) <
        1e-10);  // the quotient would underflow
}

TEST_CASE("a level that is none is refused") {
  CHECK(tests::contains(tests::refusal([] { lambda({.time = 7, .alpha = 0, .sigma = 0}); }), "time 7", "both 0"));
  CHECK(tests::contains(tests::refusal([] { lambda({.alpha = -0.5, .sigma = 1}); }), "alpha = -0.5", "not negative"));
  CHECK(tests::contains(tests::refusal([] { lambda({.alpha = 1, .sigma = -2}); }), "sigma = -2", "not negative"));
  CHECK(tests::contains(tests::refusal([] { lambda({.alpha = std::nan(""), .sigma = 1}); }), "nan", "finite"));
  CHECK(tests::contains(tests::refusal([] { lambda({.alpha = 1, .sigma = inf}); }), "sigma = inf", "finite"));
}

TEST_CASE("f and g^2 of the VP process are -beta/2 and beta") {
  const Level t = VariancePreserving{}(0.4);
  const double beta = 0.1 + 19.9 * 0.4;
  CHECK(std::abs(drift_rate(t) + beta / 2) < 1e-13);
  CHECK(std::abs(diffusion_rate(t) - beta) < 1e-12);
}

TEST_CASE("g^2 of sub-VP and VE are the published ones") {
  const double B = 0.1 * 0.4 + 19.9 * 0.08, beta = 0.1 + 19.9 * 0.4;
  CHECK(std::abs(diffusion_rate(SubVariancePreserving{}(0.4)) - beta * (1 - std::exp(-2 * B))) < 1e-12);
  const double total = 0.01 * std::pow(5000., 0.4);
  CHECK(std::abs(diffusion_rate(VarianceExploding{}(0.4)) - 2 * total * total * std::log(5000.)) < 1e-11);
  CHECK(drift_rate(VarianceExploding{}(0.4)) == 0);
}

TEST_CASE("rates are refused where they are unknown or infinite") {
  CHECK(tests::contains(tests::refusal([] { drift_rate(clean); }), "d_alpha", "unknown"));
  CHECK(tests::contains(tests::refusal([] { diffusion_rate({.alpha = 1, .sigma = 1, .d_alpha = 0}); }), "d_sigma",
                        "nan"));
  CHECK(tests::contains(tests::refusal([] { drift_rate(RectifiedFlow{}(1)); }), "alpha = 0"));
  CHECK(tests::contains(tests::refusal([] { diffusion_rate(VariancePreserving{}(0)); }), "d_sigma is inf"));
}

TEST_CASE("same_lambda: equal but for rounding, at both ends too, and no real step") {
  const VariancePreserving vp{};
  const Level blind{.alpha = 0, .sigma = 1};
  CHECK(same_lambda(clean, clean));
  CHECK(same_lambda(blind, blind));
  CHECK(!same_lambda(clean, blind));
  CHECK(!same_lambda(vp(0.5), clean));
  CHECK(!same_lambda(blind, vp(0.5)));
  CHECK(same_lambda({.alpha = 1, .sigma = 0.5}, {.alpha = 0.6, .sigma = 0.3}));  // of another size
  const auto through = [](const auto& schedule, double t) {                      // and back, several times
    Level level = schedule(t);
    for (int k = 0; k < 3; ++k) level = schedule(schedule.time(lambda(level)));
    INFO("at time " << t);
    CHECK(same_lambda(schedule(t), level));
    CHECK(same_lambda(level, schedule(t)));
    CHECK(same_level(schedule(t), level));
  };
  for (const double t : {1.0, 1 - 1e-9, 0.99, 0.7, 0.4, 0.1, 1e-2, 1e-4}) {
    through(vp, t), through(SubVariancePreserving{}, t), through(VarianceExploding{1e-70, 1e70}, t);
    through(VarianceExploding{}, t), through(RectifiedFlow{}, t), through(EDM{}, t);
    if (t > 0.05) through(Cosine{}, t);
  }
  for (const double t : {1 - 1e-12, 1 - 1e-14, 1e-30}) through(RectifiedFlow{}, t);  // where 1 − t has few digits
  for (const double scale : {1e-150, 1.0, 1e150}) {
    CHECK(same_lambda(EDM{}(scale), EDM{}(scale * (1 + 1e-15))));
    CHECK(!same_lambda(EDM{}(scale), EDM{}(scale * (1 + 1e-9))));
    CHECK(!same_lambda(EDM{}(scale), EDM{}(scale * (1 - 1e-9))));
  }
  CHECK(!same_lambda(EDM{}(1e-30), EDM{}(1e-31)));  // both nearly clean, and not alike
  CHECK(!same_lambda({.alpha = 1e-30, .sigma = 1}, {.alpha = 1e-31, .sigma = 1}));
  CHECK(!same_lambda(RectifiedFlow{}(0.5), EDM{}(0.5)));  // of one time, but of two schedules
}

TEST_CASE("same_level: of one lambda and one size") {
  CHECK(same_level(clean, clean));
  CHECK(same_level({.alpha = 0.6, .sigma = 0.8}, {.alpha = 0.6 * (1 + 1e-15), .sigma = 0.8}));
  CHECK(!same_level({.alpha = 1, .sigma = 0.5}, {.alpha = 0.6, .sigma = 0.3}));
  CHECK(!same_level({.alpha = 0, .sigma = 1}, {.alpha = 0, .sigma = 2}));
  CHECK(same_level({.alpha = 3e-200, .sigma = 4e-200}, {.alpha = 3e-200, .sigma = 4e-200}));
}
