#pragma once
// A sampler is a table of numbers. One row is one update,
//   x_s = x·x_t + Σₖ x0[k]·x̂₀⁽ᵏ⁾ + Σₖ eps[k]·ε̂⁽ᵏ⁾ + z·ζ,   ζ ~ N(0, I),   ε̂ = (x_t − α_t x̂₀)/σ_t
// where slot k holds the estimate made k rows back, at that row's own `from`. A two-stage method is two rows: the state
// at which the step began is α_t x̂₀⁽¹⁾ + σ_t ε̂⁽¹⁾. The derivation is docs/design.md.

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "../schedule/schedule.hpp"

namespace tweedie {

struct Row {
  /// How many rows back a row may read: the five estimates of a method of order 5, each level standing twice.
  static constexpr std::size_t reach = 10;

  double x = 0;                     ///< of x_t
  std::array<double, reach> x0{};   ///< of x̂₀, newest first
  std::array<double, reach> eps{};  ///< of ε̂, newest first
  double z = 0;                     ///< of fresh standard normal noise
};

struct Step {
  Level from, to;
  Row row;
};

/// The steps in the order in which they are taken. A table may be built by hand: a `from` need not be the last `to`.
using Table = std::vector<Step>;

/// Refuses a step in time from or to a level that has none.
inline void check_times(const char* who, const Level& t, const Level& s) {
  require(std::isfinite(t.time) && std::isfinite(s.time), who,
          ": its step is one in time, but the levels have the times ", t.time, " and ", s.time,
          "; `clean` has none: end the grid with schedule(0)");
}

/// The row of a step of length zero (same_lambda), x_s = (r_s/r_t) x_t with r² = α² + σ²: the identity, unless the
/// second level is another multiple of the first. It reads no estimate and draws no noise.
inline Row standing_row(const Level& t, const Level& s) {
  const double scale = std::hypot(s.alpha, s.sigma) / std::hypot(t.alpha, t.sigma);
  return {.x = std::fabs(scale - 1) <= 0x1p-40 ? 1 : scale};
}

/// The same row with its own ε̂ written as (x_t − α_t x̂₀)/σ_t: then row.x is κ, the whole coefficient of x_t, and
/// row.x0[0] is c, that of x̂₀. Throws where ε̂ is read at σ_t = 0. Older estimates stay as they are.
inline Row eliminated(Row row, const Level& t) {
  if (row.eps[0] == 0) return row;
  require(t.sigma > 0, "row from time ", t.time,
          ": it reads the noise estimate at sigma = 0, where there is no noise to estimate");
  row.x += row.eps[0] / t.sigma;
  row.x0[0] -= row.eps[0] * t.alpha / t.sigma;
  row.eps[0] = 0;
  return row;
}

/// The same row taken from the state in which the estimate of slot k was made, at level t: x is read as x·(α_t x̂₀⁽ᵏ⁾ +
/// σ_t ε̂⁽ᵏ⁾). The later rows of a step of several are of this kind.
inline Row started(Row row, const Level& t, std::size_t k) {
  row.x0[k] += row.x * t.alpha;
  row.eps[k] += row.x * t.sigma;
  row.x = 0;
  return row;
}

/// Whether a step is so short that h² is less than rounding. There order 1 is as exact as any.
inline bool is_short(const Level& t, const Level& s) {
  return lambda(t) == lambda(s) || std::fabs(lambda(s) - lambda(t)) < 1e-8;
}

/// The row `whole`, from t to s, begun at a stage between them: `stage` is the row that led there from t, and `rest` one
/// from there to s. What the stage made of x_t, and its noise ζ̃ with it, goes on by q = rest.x = whole.x/stage.x, so
/// that the noises of stage and step are parts of one path:
///   x_s = κ x_t + Σ c_k x̂₀⁽ᵏ⁾ + (q z̃ ζ̃ + z ζ) = q x̃ + Σ (c_k − q c̃_k) x̂₀⁽ᵏ⁾ + z ζ
inline Row onward(const Row& whole, const Row& stage, const Row& rest) {
  Row row{.x = rest.x, .x0 = whole.x0, .eps = whole.eps, .z = rest.z};
  for (std::size_t k = 1; k < row.x0.size(); ++k) {
    row.x0[k] -= rest.x * stage.x0[k - 1];
    row.eps[k] -= rest.x * stage.eps[k - 1];
  }
  return row;
}

/// How many estimates a row reads: 1 + its highest slot in use, 0 if it reads none.
inline std::size_t depth(const Row& row) {
  std::size_t k = row.x0.size();
  while (k > 0 && row.x0[k - 1] == 0 && row.eps[k - 1] == 0) --k;
  return k;
}

/// How many estimates the loop must keep: the largest depth of a row.
inline std::size_t depth(const Table& table) {
  std::size_t deepest = 0;
  for (const Step& step : table) deepest = std::max(deepest, depth(step.row));
  return deepest;
}

/// Whether a row after row i reads the x̂₀ made there, and its ε̂.
inline std::pair<bool, bool> read_later(const Table& table, std::size_t i) {
  bool x0 = false, eps = false;
  for (std::size_t k = 1; k < table[i].row.x0.size() && i + k < table.size(); ++k) {
    x0 = x0 || table[i + k].row.x0[k] != 0;
    eps = eps || table[i + k].row.eps[k] != 0;
  }
  return {x0, eps};
}

/// Whether any row reads the estimate of row i. One that is not read is not made.
inline bool is_read(const Table& table, std::size_t i) {
  const auto [x0_later, eps_later] = read_later(table, i);
  return table[i].row.x0[0] != 0 || table[i].row.eps[0] != 0 || x0_later || eps_later;
}

/// How many evaluations of the denoiser a run of the table costs.
inline std::size_t evaluations(const Table& table) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < table.size(); ++i) count += is_read(table, i);
  return count;
}

/// Refuses an empty table, a level that is none, a coefficient that is not finite, a noise estimate read where σ = 0,
/// and a row that reads further back than the first row. The sentence names the row.
inline void check_table(const Table& table) {
  require(!table.empty(), "table: it has no rows");
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto& [from, to, row] = table[i];
    lambda(from), lambda(to);  // refuse what is no level
    bool finite = std::isfinite(row.x) && std::isfinite(row.z);
    for (std::size_t k = 0; k < row.x0.size(); ++k)
      finite = finite && std::isfinite(row.x0[k]) && std::isfinite(row.eps[k]);
    require(finite, "row ", i, " (time ", from.time, " to ", to.time, "): a coefficient is not finite");
    require(depth(row) <= i + 1, "row ", i, ": it reads the estimate of ", depth(row) - 1, " rows back, but only ", i,
            " rows stand before it");
    for (std::size_t k = 0; k < depth(row); ++k)
      require(row.eps[k] == 0 || table[i - k].from.sigma > 0, "row ", i, ": it reads the noise estimate of row ", i - k,
              ", made at sigma = 0, where there is no noise to estimate; a grid walked upward begins above it");
  }
}

}  // namespace tweedie
