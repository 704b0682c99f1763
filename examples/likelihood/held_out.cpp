#include "held_out.hpp"

#include <random>

namespace likelihood {

using Eigen::Index;
using Eigen::MatrixXd;
using examples::DigitSet;

namespace {

/// Readable digits are not likely ones: beside the recipe of `digits` this one has fewer components with more
/// directions, and a wider rest, which is the variance of all that a digit never seen before brings with it.
constexpr examples::MixtureRecipe recipe{.components = 3, .own = 0.75, .shared = 0.5, .rank = 50, .rest = 5e-3};

MatrixXd dequantised(const MatrixXd& pixels, int seed) {
  std::mt19937_64 engine{std::uint64_t(seed)};
  return pixels.unaryExpr([&](double pixel) {
    const double u = double(engine() >> 11) * 0x1p-53;
    return (std::round(255 * pixel) + u) / grey.bins;
  });
}

}  // namespace

HeldOut hold_out(const DigitSet& real, int count, int seed) {
  constexpr int seen = DigitSet::of_each - held_out_of_each;
  const MatrixXd pixels = dequantised(real.pixels, seed);
  MatrixXd fitted(DigitSet::dimension, DigitSet::classes * seen),
      held(DigitSet::dimension, DigitSet::classes * held_out_of_each);
  std::vector<int> labels;
  for (int label = 0; label < DigitSet::classes; ++label) {
    const Index first = Index(label) * DigitSet::of_each;
    fitted.middleCols(Index(label) * seen, seen) = pixels.middleCols(first, seen);
    held.middleCols(Index(label) * held_out_of_each, held_out_of_each) =
        pixels.middleCols(first + seen, held_out_of_each);
    labels.insert(labels.end(), std::size_t(seen), label);
  }
  std::vector<Index> chosen;
  for (Index i = 0; i < count; ++i) chosen.push_back(i * held.cols() / count);
  MatrixXd spread = held(Eigen::all, chosen);
  return {examples::fit_mixture(fitted, labels, recipe), std::move(held), std::move(spread)};
}

}  // namespace likelihood
