#pragma once
// From a sampler and a grid to a table. A sampler is a struct with one of
//   row(t, s)       a Row from the two levels of the step,
//   rows(t, s)      a Table from the two levels of the step, for what takes several rows a step,
//   row(grid, i)    a Row for the step grid[i] → grid[i + 1], for what looks back or ahead,
//   table(grid)     the whole Table, for the rest.
// A step of length zero (same_lambda) is nobody's: its row is standing_row, and a table(grid) is asked for the grid
// without it.

#include <concepts>

#include "row.hpp"

namespace tweedie {

namespace detail {
template <class S>
concept RowOfLevels = requires(const S& sampler, const Level& t) {
  { sampler.row(t, t) } -> std::same_as<Row>;
};
template <class S>
concept RowsOfLevels = requires(const S& sampler, const Level& t) {
  { sampler.rows(t, t) } -> std::same_as<Table>;
};
template <class S>
concept RowOfGrid = requires(const S& sampler, const Grid& grid, std::size_t i) {
  { sampler.row(grid, i) } -> std::same_as<Row>;
};
template <class S>
concept TableOfGrid = requires(const S& sampler, const Grid& grid) {
  { sampler.table(grid) } -> std::same_as<Table>;
};
}  // namespace detail

/// A sampler whose steps know nothing of one another.
template <class S>
concept OneStepSampler = detail::RowOfLevels<S> || detail::RowsOfLevels<S>;

template <class S>
concept Sampler = detail::TableOfGrid<S> || detail::RowOfGrid<S> || OneStepSampler<S>;

/// The rows of its step from t to s.
Table rows(const OneStepSampler auto& sampler, const Level& t, const Level& s) {
  if (same_lambda(t, s)) return {{t, s, standing_row(t, s)}};
  if constexpr (detail::RowsOfLevels<std::remove_cvref_t<decltype(sampler)>>)
    return sampler.rows(t, s);
  else
    return {{t, s, sampler.row(t, s)}};
}

/// The table of `sampler` on `grid`. Throws std::invalid_argument for a grid or a table that check_grid or check_table
/// refuses.
Table tabulate(const Sampler auto& sampler, const Grid& grid) {
  using S = std::remove_cvref_t<decltype(sampler)>;
  check_grid(grid);
  Table table;
  if constexpr (detail::TableOfGrid<S>) {
    const Grid once = merged(grid);
    table = once.size() == 1 ? Table{{grid.front(), grid.back(), {.x = 1}}} : sampler.table(once);
  } else {
    table.reserve(grid.size() - 1);
    for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
      const Level &t = grid[i], &s = grid[i + 1];
      try {
        if constexpr (detail::RowOfGrid<S>) {
          table.push_back({t, s, same_lambda(t, s) ? standing_row(t, s) : sampler.row(grid, i)});
        } else {
          const Table step = rows(sampler, t, s);
          table.insert(table.end(), step.begin(), step.end());
        }
      } catch (const std::invalid_argument& error) {
        throw std::invalid_argument(
            sentence("row ", table.size(), " (time ", t.time, " to ", s.time, "): ", error.what()));
      }
    }
  }
  check_table(table);
  return table;
}

/// Times are no grid, to say so.
template <class S>
Table tabulate(const S&, const std::vector<double>&) {
  static_assert(sizeof(S) == 0, "tweedie: a sampler walks a Grid of levels, not times: levels(schedule, times)");
  return {};
}

}  // namespace tweedie
