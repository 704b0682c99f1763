#include "laws.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

namespace {
const auto half = [](const Level&) { return 0.5; };
const Grid& grid() {
  static const Grid levels = tweedie::levels(VariancePreserving{}, uniform(4));
  return levels;
}
}  // namespace

TEST_CASE("with_variance: z^2 is tau^2 + c^2 v on every row, whatever it was before") {
  for (const Table& plain : {tabulate(DDPM{}, grid()), tabulate(DDPM{forward_variance}, grid()),
                             tabulate(DDIM{}, grid()), tabulate(DDIM{0.7}, grid())}) {
    const Table table = with_variance(plain, half);
    REQUIRE(table.size() == plain.size());
    for (std::size_t i = 0; i < table.size(); ++i) {
      const auto& [t, s, row] = table[i];
      CHECK(row.x == plain[i].row.x);
      CHECK(row.x0 == plain[i].row.x0);
      CHECK(row.eps == plain[i].row.eps);
      const Row own = eliminated(row, t);
      const double tau2 = s.sigma * s.sigma - std::pow(own.x * t.sigma, 2);
      if (s.sigma > 0) CHECK(std::abs(row.z * row.z - tau2 - 0.5 * own.x0[0] * own.x0[0]) < 1e-14);
    }
    CHECK(table.back().row.z == 0);
    CHECK(std::abs(with_variance(plain, half, LastRow::noise).back().row.z - std::sqrt(0.5)) < 1e-15);
  }
}

TEST_CASE("with_variance: no spread of x0 gives DDPM's small variance and leaves DDIM as it is") {
  const auto none = [](const Level&) { return 0.0; };
  const Table ddpm = tabulate(DDPM{}, grid()), large = with_variance(tabulate(DDPM{forward_variance}, grid()), none),
              ddim = with_variance(tabulate(DDIM{}, grid()), none, LastRow::noise);
  for (std::size_t i = 0; i < ddpm.size(); ++i) {
    CHECK(std::abs(large[i].row.z - ddpm[i].row.z) < 1e-14);
    CHECK(ddim[i].row.z == 0);  // no root of a rounding error
  }
  obeys::marginal_mean(large);
  obeys::marginal_variance(large);
}

TEST_CASE("with_variance: a row that brings more noise along than its level has draws that of the estimate alone") {
  // Euler's step of the probability flow of EDM, x_s = x_t + (s − t) ε̂, between 3 and 1; and a step of the same state
  // upward.
  const Level t = EDM{}(3), s = EDM{}(1);
  const Table euler = with_variance({{t, s, {.x = 1, .eps = {s.sigma - t.sigma}}}}, half);
  CHECK(std::abs(euler[0].row.z * euler[0].row.z - 0.5 * std::pow(2.0 / 3, 2)) < 1e-14);
  const Table carried = with_variance({{t, s, {.x = 0.9, .x0 = {0.1}, .z = 7}}}, half);
  CHECK(std::abs(carried[0].row.z - 0.1 * std::sqrt(0.5)) < 1e-14);  // (0.9·3)² > 1
  const Table churn = with_variance({{s, t, {.x = 1, .z = 1}}}, [](const Level&) { return Level::unknown; });
  CHECK(std::abs(churn[0].row.z - std::sqrt(8)) < 1e-14);  // it reads no estimate, and asks for no variance
}

TEST_CASE("with_variance: ends of the schedule") {
  const Table table =
      with_variance(tabulate(DDPM{}, levels(Cosine{}, uniform(3))), half, LastRow::noise);  // from alpha = 0
  for (const Step& step : table) CHECK(std::isfinite(step.row.z));
  CHECK(table.front().from.alpha == 0);
}

TEST_CASE("with_variance: refusals name the row and the rule") {
  const Table two_back{{EDM{}(3), EDM{}(2), {.x0 = {1}}}, {EDM{}(2), EDM{}(1), {.x = 0.5, .x0 = {0.3, 0.2}}}};
  CHECK(contains(refusal([&] { with_variance(two_back, half); }), "with_variance: row 1", "1 rows back",
                 "single coefficient"));
  const Table ddpm = tabulate(DDPM{}, grid());
  CHECK(contains(refusal([&] { with_variance(ddpm, [](const Level& t) { return 0.3 - t.time; }); }),
                 "row 0 (time 1 to 0.75)", "-0.7", "not negative"));
  CHECK(contains(refusal([&] { with_variance(ddpm, [](const Level&) { return Level::unknown; }); }), "nan", "finite"));
  CHECK(contains(refusal([&] { with_variance({}, half); }), "no rows"));
}
