#include "support/test.hpp"

using namespace tweedie;

TEST_CASE("a table prints one aligned line a row, with the columns that it uses") {
  const Table table{
      {{.time = 2, .alpha = 1, .sigma = 1}, {.time = 1, .alpha = 1, .sigma = 0.5}, {.x0 = {0.5}, .eps = {0.25}}},
      {{.time = 1, .alpha = 1, .sigma = 0.5}, {.time = 0}, {.x = 2, .x0 = {1, -3}, .z = 0.125}}};
  CHECK(to_string(table) ==
        "  row     time t     time s  lambda t  lambda s            x        x0[0]       eps[0]        x0[1]           "
        " z\n"
        "    0          2          1    0.0000    0.6931            0          0.5         0.25            0           "
        " 0\n"
        "    1          1          0    0.6931       inf            2            1            0           -3        "
        "0.125\n");
}
