#pragma once
// The kernel: x ← x·x + Σ coefficient·term, one pass over the memory of every state, whatever its type.

#include <array>

#include "../sampler/row.hpp"
#include "../state/state.hpp"

namespace tweedie {

/// One summand of a row: a coefficient and the state that it multiplies.
template <State X>
struct Term {
  double coefficient;
  const X* state;
};

/// The summands of a row: an x̂₀ for each slot, the older ε̂ and the noise at most. No allocation.
template <State X>
class Terms {
 public:
  void add(double coefficient, const X& state) { terms_[size_++] = {coefficient, &state}; }
  const Term<X>* begin() const { return terms_.data(); }
  const Term<X>* end() const { return terms_.data() + size_; }

 private:
  std::array<Term<X>, 2 * Row::reach> terms_{};
  std::size_t size_ = 0;
};

/// x ← coefficient·x + Σ terms, where coefficient 0 drops x itself, infinite as it may be. Walks memory in blocks that
/// stay in the first cache while all terms are added, so that each number is read and written once. All states have the
/// shape of x.
template <State X>
void apply(double coefficient, X& x, const Terms<X>& terms) {
  detail::check_real<X>();
  using Scalar = typename X::Scalar;
  constexpr Eigen::Index block = std::max<Eigen::Index>(1, 8192 / Eigen::Index(sizeof(Scalar)));
  auto all = flat(x);
  for (Eigen::Index start = 0; start < all.size(); start += block) {
    const Eigen::Index length = std::min(block, all.size() - start);
    auto part = all.segment(start, length);
    const auto term = [&](const Term<X>& t) { return flat(*t.state).segment(start, length) * Scalar(t.coefficient); };
    const Term<X>* next = terms.begin();
    if (coefficient == 0 && next == terms.end())
      part.setZero();
    else if (coefficient == 0)
      part = term(*next++);
    else if (next == terms.end())
      part *= Scalar(coefficient);
    else
      part = part * Scalar(coefficient) + term(*next++);
    for (; next != terms.end(); ++next) part += term(*next);
  }
}

}  // namespace tweedie
