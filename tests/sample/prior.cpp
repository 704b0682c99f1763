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

TEST_CASE("prior starts where published samplers do, and nowhere nearer") {
  const Discrete chain = Discrete::linear(), stable = Discrete::scaled_linear(1000, 0.00085, 0.012);
  const Level starts[] = {VariancePreserving{}(1),
                          Cosine{}(1),
                          VarianceExploding{}(1),
                          EDM{}(80),
                          RectifiedFlow{}(1),
                          RectifiedFlow{}(0.98),
                          chain(1000),
                          stable(1000),
                          Discrete::cosine(1000)(1000),
                          Discrete::zero_terminal_snr(stable)(1000),
                          SubVariancePreserving{}(1),
                          levels(stable, leading(50, 1000, 1)).front(),
                          levels(stable, leading(2, 1000, 1)).front(),
                          {.alpha = 0, .sigma = 1e-300},
                          {.alpha = 1e-300, .sigma = 1e300}};
  for (const Level& t : starts) {
    INFO("alpha = " << t.alpha << ", sigma = " << t.sigma);
    CHECK_NOTHROW(check_prior(t));
  }
  const Level nearer[] = {EDM{}(1),
                          EDM{}(1 + 1e-9),
                          EDM{}(1.4),
                          RectifiedFlow{}(0.5),
                          RectifiedFlow{}(0.58),
                          VariancePreserving{}(0.2),
                          clean,
                          levels(stable, leading(1, 1000, 1)).front(),
                          {.alpha = 1e-200, .sigma = 1e-200},
                          {.alpha = 1e200, .sigma = 1e200}};
  for (const Level& t : nearer) {
    INFO("alpha = " << t.alpha << ", sigma = " << t.sigma);
    CHECK(tests::contains(tests::refusal([&] { prior(t, {2, 2}, Normals{}); }), "alpha^2 <= sigma^2/2"));
  }
  CHECK_NOTHROW(check_prior(EDM{}(std::sqrt(2))));
}

TEST_CASE("prior refuses") {
  const Level wrong = levels(Discrete::linear(), uniform(20)).front();  // n = 1 of 1000: nearly the data
  CHECK(tests::contains(tests::refusal([&] {
                          prior(wrong, {2, 2}, Normals{});
                        }),
                        "time 1", "more signal", "sigma = 0.01", "noisiest time"));
  CHECK(tests::contains(tests::refusal([] { prior({.alpha = 1, .sigma = -1}, {2, 2}, Normals{}); }), "sigma = -1"));
  CHECK(tests::contains(tests::refusal([] { prior<Eigen::Vector3d>(EDM{}(2), {2, 1}, Normals{}); }), "fixed size"));
  CHECK(tests::contains(tests::refusal([] { prior(EDM{}(2), {-2, 3}, Normals{}); }), "-2x3", "not be negative"));
}
