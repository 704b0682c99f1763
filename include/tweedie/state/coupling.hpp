#pragma once
// What has a step size of its own may choose it for each sample alone, or one for the whole batch.

#include "../schedule/require.hpp"

namespace tweedie {

/// With `sample` a result does not depend on what else is in the batch. Published code has `batch`.
enum class Coupling {
  sample,
  batch
};

}  // namespace tweedie
