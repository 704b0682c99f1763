#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;

namespace {
static_assert(ExactModel<Gaussian<>> && ExactModel<Gaussian<float>> && ExactModel<GaussianMixture<>> &&
              ExactModel<Empirical<>>);
static_assert(!ExactModel<VarianceTable> && !ExactModel<Covariance<>>);

template <ExactModel M>
void keeps(const M& model, const MatrixXd& x, const Level& t) {
  CHECK(laws::exact_model(model, x, t) == laws::Broken{});
}
}  // namespace

TEST_CASE("the library's models obey the laws of a model, in every form of a covariance and at every size of noise") {
  const MatrixXd full{{0.5, 0.2, -0.1}, {0.2, 0.7, 0.05}, {-0.1, 0.05, 0.3}},
      x = MatrixXd::Random(3, 4), means{{1, -1}, {0.5, -0.2}, {0.3, 0.4}}, factor{{1, 0}, {0.5, 0.3}, {0, 1}};
  const std::vector<Covariance<>> forms{Covariance<>(full), Covariance<>::diagonal(Eigen::Vector3d(0.1, 0.4, 1)),
                                        Covariance<>::low_rank(factor, 0.05), Covariance<>::isotropic(3, 0.2),
                                        Covariance<>::of_factor(factor)};
  for (const Level& t : {VariancePreserving{}(0.1), VariancePreserving{}(0.9), VarianceExploding{}(0.7)}) {
    for (const Covariance<>& form : forms) keeps(Gaussian<>(means.col(0), form), x, t);
    keeps(GaussianMixture<>(Eigen::Vector2d(0.3, 0.7), means, std::vector{forms[0], forms[2]}), x, t);
    keeps(Empirical<>(MatrixXd(MatrixXd::Random(3, 9))), x, t);
  }
}
