// The page on guidance: its table, made by the rows of the samplers themselves, and its programs.

#include "generated.hpp"
#include "ledger/chain.hpp"
#include "pages.hpp"

namespace tests {
namespace {

using namespace tweedie;

/// The best denoiser of N(0, variance).
auto normal(double variance) {
  return [variance](const Eigen::MatrixXd& x, const Level& t) -> Eigen::MatrixXd {
    return t.alpha * variance / (t.alpha * t.alpha * variance + t.sigma * t.sigma) * x;
  };
}

/// The variance that 4000 steps of a sampler make of noise, exactly: guidance between N(0, 1) and N(0, 2) is linear in
/// the state.
template <class S>
double variance_of_steps(const S& sampler, double gamma) {
  const auto guided = classifier_free_scale(normal(1), normal(2), gamma);
  const Grid grid = uniform_lambda(EDM{}, 4000, -std::log(1e3), -std::log(1e-3));
  double v = grid.front().sigma * grid.front().sigma;
  for (const auto& [t, s, row] : tabulate(sampler, grid)) {
    const Row one = eliminated(row, t);
    const double factor = one.x + one.x0[0] * guided(Eigen::MatrixXd(Eigen::MatrixXd::Ones(1, 1)), t)(0, 0);
    v = factor * factor * v + one.z * one.z;
  }
  return v;
}

std::string variances() {
  const GuidedGaussian pair{0, 0, 1, 2};
  std::string text =
      "| scale | flow | `DDIM{}` | r = 1/2 | `ExponentialEuler{√½}` | r = 1 | `DDPM{}` | tilted |\n"
      "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n";
  for (const double gamma : {0.5, 1.0, 2.0, 4.0}) {
    const double closed[] = {guided_variance(pair, gamma, 0), guided_variance(pair, gamma, 0.5),
                             guided_variance(pair, gamma, 1)};
    const double steps[] = {variance_of_steps(DDIM{}, gamma),
                            variance_of_steps(ExponentialEuler{std::sqrt(0.5)}, gamma),
                            variance_of_steps(DDPM{}, gamma)};
    text += "| " + print("%g", gamma) + " |";
    for (int i = 0; i < 3; ++i) {
      CHECK(std::abs(steps[i] / closed[i] - 1) < 0.01);
      text += " " + print("%.4f", closed[i]) + " | " + print("%.4f", steps[i]) + " |";
    }
    text += " " + print("%.4f", tilted_variance(pair, gamma)) + " |\n";
  }
  return text;
}

}  // namespace

TEST_CASE("Page guidance: its table of variances is that of the closed forms and of the samplers") {
  const std::string table = variances(), page = read("docs/guidance.md");
  INFO("the table as it should be:\n" << table);
  CHECK(contains(page, "<!-- made by tests/docs/guidance.cpp -->\n" + table + "\n"));
}

TEST_CASE("Page guidance: a classifier, conditional denoisers, and a shifted step on a mixture") {
  const GaussianMixture<>& data = three_modes();
  // [classifier]
  const auto gradient = [&](const auto& x, const Level& t) { return data.log_probability_gradient({0, 2}, x, t); };
  const Grid grid = uniform_lambda(VariancePreserving{}, 40, -5, 4);
  const Eigen::MatrixXd start = prior(grid.front(), {1, 4000}, Normals{7});

  const Eigen::MatrixXd guided = sample(classifier(data, gradient), DPMSolver{}, start, grid, Normals{7});
  const Eigen::MatrixXd shifted = sample(data, MeanShift{DDPM{}, gradient}, start, grid, Normals{7});
  // [classifier]
  // [classifier-free]
  const auto conditional = data.subset({0, 2});
  const Eigen::MatrixXd same =
      sample(classifier_free_scale(conditional, data, 1), DPMSolver{}, start, grid, Normals{7});

  const GuidanceScale early_less = limited(1.5, -1, 2);  // w = 1.5 where λ is between −1 and 2, elsewhere 0
  const Eigen::MatrixXd sharper =
      sample(classifier_free(conditional, data, early_less), DPMSolver{}, start, grid, Normals{7});
  const Eigen::MatrixXd renoised = sample(conditional, CFGPlusPlus{DDIM{}, data, 0.6}, start, grid, Normals{7});
  // [classifier-free]
  CHECK(difference(guided, same) < 1e-8);
  const auto outer = [](const Eigen::MatrixXd& x) {  // beyond the middle mode
    return double((x.array() < -0.9 || x.array() > 2.1).count()) / double(x.size());
  };
  CHECK(outer(guided) > 0.98);
  CHECK(outer(shifted) > 0.9);
  CHECK(outer(sharper) >= outer(guided));
  CHECK(outer(renoised) > outer(sample(data, DDIM{}, start, grid, Normals{7})));
}

TEST_CASE("Page guidance: a shift and a rule of one's own") {
  const GaussianMixture<>& data = three_modes();
  const Grid grid = uniform_lambda(VariancePreserving{}, 20, -5, 4);
  const Eigen::MatrixXd start = prior(grid.front(), {1, 500}, Normals{7});
  // [rule]
  // Towards 2, in proportion to what the noise leaves open.
  const auto towards = [](const auto& x, const Level& t, const auto& x0) {
    auto by = x;
    flat(by) = standard_posterior_variance(t) * (2 - flat(x0));
    return by;
  };
  // The difference of two predictions, held to a length of 1 in each sample.
  const auto held = [](auto y, const auto& u, const Level&) {
    for (Eigen::Index i = 0; i < y.cols(); ++i) {
      const Eigen::VectorXd change = y.col(i) - u.col(i);
      y.col(i) += 2 * change / std::max(1.0, change.norm());
    }
  };
  laws::Broken broken = laws::estimate_shift(towards, data, start, grid.front());  // a sentence for each thing broken
  for (const std::string& sentence : laws::prediction_rule(held, grid.front())) broken.push_back(sentence);

  const Eigen::MatrixXd moved = sample(shifted(data, towards, 0.1), DPMSolver{}, start, grid);
  const Eigen::MatrixXd by_rule =
      sample(two_predictions(data.subset({0, 2}), data, Prediction::eps, held), DPMSolver{}, start, grid);
  // [rule]
  const Eigen::MatrixXd alone = sample(data, DPMSolver{}, start, grid);
  CHECK(broken.empty());
  CHECK(moved.mean() > alone.mean() + 0.01);
  CHECK(difference(by_rule, alone) > 0.1);
}

TEST_CASE("Page guidance: what guidance makes of a label with noise") {
  // [laws]
  // Data N(0, 1.5) and a label y = x₀ + N(0, 0.4) that was found to be 0.9.
  const double s2 = 1.5, label = 0.4, y = 0.9;
  const GuidedGaussian pair{.conditional_mean = y * s2 / (s2 + label),
                            .conditional_variance = s2 * label / (s2 + label),
                            .unconditional_variance = s2};
  const double mean = guided_mean(pair, 3, 0), variance = guided_variance(pair, 3, 0);           // 1.0097, 0.0140
  const double taken_for = tilted_mean(pair, 3), taken_for_variance = tilted_variance(pair, 3);  // 0.8265, 0.1224
  // [laws]
  CHECK(std::abs(mean - 1.0097) < 5e-5);
  CHECK(std::abs(variance - 0.0140) < 5e-5);
  CHECK(std::abs(taken_for - 0.8265) < 5e-5);
  CHECK(std::abs(taken_for_variance - 0.1224) < 5e-5);
}

}  // namespace tests
