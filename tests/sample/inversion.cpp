#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;

namespace {
const GaussianMixture<> data(Eigen::Vector2d(0.3, 0.7), (MatrixXd(2, 2) << 1, -1, 0.5, -0.2).finished(),
                             std::vector{Covariance<>::isotropic(2, 0.1), Covariance<>::isotropic(2, 0.2)});
Grid reversed(Grid grid) {
  std::reverse(grid.begin(), grid.end());
  return grid;
}
}  // namespace

TEST_CASE("the exact inversion returns x to 1e-10, on fine and on coarse grids") {
  const VariancePreserving vp;
  for (const int n : {3, 10, 50}) {
    const Grid down = levels(vp, uniform(n, 1, 0.01)), up = reversed(down);
    const MatrixXd x = noised(MatrixXd(0.7 * MatrixXd::Random(2, 30)), up.front(), Normals{3});
    const MatrixXd noise = sample(data, DDIMInversion{}, x, up);
    CHECK(tests::largest_difference(sample(data, DDIM{}, noise, down), x) < 1e-10);
    const MatrixXd start = prior(down.front(), {2, 30}, Normals{4});
    CHECK(tests::largest_difference(sample(data, DDIMInversion{}, sample(data, DDIM{}, start, down), up), start) <
          1e-7);
    // The explicit inversion is DDIM walked upward; it does not come back.
    CHECK(tests::largest_difference(sample(data, DDIM{}, sample(data, DDIM{}, x, up), down), x) > 1e-3);
  }
}

TEST_CASE("the inversion of a sample does not depend on its batch mates") {
  const Grid up = reversed(levels(VariancePreserving{}, uniform(5, 1, 0.01)));
  const MatrixXd x = MatrixXd::Random(2, 6), all = sample(data, DDIMInversion{}, x, up);
  for (Eigen::Index i = 0; i < 6; ++i)
    CHECK(tests::largest_difference(sample(data, DDIMInversion{}, x.col(i), up), MatrixXd(all.col(i))) < 1e-11);
}

TEST_CASE("the inversion of floats goes as far as floats do") {
  const Grid down = levels(VariancePreserving{}, uniform(10, 1, 0.01)), up = reversed(down);
  const Eigen::MatrixXf x = noised(MatrixXd(0.7 * MatrixXd::Random(2, 30)), up.front(), Normals{3}).cast<float>();
  const Eigen::MatrixXf noise = sample(data, DDIMInversion{}, x, up);
  CHECK(tests::largest_difference(sample(data, DDIM{}, noise, down), x) < 1e-4);
}

TEST_CASE("the inversion refuses") {
  const MatrixXd x = MatrixXd::Random(2, 6);
  CHECK(tests::contains(tests::refusal([&] {
                          sample(data, DDIMInversion{}, x, levels(EDM{}, {0, 1, 2}));
                        }),
                        "sigma = 0"));
  CHECK(tests::contains(tests::refusal([&] {
                          sample(data, DDIMInversion{}, x, levels(EDM{}, {2, 1}));
                        }),
                        "more noise"));
  CHECK(tests::contains(tests::refusal([&] {
                          sample(data, DDIMInversion{.tolerance = 0}, x, levels(EDM{}, {1, 2}));
                        }),
                        "tolerance = 0"));
  CHECK(tests::contains(tests::refusal<std::runtime_error>([&] {
                          sample(data, DDIMInversion{.iterations = 2}, x, levels(EDM{}, {0.1, 9}));
                        }),
                        "after 2 evaluations", "residual"));
}
