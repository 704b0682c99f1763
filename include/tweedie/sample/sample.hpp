#pragma once
// The loop. It lives once, and it is the whole algorithm:
//   for each row:  x̂₀ = denoise(x_t, t);   x_s = x·x_t + Σ x0[k]·x̂₀⁽ᵏ⁾ + Σ eps[k]·ε̂⁽ᵏ⁾ + z·ζ
// An estimate that no row reads is not made; one that later rows read is kept as the pair (x̂₀, ε̂), and no longer than
// it is read.

#include <array>
#include <utility>

#include "../sampler/tabulate.hpp"
#include "../state/noise.hpp"
#include "apply.hpp"
#include "estimate.hpp"
#include "observer.hpp"

namespace tweedie {

namespace detail {

/// No run returns a state that is not finite: an estimate may be blind to it.
[[noreturn]] inline void not_finite(const char* place, std::size_t i, const Step& step, bool noise = false) {
  throw std::domain_error(sentence(place, " ", i, " (time ", step.from.time, " to ", step.to.time,
                                   "): ", noise ? "the noise" : "the state that it leads to",
                                   " has a value that is not finite"));
}

template <class D, State X, class Noise, class Observer>
X sample_table(const D& denoise, const Table& table, X x, Noise& noise, std::int64_t first_column, Observer& observer) {
  using Scalar = typename X::Scalar;
  check_table(table);
  for (std::size_t i = 0; i < table.size(); ++i)
    if (is_read(table, i)) check_denoiser(denoise, table[i].from);

  const std::size_t kept = std::max<std::size_t>(1, depth(table));
  std::array<X, std::tuple_size_v<decltype(Row::x0)>> x0{}, eps{};  // rings: the estimate of row i is at i % kept
  X z{};
  for (std::size_t i = 0; i < table.size(); ++i) {  // all memory before the first row
    if (is_read(table, i)) reshape(x0[i % kept], shape(x));
    if (read_later(table, i).second) reshape(eps[i % kept], shape(x));
    if (table[i].row.z != 0) reshape(z, shape(x));
  }
  const X none = empty_state<X>();
  const X* newest = &none;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Level& t = table[i].from;
    const Row row = eliminated(table[i].row, t);
    const auto place = [i] { return sentence("row ", i, " at "); };
    if (is_read(table, i)) {
      X& now = x0[i % kept];
      shaped_estimate(denoise, x, t, now, place);
      // Where the row reads it, the new state is finite only if the estimate is: one look serves both.
      if (row.x0[0] == 0 && !all_finite(now)) estimate_not_finite(t, place);
      newest = &now;
      if (read_later(table, i).second)  // ε̂ = (x − αx̂₀)/σ
        flat(eps[i % kept]) = (flat(x) - Scalar(t.alpha) * flat(now)) / Scalar(t.sigma);
    }
    Terms<X> terms;
    for (std::size_t k = 0; k < depth(row); ++k) {
      if (row.x0[k] != 0) terms.add(row.x0[k], x0[(i - k) % kept]);
      if (row.eps[k] != 0) terms.add(row.eps[k], eps[(i - k) % kept]);
    }
    if (row.z != 0) {
      draw(noise, z, std::int64_t(i), first_column);
      terms.add(row.z, z);
    }
    apply(row.x, x, terms);
    if (!all_finite(x)) {
      if (row.x0[0] != 0 && !all_finite(*newest)) estimate_not_finite(t, place);
      not_finite("row", i, table[i], row.z != 0 && !all_finite(z));
    }
    if (!observed(observer, table[i], x, *newest)) break;
  }
  return x;
}

/// For what is no table and has no memory: step(denoise, x, t, s, noise) → x_s, called along the grid; noise(z) fills
/// z, with other numbers each time it is called. A member check(grid), if there is one, is called first.
template <class D, class S, State X, class Noise, class Observer>
X sample_steps(const D& denoise, const S& sampler, X x, const Grid& grid, Noise& noise, std::int64_t first_column,
               Observer& observer) {
  check_grid(grid);
  if (const Grid once = merged(grid); once.size() > 1)
    if constexpr (requires { sampler.check(grid); }) sampler.check(once);
  X newest = empty_state<X>();
  for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
    if (same_lambda(grid[i], grid[i + 1])) {  // a step of length zero, as in tabulate
      const Row row = standing_row(grid[i], grid[i + 1]);
      if (row.x != 1) flat(x) *= typename X::Scalar(row.x);
      if (!observed(observer, Step{grid[i], grid[i + 1], row}, x, newest)) break;
      continue;
    }
    std::int64_t draws = 0;
    const auto noise_of_row = [&](X& z) { draw(noise, z, drawn_again(std::int64_t(i), draws++), first_column); };
    const CheckedDenoiser<D, X> checked(denoise, x, i, newest, watches<Observer>);
    x = sampler.step(checked, std::as_const(x), grid[i], grid[i + 1], noise_of_row);
    if (!all_finite(x)) not_finite("step", i, {grid[i], grid[i + 1], {}});
    if (!observed(observer, Step{grid[i], grid[i + 1], {}}, x, newest)) break;
  }
  return x;
}

