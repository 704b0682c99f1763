#pragma once
// The law of one step given x_t, N(mean, variance) number by number: what a guidance shifts and a particle filter
// weighs.

#include "../sample/sample.hpp"

namespace tweedie {

template <State X>
struct StepLaw {
  X mean, variance;
};

/// Of a sampler with row(t, s), whose variance is z², or with a member law(denoise, x, t, s), as ElementwiseVariance
/// and LearnedVariance.
template <class S, class D, State X>
StepLaw<X> step_law(const S& sampler, const D& denoise, const X& x, const Level& t, const Level& s) {
  if (same_lambda(t, s)) {  // a step of length zero
    StepLaw<X> law{x, x};
    flat(law.mean) *= typename X::Scalar(standing_row(t, s).x);
    flat(law.variance).setZero();
    return law;
  }
  if constexpr (requires { sampler.law(denoise, x, t, s); }) {
    return sampler.law(denoise, x, t, s);
  } else {
    static_assert(detail::RowOfLevels<S>,
                  "tweedie: what needs the law of a step takes a sampler with row(t, s), which looks neither back nor "
                  "ahead, or ElementwiseVariance or LearnedVariance around one");
    using Scalar = typename X::Scalar;
    const Row row = eliminated(sampler.row(t, s), t);
    require(depth(row) <= 1, "the law of a step: the row reads the estimate of ", depth(row) - 1, " rows back");
    StepLaw<X> law{x, x};
    Terms<X> terms;
    X x0 = x;
    if (row.x0[0] != 0) {
      denoised(denoise, x, t, x0);
      terms.add(row.x0[0], x0);
    }
    apply(row.x, law.mean, terms);
    flat(law.variance).setConstant(Scalar(row.z * row.z));
    return law;
  }
}

namespace detail {
/// Refuses before the first evaluation what step_law would refuse on its way along the grid.
template <class S>
void check_step_law(const S& sampler, const Grid& grid) {
  if constexpr (requires { sampler.check(grid); }) sampler.check(grid);
  if constexpr (RowOfLevels<S>)
    for (const Step& step : tabulate(sampler, grid))
      require(depth(step.row) <= 1, "the law of a step: the row reads the estimate of ", depth(step.row) - 1,
              " rows back");
}

/// The denoiser, which leaves its last estimate in x0 as well: a step's guidance need not ask for it again.
template <class D, State X>
auto recording(const D& denoise, X& x0) {
  return [&denoise, &x0](const X& x, const Level& t, X& out) {
    denoised(denoise, x, t, out);
    x0 = out;
  };
}

/// mean + √variance ∘ ζ. No noise is asked for where there is none to draw.
template <State X, class Noise>
X drawn(StepLaw<X> law, const Noise& noise) {
  using Scalar = typename X::Scalar;
  if ((flat(law.variance) == Scalar(0)).all()) return std::move(law.mean);
  X z = law.mean;
  noise(z);
  flat(law.mean) += flat(law.variance).sqrt() * flat(z);
  return std::move(law.mean);
}
}  // namespace detail

}  // namespace tweedie
