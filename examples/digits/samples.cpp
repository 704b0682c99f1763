#include "samples.hpp"

namespace digits {

using examples::DigitSet;

std::vector<Part> parts(const examples::FittedMixture& fit, const Mixture& mixture, std::optional<int> digit, int count,
                        int seed) {
  constexpr int classes = DigitSet::classes;
  std::vector<Part> all;
  for (int label = 0; label < classes; ++label) {
    if (digit && label != *digit) continue;
    const int share = digit ? count : count / classes + (label < count % classes ? 1 : 0);
    if (share > 0)
      all.push_back({label, share, mixture.subset(fit.components(label)),
                     std::uint64_t(classes) * std::uint64_t(seed) + std::uint64_t(label)});
  }
  return all;
}

Eigen::MatrixXf real_digits(const DigitSet& digits, int label, int count) {
  std::vector<int> chosen;
  for (int i = 0; i < count; ++i) chosen.push_back(int(std::int64_t(i) * DigitSet::of_each / count));
  return digits.of_class(label)(Eigen::all, chosen).cast<float>();
}

}  // namespace digits
