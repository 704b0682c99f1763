#include "support/test.hpp"

using namespace tweedie;

namespace {
struct ByLevels {
  Row row(const Level&, const Level& s) const { return {.x = s.time}; }
};
struct ByGrid {
  Row row(const Grid& grid, std::size_t i) const { return {.x = grid[i].time + 10 * grid.back().time}; }
};
struct Whole {
  Table table(const Grid& grid) const { return {{grid.front(), grid.back(), {.x = 1}}}; }
};
struct NotFinite {
  Row row(const Level&, const Level& s) const { return {.x = 1 / s.sigma}; }
};
const Grid grid = levels(EDM{}, {4, 2, 1});
}  // namespace

TEST_CASE("each form of a sampler makes its table") {
  const Table a = tabulate(ByLevels{}, grid), b = tabulate(ByGrid{}, grid), c = tabulate(Whole{}, grid);
  REQUIRE(a.size() == 2);
  CHECK(a[0].row.x == 2);
  CHECK(a[1].from.time == 2);
  CHECK(a[1].to.time == 1);
  CHECK(b[1].row.x == 12);
  REQUIRE(c.size() == 1);
  CHECK(c[0].to.time == 1);
}

TEST_CASE("a sampler is what has one of the forms") {
  STATIC_REQUIRE(Sampler<DDIM>);
  STATIC_REQUIRE(Sampler<DDPM>);
  STATIC_REQUIRE(Sampler<ByGrid>);
  STATIC_REQUIRE(Sampler<Whole>);
  STATIC_REQUIRE(!Sampler<DDIMInversion>);
  STATIC_REQUIRE(!Sampler<Table>);
}

TEST_CASE("tabulate names the row whose coefficients are not finite") {
  CHECK(tests::contains(tests::refusal([] {
                          tabulate(NotFinite{}, levels(EDM{}, {4, 2, 0}));
                        }),
                        "row 1", "time 2 to 0", "not finite"));
  CHECK(tests::contains(tests::refusal([] { tabulate(DDIM{}, Grid{clean}); }), "needs two"));
  CHECK(tests::contains(tests::refusal([] {
                          tabulate(DDPM{}, levels(EDM{}, {1, 2, 3}));
                        }),
                        "row 0", "time 1 to 2", "from noise to data"));
}
