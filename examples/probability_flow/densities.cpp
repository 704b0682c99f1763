#include "densities.hpp"

#include <fmt/format.h>

#include <random>
#include <tweedie/sde/likelihood.hpp>

#include "support/text_table.hpp"

namespace probability_flow {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using tweedie::Level;

void print_densities(const Mixture& model, int count, int seed) {
  const Level from = schedule(end_time), to = schedule(1.0);
  const MatrixXd x = model.marginal(from).draw(count, std::mt19937_64(std::uint64_t(seed)));
  const VectorXd exact = model.log_density(x, from);
  const auto exact_prior = [&](const MatrixXd& latent, const Level& t) -> VectorXd {
    return model.log_density(latent, t);
  };
  long evaluations = 0;
  const auto counted = [&](const MatrixXd& at, const Level& t, MatrixXd& x0) {
    model(at, t, x0);
    evaluations += at.cols();
  };
  const auto found = [&](const auto& divergence, double tolerance, const auto& prior) {
    const tweedie::AdaptiveFlow flow{
        .at = at_lambda(schedule), .relative_tolerance = tolerance, .absolute_tolerance = tolerance};
    return log_likelihood(counted, divergence, x, from, to, flow, prior);
  };

  fmt::print("\nError of the flow's log-density at time {}, {} samples, nats:\n\n", end_time, count);
  const examples::TextTable table(
      {{"tolerance", 12}, {"mean", 11}, {"largest", 11}, {"N(0, σ²I)", 12}, {"evaluations", 14}});
  const tweedie::PosteriorTrace trace{std::cref(model)};
  for (const double tolerance : {1e-3, 1e-5, 1e-7, 1e-9}) {
    evaluations = 0;
    const VectorXd error = (found(trace, tolerance, exact_prior).log_density - exact).cwiseAbs();
    const double each = double(evaluations) / count;
    const VectorXd mismatched = (found(trace, tolerance, tweedie::NormalPrior{}).log_density - exact).cwiseAbs();
    table.row({fmt::format("{:.0e}", tolerance), fmt::format("{:.1e}", error.mean()),
               fmt::format("{:.1e}", error.maxCoeff()), fmt::format("{:.1e}", mismatched.maxCoeff()),
               fmt::format("{:.0f}", each)});
  }

  fmt::print("\nThe same with Hutchinson's divergence at a tolerance of 1e-5:\n\n");
  const examples::TextTable estimates({{"probes", 12}, {"rms error", 11}, {"rms standard error", 21}});
  const auto product = covariance_product(std::cref(model));
  for (const int probes : {4, 16, 64}) {
    const auto estimate = found(tweedie::Hutchinson{product, probes}, 1e-5, exact_prior);
    estimates.row({fmt::format("{}", probes),
                   fmt::format("{:.4f}", std::sqrt((estimate.log_density - exact).squaredNorm() / count)),
                   fmt::format("{:.4f}", std::sqrt(estimate.standard_error.squaredNorm() / count))});
  }
}

}  // namespace probability_flow
