#include "odeint.hpp"

#include <boost/numeric/odeint.hpp>
#include <boost/numeric/odeint/external/eigen/eigen.hpp>
#include <functional>
#include <tweedie/sde/probability_flow.hpp>

namespace probability_flow {

std::optional<Integrated> by_odeint(const Mixture& model, const Eigen::MatrixXd& x, double from, double to,
                                    double tolerance) {
  namespace odeint = boost::numeric::odeint;
  using State = Eigen::VectorXd;
  using Stepper = odeint::runge_kutta_dopri5<State, double, State, double, odeint::vector_space_algebra>;
  Integrated result{x, 0};
  long evaluations = 0;
  const auto counted = [&](const State& at, const tweedie::Level& t, State& x0) {
    model(at, t, x0);
    ++evaluations;
  };
  const tweedie::ProbabilityFlow flow{counted, schedule};
  const double first_step = (to - from) / 100;
  for (Eigen::Index i = 0; i < x.cols(); ++i) {
    State state = x.col(i);
    odeint::integrate_adaptive(odeint::make_controlled<Stepper>(tolerance, tolerance), std::cref(flow), state, from, to,
                               first_step);
    result.x.col(i) = state;
  }
  result.evaluations = double(evaluations) / double(x.cols());
  return result;
}

}  // namespace probability_flow