/// For the rest: run(denoise, x, grid, noise, observer) → the end; noise(z, row) fills z, with other numbers
/// each time, observer(step, x, x0) is false to stop. The grid that it is given has no steps of length zero.
template <class D, class S, State X, class Noise, class Observer>
X sample_run(const D& denoise, const S& sampler, X x, const Grid& grid, Noise& noise, std::int64_t first_column,
             Observer& observer) {
  check_grid(grid);
  X newest = empty_state<X>();
  const CheckedDenoiser<D, X> checked(denoise, x, newest, watches<Observer>);
  FreshRows fresh;
  const auto addressed = [&](X& z, std::int64_t row) { draw(noise, z, fresh(row), first_column); };
  std::size_t row = 0;
  const auto observe = [&](const Step& step, const X& at, const X& x0) {
    if (!all_finite(at)) not_finite("row", row, step);
    ++row;
    return observed(observer, step, at, x0);
  };
  const Grid once = merged(grid);
  if (once.size() == 1) return x;
  X end = sampler.run(checked, std::move(x), once, addressed, observe);
  if (!all_finite(end)) not_finite("row", row, {grid.front(), grid.back(), {}});
  return end;
}

/// The two forms are asked for with what they will be given; Anything stands for noise and observer.
struct Anything {
  template <class... Arguments>
  bool operator()(Arguments&&...) const {
    return true;
  }
};
template <class S, class D, class X>
concept HasStep = requires(const S& sampler, const CheckedDenoiser<D, X>& denoise, const X& x, const Level& t,
                           const Anything& noise) {
  sampler.step(denoise, x, t, t, noise);
};
template <class S, class D, class X>
concept HasRun = requires(const S& sampler, const CheckedDenoiser<D, X>& denoise, X x, const Grid& grid,
                          const Anything& any) {
  sampler.run(denoise, std::move(x), grid, any, any);
};

template <class D, class S, State X, class Noise, class Observer>
X sample_any(const D& denoise, const S& sampler, X x, const Grid& grid, Noise& noise, std::int64_t first_column,
             Observer& observer) {
  if constexpr (std::same_as<S, Table>) {
    return sample_table(denoise, sampler, std::move(x), noise, first_column, observer);
  } else if constexpr (Sampler<S>) {
    return sample_table(denoise, tabulate(sampler, grid), std::move(x), noise, first_column, observer);
  } else if constexpr (HasStep<S, D, X>) {
    return sample_steps(denoise, sampler, std::move(x), grid, noise, first_column, observer);
  } else {
    static_assert(
        HasRun<S, D, X>,
        "tweedie: a sampler has row(t, s), rows(t, s), row(grid, i), table(grid), step(denoise, x, t, s, noise) or "
        "run(denoise, x, grid, noise, observer), callable on a const object");
    return sample_run(denoise, sampler, std::move(x), grid, noise, first_column, observer);
  }
}

template <State X>
void check_start(const X& x) {
  require(x.size() > 0, "sample: the state is empty");
  require(all_finite(x), "sample: the start has a value that is not finite");
}

}  // namespace detail

/// Runs `sampler` along `grid` from x, the state at grid.front(), and returns the state at grid.back().
///   denoise   (x, level) → x̂₀ or (x, level, out), see denoiser/denoiser.hpp; network(...) makes one
///   sampler   DDPM{}, DDIM{}, …, or anything with row, table, step or run
///   x         a Matrix, Array or Tensor, one sample a column (last index); an expression is evaluated
///   noise     a random engine, Normals{seed}, or a callable noise(z) or noise(z, row, first_column); may be left out where
///             none is drawn
///   observer  (const Step&, const X& x, const X& x0) after each row; x0 is the newest estimate, empty before the first;
///             returning false stops
/// Throws std::invalid_argument for a bad grid, table, state or shape, before the first row wherever it can be told,
/// and std::domain_error, naming the row and its time, where the denoiser, the noise or the new state has a value that is
/// not finite.
template <class D, class S, class X0, class Noise = NoNoise, class Observer = NoObserver>
requires(!std::same_as<S, Table>) Plain<X0> sample(const D& denoise, const S& sampler, const X0& x, const Grid& grid,
                                                   Noise&& noise = {}, Observer&& observer = {}) {
  detail::check_real<X0>();
  Plain<X0> state = x;
  detail::check_start(state);
  return detail::sample_any(denoise, sampler, std::move(state), grid, noise, 0, observer);
}

/// The same for a table made beforehand, by `tabulate` or by hand.
template <class D, class X0, class Noise = NoNoise, class Observer = NoObserver>
Plain<X0> sample(const D& denoise, const Table& table, const X0& x, Noise&& noise = {}, Observer&& observer = {}) {
  static_assert(!std::same_as<std::remove_cvref_t<Noise>, Grid>,
                "tweedie: a table has its levels already; call sample(denoise, table, x, noise, observer)");
  detail::check_real<X0>();
  Plain<X0> state = x;
  detail::check_start(state);
  return detail::sample_table(denoise, table, std::move(state), noise, 0, observer);
}

/// Times are no grid, to say so.
template <class D, class S, class X0, std::same_as<std::vector<double>> Times, class... More>
auto sample(const D&, const S&, const X0& x, const Times&, More&&...) {
  static_assert(sizeof(S) == 0, "tweedie: a sampler walks a Grid of levels, not times: levels(schedule, times)");
  return Plain<X0>(x);
}

}  // namespace tweedie
