#pragma once
// Between two real digits, by way of their latents.

#include "held_out.hpp"
#include "support/picture.hpp"

namespace likelihood {

/// A row for each class. On the left two held-out digits of it and seven points on the arc between their latents,
/// decoded; on the right the same between a digit of the class and one of the next. The ends of the arc are the two
/// digits again.
examples::Picture interpolations(const HeldOut& digits);

}  // namespace likelihood
