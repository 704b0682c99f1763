#pragma once
// The loop. It lives once, and it is the whole algorithm:
//   for each row:  x̂₀ = denoise(x_t, t);   x_s = x·x_t + Σ x0[k]·x̂₀⁽ᵏ⁾ + Σ eps[k]·ε̂⁽ᵏ⁾ + z·ζ
// An estimate that no row reads is not made; one that older rows read is kept as the pair (x̂₀, ε̂), and no longer than it is read.

#include <array>
#include <utility>

#include "../denoiser/denoiser.hpp"
#include "../sampler/tabulate.hpp"
#include "../state/noise.hpp"
#include "apply.hpp"

namespace tweedie {

/// The default observer: sees nothing.
struct NoObserver {
  template <class X>
  void operator()(const Step&, const X&, const X&) const {}
};

namespace detail {

/// Calls the observer; false when it asks to stop.
template <class Observer, State X>
bool observed(Observer& observer, const Step& step, const X& x, const X& x0) {
  static_assert(std::is_invocable_v<Observer&, const Step&, const X&, const X&>,
                "tweedie: an observer is callable as observer(const Step&, const X& x, const X& x0)");
  if constexpr (std::is_void_v<std::invoke_result_t<Observer&, const Step&, const X&, const X&>>) {
    observer(step, x, x0);
    return true;
  } else {
    return bool(observer(step, x, x0));
  }
}

/// x̂₀ into `out`, or an exception that names the row and its time.
template <class D, State X>
void estimate(const D& denoise, const X& x, const Level& t, std::size_t row, X& out) {
  try {
    denoised(denoise, x, t, out);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(sentence("row ", row, " at time ", t.time, ": ", error.what()));
  }
  if (!all_finite(out))
    throw std::domain_error(sentence("row ", row, " at time ", t.time,
                                     ": the denoiser returned a value that is not finite",
                                     all_finite(x) ? "" : " (for a state that is not finite)"));
}

/// A state of no size where its type allows one.
template <State X>
X empty_state() {
  X x{};
  if constexpr (DenseExpression<X>)
    if constexpr (X::SizeAtCompileTime != Eigen::Dynamic)
      x.setConstant(typename X::Scalar(std::numeric_limits<double>::quiet_NaN()));
  return x;
}

/// Which slots of later rows, if any, read the estimate of row i.
inline std::pair<bool, bool> read_later(const Table& table, std::size_t i) {
  bool x0 = false, eps = false;
  for (std::size_t k = 1; k < table[i].row.x0.size() && i + k < table.size(); ++k) {
    x0 = x0 || table[i + k].row.x0[k] != 0;
    eps = eps || table[i + k].row.eps[k] != 0;
  }
  return {x0, eps};
}

template <class D, State X, class Noise, class Observer>
X sample_table(const D& denoise, const Table& table, X x, Noise& noise, std::int64_t first_column, Observer& observer) {
  constexpr std::size_t slots = std::tuple_size_v<decltype(Row::x0)>;
  check_table(table);
  for (std::size_t i = 0; i < table.size(); ++i)
    if (depth(table[i].row) > 0 || read_later(table, i) != std::pair(false, false))
      check_denoiser(denoise, table[i].from);

  const std::size_t kept = std::max<std::size_t>(1, depth(table));
  std::array<X, slots> x0{}, eps{};  // ring buffers: the estimate of row i is at i % kept. An unused one stays empty.
  const X none = empty_state<X>();
  const X* newest = &none;
  X z{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto& [from, to, row] = table[i];
    const auto [x0_later, eps_later] = read_later(table, i);
    if (row.x0[0] != 0 || row.eps[0] != 0 || x0_later || eps_later) {
      X& now = x0[i % kept];
      estimate(denoise, x, from, i, now);
      newest = &now;
      if (eps_later) {  // ε̂ = (x − αx̂₀)/σ
        using Scalar = typename X::Scalar;
        reshape(eps[i % kept], shape(x));
        flat(eps[i % kept]) = flat(x) * Scalar(1 / from.sigma) - flat(now) * Scalar(from.alpha / from.sigma);
      }
    }
    const Row flattened = eliminated(row, from);
    Terms<X> terms;
    for (std::size_t k = 0; k < depth(flattened); ++k) {
      if (flattened.x0[k] != 0) terms.add(flattened.x0[k], x0[(i - k) % kept]);
      if (flattened.eps[k] != 0) terms.add(flattened.eps[k], eps[(i - k) % kept]);
    }
    if (flattened.z != 0) {
      reshape(z, shape(x));
      draw(noise, z, std::int64_t(i), first_column);
      terms.add(flattened.z, z);
    }
    apply(flattened.x, x, terms);
    if (!observed(observer, table[i], x, *newest)) break;
  }
  return x;
}

/// For samplers that are no table: step(denoise, x, t, s, noise) → x_s, called along the grid.
template <class D, class S, State X, class Noise, class Observer>
X sample_steps(const D& denoise, const S& sampler, X x, const Grid& grid, Noise& noise, std::int64_t first_column,
               Observer& observer) {
  check_grid(grid);
  X newest = empty_state<X>();
  for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
    const auto checked = [&](const X& at, const Level& t, X& out) {
      estimate(denoise, at, t, i, out);
      newest = out;
    };
    const auto noise_of_row = [&](X& z) { draw(noise, z, std::int64_t(i), first_column); };
    x = sampler.step(checked, std::as_const(x), grid[i], grid[i + 1], noise_of_row);
    if (!observed(observer, Step{grid[i], grid[i + 1], {}}, x, newest)) break;
  }
  return x;
}

/// The two concepts need the types of the call, so they are asked with those.
template <class S, class X>
concept HasStep = requires(const S& sampler, void (*denoise)(const X&, const Level&, X&), const X& x, const Level& t,
                           void (*noise)(X&)) {
  { sampler.step(denoise, x, t, t, noise) } -> std::convertible_to<X>;
};
template <class S, class D, class X, class Noise, class Observer>
concept HasRun = requires(const S& sampler, const D& denoise, X x, const Grid& grid, Noise& noise, Observer& observer) {
  { sampler.run(denoise, std::move(x), grid, noise, observer) } -> std::convertible_to<X>;
};

template <class D, class S, State X, class Noise, class Observer>
X sample_any(const D& denoise, const S& sampler, X x, const Grid& grid, Noise& noise, std::int64_t first_column,
             Observer& observer) {
  if constexpr (std::same_as<S, Table>) {
    return sample_table(denoise, sampler, std::move(x), noise, first_column, observer);
  } else if constexpr (Sampler<S>) {
    return sample_table(denoise, tabulate(sampler, grid), std::move(x), noise, first_column, observer);
  } else if constexpr (HasStep<S, X>) {
    return sample_steps(denoise, sampler, std::move(x), grid, noise, first_column, observer);
  } else {
    static_assert(HasRun<S, D, X, Noise, Observer>,
                  "tweedie: a sampler has row(t, s), row(grid, i), table(grid), step(denoise, x, t, s, noise) or "
                  "run(denoise, x, grid, noise, observer), callable on a const object");
    check_grid(grid);
    return sampler.run(denoise, std::move(x), grid, noise, observer);
  }
}

template <State X>
void check_start(const X& x) {
  require(x.size() > 0, "sample: the state is empty");
  if (!all_finite(x)) throw std::invalid_argument("sample: the start has a value that is not finite");
}

}  // namespace detail

