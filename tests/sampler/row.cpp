#include "support/test.hpp"

using namespace tweedie;

namespace {
const Level noisy{.time = 2, .alpha = 0.6, .sigma = 0.8}, cleaner{.time = 1, .alpha = 0.8, .sigma = 0.6};
}

TEST_CASE("eliminated writes the row's own noise estimate as (x - alpha x0)/sigma") {
  const Row row = eliminated({.x = 0.25, .x0 = {0.5, 7}, .eps = {0.4, 9}, .z = 3}, noisy);
  CHECK(std::abs(row.x - (0.25 + 0.4 / 0.8)) < 1e-15);
  CHECK(std::abs(row.x0[0] - (0.5 - 0.4 * 0.6 / 0.8)) < 1e-15);
  CHECK(row.eps[0] == 0);
  CHECK(row.x0[1] == 7);
  CHECK(row.eps[1] == 9);
  CHECK(row.z == 3);
  CHECK(tests::contains(tests::refusal([] { eliminated({.eps = {1}}, clean); }), "noise estimate", "sigma = 0"));
  CHECK(eliminated({.x0 = {1}}, clean).x0[0] == 1);
}

TEST_CASE("standing_row is the identity, or the ratio of the sizes") {
  const Level twice{.alpha = 1.2, .sigma = 1.6}, blind{.alpha = 0, .sigma = 3}, blinder{.alpha = 0, .sigma = 6};
  for (const Level& level : {noisy, clean, blind}) {
    CHECK(standing_row(level, level).x == 1);
    CHECK(depth(standing_row(level, level)) == 0);
    CHECK(standing_row(level, level).z == 0);
  }
  CHECK(standing_row(noisy, {.alpha = 0.6, .sigma = std::nextafter(0.8, 1)}).x == 1);
  CHECK(std::abs(standing_row(noisy, twice).x - 2) < 1e-15);
  CHECK(standing_row(blind, blinder).x == 2);
  CHECK(std::abs(standing_row({.alpha = 6e-200, .sigma = 8e-200}, {.alpha = 6e-50, .sigma = 8e-50}).x / 1e150 - 1) <
        1e-14);
}

TEST_CASE("started takes a row from the state in which an older estimate was made") {
  const Row row = started({.x = 0.25, .x0 = {0.5, 0.1, 7}, .eps = {9, 0.2}, .z = 3}, noisy, 1);
  CHECK(row.x == 0);
  CHECK(row.x0 == std::array<double, Row::reach>{0.5, 0.1 + 0.25 * 0.6, 7});
  CHECK(row.eps == std::array<double, Row::reach>{9, 0.2 + 0.25 * 0.8});
  CHECK(row.z == 3);
  // Wherever the row before it led, it goes on from x_t.
  const Eigen::MatrixXd x = Eigen::RowVector3d(-2, 0.4, 5);
  const auto model = [](const Eigen::MatrixXd& y, const Level&) -> Eigen::MatrixXd { return y.array().tanh(); };
  const Row onward{.x = 0.3, .x0 = {0, 0.4}, .eps = {0, 0.2}};
  const Table table{{noisy, cleaner, {.x = 7, .x0 = {-1}}}, {cleaner, clean, started(onward, noisy, 1)}};
  const Eigen::MatrixXd x0 = model(x, noisy), expected = 0.3 * x + 0.4 * x0 + 0.2 * (x - 0.6 * x0) / 0.8;
  CHECK(tests::largest_difference(sample(model, table, x), expected) < 1e-15);
}

TEST_CASE("depth counts the estimates that a row reads") {
  CHECK(depth(Row{.x = 1}) == 0);
  CHECK(depth(Row{.x0 = {1}}) == 1);
  CHECK(depth(Row{.x0 = {1}, .eps = {0, 0, 1}}) == 3);
  CHECK(depth(Row{.x0 = {0, 0, 0, 0, 1}}) == 5);
  CHECK(depth(Table{{noisy, cleaner, {.x0 = {1}}}, {cleaner, clean, {.x0 = {0, 1}}}}) == 2);
}

TEST_CASE("evaluations counts the estimates that any row reads") {
  const Step unread{noisy, cleaner, {.x = 1, .z = 1}}, own{noisy, cleaner, {.x0 = {1}}},
      older{noisy, cleaner, {.x = 1, .eps = {0, 0, 1}}};
  CHECK(evaluations({unread}) == 0);
  CHECK(evaluations({unread, own}) == 1);
  CHECK(evaluations({unread, own, older}) == 2);  // that of the first row is read by the third
  CHECK(is_read({unread, own, older}, 0));
  CHECK(!is_read({unread, own, older}, 2));
  CHECK(read_later({unread, own, older}, 0) == std::pair{false, true});
}

TEST_CASE("tables that are none are refused, by row") {
  CHECK(tests::contains(tests::refusal([] { check_table({}); }), "no rows"));
  CHECK(tests::contains(tests::refusal([] {
                          check_table({{noisy, cleaner, {.x = 1}}, {cleaner, clean, {.x = std::nan("")}}});
                        }),
                        "row 1", "not finite"));
  CHECK(tests::contains(tests::refusal([] {
                          check_table({{noisy, cleaner, {.z = 1. / 0.}}});
                        }),
                        "row 0", "not finite"));
  CHECK(tests::contains(tests::refusal([] {
                          check_table({{noisy, cleaner, {.x0 = {1, 1}}}});
                        }),
                        "row 0", "1 rows back", "0 rows stand before"));
  CHECK(tests::contains(tests::refusal([] {
                          check_table({{clean, noisy, {.x0 = {1}, .eps = {1}}}});
                        }),
                        "row 0", "sigma = 0"));
  CHECK(tests::contains(tests::refusal([] {
                          check_table({{clean, noisy, {.x0 = {1}}}, {noisy, clean, {.eps = {0, 1}}}});
                        }),
                        "row 1", "row 0"));
  CHECK(tests::contains(tests::refusal([] {
                          check_table({{{.alpha = 0, .sigma = 0}, clean, {.x0 = {1}}}});
                        }),
                        "both 0"));
  CHECK_NOTHROW(
      check_table({{noisy, cleaner, {.x0 = {1}}}, {cleaner, noisy, {.x0 = {1, -1}, .eps = {0, 2}}}}));  // up again
}
