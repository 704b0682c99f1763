#include "variance/varied.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::refusal;
using namespace tests::varied;

namespace {
const Level t{.time = 0.5, .alpha = 0.6, .sigma = 0.8}, s{.time = 0.2, .alpha = 0.8, .sigma = 0.6};
const double amplification = 0.64 / 0.36;
MatrixXd echo(const MatrixXd& x, const Level&) {
  return x;
}
const MatrixXd x{{0.5, 2, -1}};
}  // namespace

TEST_CASE("npr_variance: (sigma/alpha)^2 times the output, however the network is called") {
  CHECK(tests::largest_difference(npr_variance(echo)(x, t), MatrixXd(amplification * x)) < 1e-15);
  const auto of_time = [](const MatrixXd& y, double time) -> MatrixXd { return y * time; };
  CHECK(tests::largest_difference(npr_variance(of_time)(x, t), MatrixXd(amplification * 0.5 * x)) < 1e-15);
  CHECK(tests::largest_difference(npr_variance(of_time, [](double time) { return 10 * time; })(x, t),
                                  MatrixXd(amplification * 5 * x)) < 1e-14);
  const auto filling = [](const Eigen::ArrayXXf& y, const Level&, Eigen::ArrayXXf& out) { out = 2 * y; };
  CHECK(tests::largest_difference(npr_variance(filling)(Eigen::ArrayXXf(x.cast<float>().array()), t),
                                  MatrixXd(amplification * 2 * x)) < 1e-6);
  CHECK(contains(refusal([] { npr_variance(echo)(x, {.time = 1, .alpha = 0, .sigma = 1}); }), "npr_variance", "time 1",
                 "alpha = 0"));
}

TEST_CASE("sn_variance: the difference of squares, held to what was named") {
  const MatrixXd x0{{0.1, 0.2, -0.3}}, eps = (x - 0.6 * x0) / 0.8;
  const auto h = [](const MatrixXd& y, const Level&) -> MatrixXd { return MatrixXd::Constant(y.rows(), y.cols(), 1); };
  const MatrixXd exact = amplification * (1 - eps.array().square());
  CHECK(exact.minCoeff() < 0);
  CHECK(tests::largest_difference(sn_variance(h, 1)(x, t, x0), MatrixXd(exact.cwiseMax(0).cwiseMin(1))) < 1e-15);
  CHECK(contains(refusal([&] { sn_variance(h, 0); }), "largest = 0"));
  CHECK(contains(refusal([&] { sn_variance(h, 1)(x, {.alpha = 0, .sigma = 1}, x0); }), "sn_variance"));
}

TEST_CASE("learned_range: from the posterior's to the forward variance, geometrically") {
  const double low = posterior_variance(t, s), high = forward_variance(t, s);
  const MatrixXd outputs{{-1, 0, 1}};
  const auto fixed = [&](const MatrixXd&, const Level&) { return outputs; };
  const MatrixXd z2 = learned_range(fixed)(x, t, s), wanted{{low, std::sqrt(low * high), high}};
  CHECK(tests::largest_difference(z2, wanted) < 1e-15);
  CHECK(contains(refusal([&] { learned_range(fixed)(x, t, clean); }), "sigma = 0"));
}

TEST_CASE("learned_log_variance: the exponential of the output") {
  CHECK(tests::largest_difference(learned_log_variance(echo)(x, t, s), MatrixXd(x.array().exp())) < 1e-14);
}