/// Runs `sampler` along `grid` from x, the state at grid.front(), and returns the state at grid.back().
///   denoise   (x, level) → x̂₀ or (x, level, out), see denoiser/denoiser.hpp; network(...) makes one
///   sampler   DDPM{}, DDIM{}, …, or anything with row, table, step or run
///   x         a Matrix, Array or Tensor, one sample a column (last index); an expression is evaluated
///   noise     a random engine, Normals{seed}, or a callable noise(z) or noise(z, row, first_column); may be left out where none is drawn
///   observer  (const Step&, const X& x, const X& x0) after each row; x0 is the newest estimate, empty before the first; returning
///             false stops
/// Throws std::invalid_argument for a bad grid, table, state or shape before the first row wherever it can be told, and
/// std::domain_error, naming the row and its time, where the denoiser returns a value that is not finite.
template <class D, class S, class X0, class Noise = NoNoise, class Observer = NoObserver>
Plain<X0> sample(const D& denoise, const S& sampler, const X0& x, const Grid& grid, Noise&& noise = {},
                 Observer&& observer = {}) {
  Plain<X0> state = x;
  detail::check_start(state);
  return detail::sample_any(denoise, sampler, std::move(state), grid, noise, 0, observer);
}

/// The same for a table made beforehand, by `tabulate` or by hand.
template <class D, class X0, class Noise = NoNoise, class Observer = NoObserver>
Plain<X0> sample(const D& denoise, const Table& table, const X0& x, Noise&& noise = {}, Observer&& observer = {}) {
  Plain<X0> state = x;
  detail::check_start(state);
  return detail::sample_table(denoise, table, std::move(state), noise, 0, observer);
}

}  // namespace tweedie
