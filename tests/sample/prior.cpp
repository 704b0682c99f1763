#include "support/test.hpp"

#include <random>
#include <unsupported/Eigen/CXX11/Tensor>

using namespace tweedie;

TEST_CASE("prior is sigma times the noise of row -1, in the shape asked for") {
  Eigen::MatrixXd z(3, 5);
  Normals{8}(z, -1);
  CHECK(tests::largest_difference(prior(EDM{}(80), {3, 5}, Normals{8}), Eigen::MatrixXd(80 * z)) == 0);
  const auto tensor = prior<Eigen::Tensor<float, 3>>(EDM{}(2), {3, 1, 5}, Normals{8});
  CHECK(tensor.dimension(2) == 5);
  CHECK(tests::largest_difference(tensor, Eigen::MatrixXd(2 * z)) < 1e-6);
  std::mt19937 engine(1);
  CHECK(prior<Eigen::Vector3d>(EDM{}(2), {3, 1}, engine).norm() > 0);
}

TEST_CASE("prior refuses") {
  const Level wrong = levels(Discrete::linear(), uniform(20)).front();  // n = 1 of 1000: nearly the data
  CHECK(tests::contains(tests::refusal([&] {
                          prior(wrong, {2, 2}, Normals{});
                        }),
                        "time 1", "more signal", "noisiest time"));
  CHECK_NOTHROW(prior(EDM{}(1), {2, 2}, Normals{}));
  CHECK(tests::contains(tests::refusal([] { prior({.alpha = 1, .sigma = -1}, {2, 2}, Normals{}); }), "sigma = -1"));
  CHECK(tests::contains(tests::refusal([] { prior<Eigen::Vector3d>(EDM{}(2), {2, 1}, Normals{}); }), "fixed size"));
  CHECK(tests::contains(tests::refusal([] { prior(EDM{}(2), {-2, 3}, Normals{}); }), "-2x3", "not be negative"));
}
