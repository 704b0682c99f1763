#pragma once
// Which estimate of Var[x₀ | x_t] survives a denoiser that is wrong.

namespace few_steps {

/// A table on a mixture in one dimension: at each level the true variance, and the three estimates of it by an exact
/// denoiser and by one whose noise estimate is off by δ(x) = 0.2 sin 3x − 0.1.
void print_faults();

}  // namespace few_steps
