#pragma once
// Simulation as a test that can fail. A claim says what the mean of a statistic is, and how large an error of that
// closed form the test promises to notice. It holds only if
//   1. the z-test of the measured mean against the closed form passes, at a false-alarm rate of 1e-9 for the claim, and
//   2. the smallest error that this test would let pass with probability at most 1e-3 is no larger than promised, and
//   3. the same test against the closed form made wrong by that much, in each direction, fails.
// A variance is claimed as the mean of squares about the closed form of the mean. A law in one dimension is claimed by
// its distribution function, with the Dvoretzky-Kiefer-Wolfowitz inequality (Massart, Ann. Probab. 18 (1990), corollary
// 1) in the place of the z-test. Seeds are constant; the environment variable TWEEDIE_TEST_SEED, an integer, changes
// them all.

#include <functional>

#include "test.hpp"

namespace tests {

/// Rates of the tests: that a right closed form is refused, and that one wrong by the resolution passes.
inline constexpr double false_alarm = 1e-9, false_pass = 1e-3;

/// A source of random numbers that is given to statistics. It is itself a noise(z), so that `draw`, `noised` and
/// `sample` take it.
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : engine(static_cast<std::uint32_t>(seed ^ (seed >> 32))), normals_{seed} {}

  /// Fills z with fresh standard normals.
  template <tweedie::State X>
  void operator()(X& z) {
    normals_(z, row_++);
  }
  /// d × n fresh standard normals.
  Eigen::MatrixXd operator()(Eigen::Index d, Eigen::Index n) {
    Eigen::MatrixXd z(d, n);
    (*this)(z);
    return z;
  }

  tweedie::Philox engine;  ///< For what wants a standard random engine.

 private:
  tweedie::Normals normals_;
  std::int64_t row_ = 0;
};

/// n independent samples of a statistic of k numbers, k × n.
using Statistic = std::function<Eigen::MatrixXd(Noise& noise, Eigen::Index n)>;

/// The mean of a statistic is `closed_form`.
struct Claim {
  std::string id;               ///< Of its row in the ledger; an empty one is not recorded.
  std::string name;             ///< Differs between the claims of one id.
  Eigen::VectorXd closed_form;  ///< k numbers
  double resolution = 0.01;  ///< Relative to each closed form; where that is 0, to the statistic's standard deviation.
};

/// The samples, 1 × n, are drawn from the law with the distribution function `closed_form`.
struct LawClaim {
  std::string id, name;
  std::function<double(double)> closed_form;
  double resolution = 0.01;  ///< of the distribution function, absolute
};

enum class Verdict {
  agrees,
  differs,       ///< 1 fails
  underpowered,  ///< 2 fails
  blind          ///< 3 fails
};

/// What a simulation found, one entry for each number of the statistic; a law has one entry, the largest difference
/// from its distribution function, with the z of the same tail probability.
struct Finding {
  std::string id, name;
  Verdict verdict;
  std::int64_t samples;
  Eigen::ArrayXd estimate, closed_form, z;
  Eigen::ArrayXd detectable,
      resolution;  ///< The error that is noticed, and the one that was promised to be, both absolute.
};

/// The finding from samples that were gathered already. Throws std::invalid_argument where the statistic does not vary.
Finding judge(const Claim& claim, const tweedie::Estimate& estimate);
Finding judge(const LawClaim& claim, const Eigen::MatrixXd& samples);

/// The finding of a simulation with this many samples.
Finding simulate(const Claim& claim, std::int64_t samples, const Statistic& statistic);
Finding simulate(const LawClaim& claim, std::int64_t samples, const Statistic& statistic);

/// A line for each entry: id, name, entry, samples, estimate, closed form, z, detectable, resolution, verdict; tabs
/// between.
std::string to_string(const Finding& finding);

/// Asserts that the claim holds, and writes the finding to ledger/<id>.<name>.tsv in the build folder.
void check(const Claim& claim, std::int64_t samples, const Statistic& statistic);
void check(const LawClaim& claim, std::int64_t samples, const Statistic& statistic);

}  // namespace tests
