#include <boost/numeric/odeint/stepper/runge_kutta4.hpp>

#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {

const Gaussian<> model(Eigen::Vector2d(0.5, -0.3), Covariance<>::isotropic(2, 0.25));

}  // namespace

TEST_CASE("ProbabilityFlow: the functor is the velocity at that time") {
  const ProbabilityFlow flow{model, VariancePreserving{}};
  const MatrixXd x = MatrixXd::Random(2, 3);
  MatrixXd dxdt = x;
  flow(x, dxdt, 0.4);
  CHECK(largest_difference(dxdt, velocity(model, x, VariancePreserving{}(0.4))) == 0);
}

TEST_CASE("ProbabilityFlow: Boost.odeint takes it as it is") {
  // std::vector states need no adapter: its fixed-step Runge-Kutta against our adaptive flow.
  const VariancePreserving vp{};
  const ProbabilityFlow flow{model, vp};
  const auto system = [&](const std::vector<double>& x, std::vector<double>& dxdt, double time) {
    const MatrixXd state = Eigen::Map<const MatrixXd>(x.data(), 2, 1);
    MatrixXd rate = MatrixXd::Zero(2, 1);
    flow(state, rate, time);
    dxdt.assign(rate.data(), rate.data() + 2);
  };
  std::vector<double> x{1.1, -0.4};
  const MatrixXd start = Eigen::Map<const MatrixXd>(x.data(), 2, 1);
  boost::numeric::odeint::runge_kutta4<std::vector<double>> stepper;
  for (int i = 0; i < 400; ++i) stepper.do_step(system, x, 1 - 0.9 * i / 400, -0.9 / 400);
  const AdaptiveFlow ours{.at = at_lambda(vp), .relative_tolerance = 1e-11, .absolute_tolerance = 1e-11};
  CHECK(largest_difference(sample(model, ours, start, {vp(1), vp(0.1)}), Eigen::Map<const MatrixXd>(x.data(), 2, 1)) <
        1e-7);
}

TEST_CASE("velocity: refusals") {
  const MatrixXd x = MatrixXd::Ones(2, 1);
  CHECK(contains(refusal([&] { velocity(model, x, VariancePreserving{}(0)); }), "time 0", "sigma = 0"));
  CHECK(contains(refusal([&] { velocity(model, x, {.alpha = 1, .sigma = 1}); }), "rates", "d_alpha = nan"));
  CHECK(contains(refusal([&] { velocity_divergence(clean, 2, 1.0); }), "sigma = 0"));
  CHECK(velocity(model, x, Cosine{}(1)).allFinite());  // α = 0 is a value
}
