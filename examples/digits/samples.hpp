#pragma once
// Samples, and what they are samples of.

#include <optional>

#include "support/digit_set.hpp"
#include "support/mixture_fit.hpp"

namespace digits {

using Mixture = tweedie::GaussianMixture<float>;

/// Samples as columns, d × n, and the class of each.
struct Samples {
  Eigen::MatrixXf pixels;
  std::vector<int> labels;
};

/// One class: how many samples of it, from which law and from which noise.
struct Part {
  int label;
  int count;
  Mixture law;
  std::uint64_t seed;
};

/// `count` samples of one class, or spread over all ten where none is given. A class has the same noise whether it is
/// sampled alone or with the others.
std::vector<Part> parts(const examples::FittedMixture& fit, const Mixture& mixture, std::optional<int> digit, int count,
                        int seed);

/// Samples of every part side by side, made by draw(part).
template <class Draw>
Samples gathered(const std::vector<Part>& all, const Draw& draw) {
  Samples samples;
  for (const Part& part : all) samples.labels.insert(samples.labels.end(), std::size_t(part.count), part.label);
  samples.pixels.resize(examples::DigitSet::dimension, Eigen::Index(samples.labels.size()));
  Eigen::Index first = 0;
  for (const Part& part : all) {
    samples.pixels.middleCols(first, part.count) = draw(part);
    first += part.count;
  }
  return samples;
}

/// `count` real digits of a class, d × count, evenly spread over it, because neighbours in the set are alike.
Eigen::MatrixXf real_digits(const examples::DigitSet& digits, int label, int count);

}  // namespace digits
