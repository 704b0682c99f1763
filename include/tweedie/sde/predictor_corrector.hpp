#pragma once
// Predictor-corrector sampling: at each level of the grid `corrections` corrector steps, which leave the level where it
// is and draw the state towards p_t, then the predictor's step to the next. The corrector comes first, as in Song's
// code, so that the run ends with a predictor and no score is asked for at σ = 0. (In the paper, arXiv:2011.13456v2,
// algorithm 1, the order is the other.)
//   sample(denoise, PredictorCorrector{ReverseDiffusion{}, Langevin{.snr = 0.16}}, x, grid, noise)
// The noise of corrector k in step i is row i·(corrections + 1) + k, that of the predictor row i·(corrections + 1) +
// corrections.

#include "../sample/sample.hpp"
#include "langevin.hpp"

namespace tweedie {

namespace detail {
template <class C>
concept CorrectorRow = requires(const C& corrector, const Level& t) {
  { corrector.correction(t) } -> std::same_as<Row>;
};
}  // namespace detail

/// predictor: a sampler of rows that read no older estimate: DDPM{}, ReverseDiffusion{}, EulerMaruyama{},
/// ExponentialEuler{}, DDIM{} … corrector: AnnealedLangevin{} or anything with a row correction(t), which makes a table
/// of the two; Langevin{} or anything with correct(denoise, x, t, noise).
template <class Predictor, class Corrector>
struct PredictorCorrector {
  static_assert(Sampler<Predictor>,
                "tweedie: a predictor is a sampler of rows: row(t, s), row(grid, i) or table(grid)");

  Predictor predictor;
  Corrector corrector;
  int corrections = 1;  ///< ≥ 0 at each level

  Table table(const Grid& grid) const requires detail::CorrectorRow<Corrector> {
    const Table predicted = predictions(grid);
    Table table;
    for (const Step& step : predicted) {
      for (int k = 0; k < corrections; ++k) table.push_back({step.from, step.from, corrector.correction(step.from)});
      table.push_back(step);
    }
    return table;
  }

  template <class D, State X, class Noise, class Observer>
  X run(const D& denoise, X x, const Grid& grid, const Noise& noise, const Observer& observer) const
      requires(!detail::CorrectorRow<Corrector>) {
    static_assert(
        requires(const Corrector& c, const X& y, const Level& t) { X(c.correct(denoise, y, t, [](X&) {})); },
        "tweedie: a corrector has a row correction(t), as AnnealedLangevin has, or correct(denoise, x, t, "
        "noise), as Langevin has");
    std::int64_t draws = 0;
    X x0 = x, z = x;
    for (const Step& step : predictions(grid)) {
      const auto next_noise = [&](X& out) { noise(out, draws); };
      for (int k = 0; k < corrections; ++k, ++draws) {
        x = corrector.correct(denoise, std::as_const(x), step.from, next_noise);
        if (!observer(Step{step.from, step.from, {}}, x, denoise.newest())) return x;
      }
      const Row row = eliminated(step.row, step.from);
      Terms<X> terms;
      if (row.x0[0] != 0) {
        denoise(x, step.from, x0);
        terms.add(row.x0[0], x0);
      }
      if (row.z != 0) {
        next_noise(z);
        terms.add(row.z, z);
      }
      apply(row.x, x, terms);
      ++draws;
      if (!observer(step, x, denoise.newest())) return x;
    }
    return x;
  }

 private:
  Table predictions(const Grid& grid) const {
    require(corrections >= 0, "PredictorCorrector: corrections = ", corrections, ", but it must not be negative");
    const Table table = tabulate(predictor, grid);
    for (std::size_t i = 0; i < table.size(); ++i)
      require(depth(table[i].row) <= 1, "PredictorCorrector: row ", i,
              " of its predictor reads older estimates, between which the corrector would stand");
    return table;
  }
};
template <class P, class C>
PredictorCorrector(P, C) -> PredictorCorrector<P, C>;
template <class P, class C>
PredictorCorrector(P, C, int) -> PredictorCorrector<P, C>;

}  // namespace tweedie
