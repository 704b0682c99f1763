#include "support/test.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

namespace {
Level at(double lambda) {
  return {.alpha = std::exp(lambda), .sigma = 1};
}
}  // namespace

TEST_CASE("GuidanceScale: a number or a function of the level") {
  const GuidanceScale number = 7.5, whole = 3, falling = [](const Level&t) { return t.sigma / t.alpha; };
  CHECK(number(at(0)) == 7.5);
  CHECK(whole(clean) == 3);
  CHECK(falling({.alpha = 0.5, .sigma = 2}) == 4);
}

TEST_CASE("GuidanceScale: it must be finite, a number at once, a function where it is asked") {
  constexpr double infinite = std::numeric_limits<double>::infinity();
  CHECK(contains(refusal([] { GuidanceScale{std::nan("")}; }), "scale is nan"));
  CHECK(contains(refusal([] { GuidanceScale{infinite}; }), "scale is inf"));
  const GuidanceScale ratio = [](const Level& t) { return t.alpha / t.sigma; };
  CHECK(contains(refusal([&] { ratio(clean); }), "scale is inf"));
}

TEST_CASE("limited: inside an interval of lambda, its ends included") {
  int asked = 0;
  const GuidanceScale counting = [&](const Level&) { return ++asked, 5; };
  const GuidanceScale weight = limited(counting, -1, 2), scale = limited(5, -1, 2, 1);
  CHECK(weight(at(-1.001)) == 0);
  CHECK(weight(at(2.001)) == 0);
  CHECK(weight({.alpha = 0, .sigma = 1}) == 0);
  CHECK(weight(clean) == 0);
  CHECK(asked == 0);
  CHECK(weight(at(-0.999)) == 5);
  CHECK(weight(at(1.999)) == 5);
  CHECK(asked == 2);
  CHECK(scale(at(0)) == 5);
  CHECK(scale(at(3)) == 1);
  const Level t = at(0.25);
  CHECK(limited(2, lambda(t), lambda(t))(t) == 2);
  constexpr double infinite = std::numeric_limits<double>::infinity();
  CHECK(limited(2, -infinite, infinite)(clean) == 2);
}

TEST_CASE("limited: outside it is no guidance, whatever it is given to, or the number that is told") {
  const GuidanceScale seven = limited(7.5, -1, 2), told = limited(7.5, -1, 2, 0.25);
  CHECK(seven(at(0), 1) == 7.5);
  CHECK(seven(at(3), 1) == 1);
  CHECK(seven(at(3), 0) == 0);
  CHECK(seven(at(-3)) == 0);
  CHECK(told(at(3), 1) == 0.25);
  CHECK(told(at(0), 1) == 7.5);
  const GuidanceScale both = limited(limited(7.5, 0, 9), -9, 2);
  CHECK(both(at(1), 1) == 7.5);
  CHECK(both(at(-1), 1) == 1);
  CHECK(both(at(3), 1) == 1);
  CHECK(limited(limited(7.5, 0, 9), -9, 2, 0.5)(at(-1), 1) == 0.5);
}

TEST_CASE("limited: an empty interval is refused") {
  CHECK(contains(refusal([] { limited(1, 2, 1); }), "limited", "from 2 to 1", "empty"));
  CHECK(contains(refusal([] { limited(1, std::nan(""), 1); }), "from nan to 1"));
  CHECK(contains(refusal([] { limited(1, 2, 1, 0); }), "limited", "from 2 to 1", "empty"));
  CHECK(contains(refusal([] { limited(std::nan(""), 0, 1); }), "scale is nan"));
  CHECK(contains(refusal([] { limited(1, 0, 1, std::nan(""))(at(2)); }), "scale is nan"));
}
