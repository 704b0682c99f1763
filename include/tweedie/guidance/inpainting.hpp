#pragma once
// Part of x₀ is known. After each step the known part of x_s is put in the place of what the step made,
//   x_s ← m ∘ (α_s x₀ + σ_s ζ) + (1 − m) ∘ x_s,
// with the ζ of the step. The rest follows it only through the next estimate, so that the two halves do not fit:
// RePaint goes up again, by the forward process, and comes down `times` times over stretches of `jump` steps. Neither
// is p(x₀ | known), as docs/inverse_problems.md shows; mmps(denoise, masked(…), …) has the posterior in it.
// Song et al., arXiv:2011.13456v2, appendix I.2; Lugmayr et al., RePaint, arXiv:2201.09865v4, algorithm 1 and section
// 4.2 (jumps).

#include "../sample/sample.hpp"
#include "../sampler/transition.hpp"

namespace tweedie {

/// sample(denoise, Inpainting{DDPM{}, mask, known}, x, grid, noise)                     replacement alone
/// sample(denoise, Inpainting{DDPM{}, mask, known, 10, 10}, x, grid, noise)             RePaint
///   sampler   of rows that read no older estimate: row(t, s), rows(t, s) or table(grid)
///   mask      1 or true where x₀ is known, else 0 or false: of the shape of x, or of one sample for all
///   known     x₀ there, of the same shapes; its other numbers are not read
///   jump      ≥ 1 steps down before going up again
///   times     ≥ 1 walks along each stretch; 1 is replacement alone
/// On rows that go up, RePaint's own, nothing is replaced. Noise is drawn for every row.
template <class S, State K, class M = K>
struct Inpainting {
  S sampler;
  M mask;
  K known;
  int jump = 1, times = 1;

  /// The rows of the sampler on the grid, each stretch of `jump` of them repeated, with the rows up again between.
  Table path(const Grid& grid) const {
    require(jump >= 1 && times >= 1, "Inpainting: jump = ", jump, " and times = ", times, " must be at least 1");
    const Table once = tabulate(sampler, grid);
    Table path;
    std::size_t first = 0;  // of the stretch
    for (std::size_t i = 0, steps = 0; i < once.size(); ++i) {
      const bool last = i + 1 == once.size();
      if (++steps < std::size_t(jump) && !last) continue;
      for (int k = 0; k < times; ++k) {
        path.insert(path.end(), once.begin() + std::ptrdiff_t(first), once.begin() + std::ptrdiff_t(i) + 1);
        if (k + 1 == times) break;
        for (std::size_t j = i + 1; j-- > first;) {
          const Level &s = once[j].to, &t = once[j].from;
          path.push_back({s, t, Forward{}.row(s, t)});
        }
      }
      first = i + 1;
      steps = 0;
    }
    return path;
  }

  template <class D, State X, class Noise, class Observer>
  X run(const D& denoise, X x, const Grid& grid, const Noise& noise, const Observer& observer) const {
    return walk(denoise, path(grid), std::move(x), noise, observer);
  }

  /// The same along a table made by hand, with noise(z, row).
  template <class D, State X, class Noise, class Observer>
  X walk(const D& denoise, const Table& table, X x, const Noise& noise, const Observer& observer) const {
    const X m = spread(mask, x, "mask"), x0 = spread(known, x, "known part");
    using Scalar = typename X::Scalar;
    require((flat(m) == Scalar(0) || flat(m) == Scalar(1)).all(),
            "Inpainting: the mask holds a number other than 0 and 1");
    require((flat(m) == Scalar(0) || flat(x0) * Scalar(0) == Scalar(0)).all(),
            "Inpainting: the known part has a value that is not finite");
    X z = x, estimate = x, newest = empty_state<X>();
    for (std::size_t i = 0; i < table.size(); ++i) {
      const Level &t = table[i].from, &s = table[i].to;
      require(depth(table[i].row) <= 1, "Inpainting: row ", i,
              " reads older estimates, made of a state that was replaced since");
      const Row row = eliminated(table[i].row, t);
      Terms<X> terms;
      if (row.x0[0] != 0) {
        denoised(denoise, x, t, estimate);
        newest = estimate;
        terms.add(row.x0[0], estimate);
      }
      noise(z, std::int64_t(i));
      if (row.z != 0) terms.add(row.z, z);
      apply(row.x, x, terms);
      if (lambda(s) >= lambda(t))
        flat(x) = (flat(m) == Scalar(1)).select(flat(x0) * Scalar(s.alpha) + flat(z) * Scalar(s.sigma), flat(x));
      if (!observer(table[i], x, newest)) break;
    }
    return x;
  }

 private:
  template <class Given, State X>
  static X spread(const Given& given, const X& x, const char* what) {
    using Scalar = typename X::Scalar;
    const Plain<decltype(given.template cast<Scalar>())> numbers = given.template cast<Scalar>();
    const auto from = columns(numbers);
    const auto wanted = columns(x);
    require(from.rows() == wanted.rows() && (from.cols() == wanted.cols() || from.cols() == 1), "Inpainting: the ",
            what, " has the shape ", shape(numbers), " for a state of ", shape(x));
    X out = x;
    for (Eigen::Index i = 0; i < wanted.cols(); ++i) columns(out).col(i) = from.col(from.cols() == 1 ? 0 : i);
    return out;
  }
};
template <class S, class M, class K>
Inpainting(S, M, K) -> Inpainting<S, Plain<K>, Plain<M>>;
template <class S, class M, class K>
Inpainting(S, M, K, int) -> Inpainting<S, Plain<K>, Plain<M>>;
template <class S, class M, class K>
Inpainting(S, M, K, int, int) -> Inpainting<S, Plain<K>, Plain<M>>;

}  // namespace tweedie
