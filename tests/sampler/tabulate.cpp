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
/// Two rows a step, by way of a level half way; with a coefficient for the second.
struct InTwo {
  double second = 1;
  Table rows(const Level& t, const Level& s) const {
    require(s.time != 1, "not onto 1");
    const Level m = EDM{}((t.time + s.time) / 2);
    return {{t, m, {.x = 1}}, {m, s, {.x = t.time == 2 ? second : 1}}};
  }
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

TEST_CASE("a step may be several rows, and rows gives those of any sampler without memory") {
  const Table table = tabulate(InTwo{}, levels(EDM{}, {4, 2, 0}));
  REQUIRE(table.size() == 4);
  CHECK(table[1].from.time == 3);
  CHECK(table[2].from.time == 2);
  CHECK(table[3].to.time == 0);
  CHECK(rows(InTwo{}, EDM{}(4), EDM{}(2)).size() == 2);
  const Table one = rows(ByLevels{}, EDM{}(4), EDM{}(2));
  REQUIRE(one.size() == 1);
  CHECK(one[0].from.time == 4);
  CHECK(one[0].row.x == 2);
}

TEST_CASE("a sampler is what has one of the forms") {
  STATIC_REQUIRE(Sampler<DDIM>);
  STATIC_REQUIRE(Sampler<DDPM>);
  STATIC_REQUIRE(Sampler<ByGrid>);
  STATIC_REQUIRE(Sampler<Whole>);
  STATIC_REQUIRE(Sampler<InTwo>);
  STATIC_REQUIRE(OneStepSampler<InTwo>);
  STATIC_REQUIRE(OneStepSampler<ByLevels>);
  STATIC_REQUIRE(!OneStepSampler<ByGrid>);
  STATIC_REQUIRE(!OneStepSampler<Whole>);
  STATIC_REQUIRE(!Sampler<DDIMInversion>);
  STATIC_REQUIRE(!Sampler<Table>);
}

TEST_CASE(
    "a step of length zero is the identity whatever the sampler says of it, and a table is asked for without it") {
  const Grid twice{EDM{}(4), EDM{}(4), EDM{}(2), EDM{}(2), EDM{}(2), EDM{}(0), EDM{}(0)};
  for (const Table& table : {tabulate(ByLevels{}, twice), tabulate(ByGrid{}, twice)}) {
    REQUIRE(table.size() == 6);
    for (const std::size_t i : {0u, 2u, 3u, 5u}) {
      CHECK(table[i].row.x == 1);
      CHECK(depth(table[i].row) == 0);
    }
  }
  CHECK(tabulate(ByLevels{}, twice)[1].row.x == 2);
  CHECK(tabulate(InTwo{}, twice).size() == 4 + 2 * 2);
  CHECK(rows(InTwo{}, EDM{}(1), EDM{}(1)).size() == 1);  // which it refuses
  struct Levels {
    Table table(const Grid& on) const {
      Table all;
      for (const Level& level : on) all.push_back({level, level, {.x = 3}});
      return all;
    }
  };
  CHECK(tabulate(Levels{}, twice).size() == 3);
  CHECK(tabulate(Levels{}, {clean, clean}).size() == 1);
  CHECK(tabulate(Levels{}, {clean, clean})[0].row.x == 1);
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

TEST_CASE("tabulate counts rows, not steps") {
  const auto refused = [](const InTwo& sampler, const Grid& on) {
    return tests::refusal([&] { tabulate(sampler, on); });
  };
  CHECK(tests::contains(refused({}, grid), "row 2", "time 2 to 1", "not onto 1"));
  CHECK(tests::contains(refused({std::nan("")}, levels(EDM{}, {4, 2, 0})), "row 3", "time 1 to 0", "not finite"));
}
