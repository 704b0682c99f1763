#pragma once
// What a network may predict, and what a solver's polynomial may go through.

#include "../schedule/require.hpp"

namespace tweedie {

enum class Prediction {
  x0,       ///< x₀
  eps,      ///< ε, the noise
  v,        ///< α ε − σ x₀
  score,    ///< ∇ log p_t(x) = −ε/σ
  velocity  ///< dx/dtime = α' x₀ + σ' ε (of a rectified flow: ε − x₀)
};

}  // namespace tweedie
