#include "support/test.hpp"

using namespace tweedie;
using tests::contains;

namespace {
/// σ = t^power, α = 1: a schedule that somebody writes.
struct Power {
  double power = 2, rate = 1, inverse = 1;
  Level operator()(double t) const { return {t, 1, std::pow(t, power), 0, rate * power * std::pow(t, power - 1)}; }
  double time(double lambda) const { return std::exp(-lambda * inverse / power); }
};
}  // namespace

TEST_CASE("the law of schedules holds for one of one's own, with an inverse or without") {
  CHECK(laws::schedule(Power{}, 0, 5) == laws::Broken{});
  CHECK(laws::schedule([](double t) -> Level { return Power{3}(t); }, 0, 5) == laws::Broken{});
  CHECK(laws::schedule([](double t) -> Level { return {.time = t, .sigma = t}; }, 0, 5).empty());  // without rates
}

TEST_CASE("a schedule with a rate, a direction or an inverse that is wrong is told so") {
  const laws::Broken rate = laws::schedule(Power{2, 1.00001}, 0, 5);
  REQUIRE(!rate.empty());
  CHECK(contains(rate.back(), "d_sigma is", "difference gives"));
  // Off by 1e−13 of λ, which at λ = 40 is 4e−12 of the time and more than rounding.
  const laws::Broken inverse = laws::schedule(Power{2, 1, 1 + 1e-13}, 0, 5);
  REQUIRE(!inverse.empty());
  CHECK(contains(inverse.back(), "lambda 39", "its time is"));
  CHECK(laws::schedule([](double t) -> Level { return {.time = t, .sigma = 6 - t}; }, 0, 5).size() == 38);  // rises
  CHECK(laws::schedule([](double t) -> Level { return {.time = 2 * t, .sigma = t}; }, 0, 5).size() == 39);
}

TEST_CASE("the law of schedules asks for the clean end first") {
  CHECK(contains(tests::refusal([] { laws::schedule(Power{}, 5, 0); }), "from 5 to 0", "clean end"));
}
