#include "integrators.hpp"

#include <fmt/format.h>

#include <tweedie/sample/prior.hpp>
#include <tweedie/sample/sample.hpp>
#include <tweedie/sde/adaptive_flow.hpp>

#include "odeint.hpp"
#include "support/text_table.hpp"

namespace probability_flow {

using Eigen::MatrixXd;
using tweedie::Level;

namespace {

Integrated by_adaptive_flow(const Mixture& model, const MatrixXd& x, double from, double to, double tolerance) {
  long evaluations = 0;
  const auto counted = [&](const MatrixXd& at, const Level& t, MatrixXd& x0) {
    model(at, t, x0);
    evaluations += at.cols();
  };
  const tweedie::AdaptiveFlow flow{
      .at = at_lambda(schedule), .relative_tolerance = tolerance, .absolute_tolerance = tolerance};
  MatrixXd end = sample(counted, flow, x, {schedule(from), schedule(to)});
  return {std::move(end), double(evaluations) / double(x.cols())};
}

}  // namespace

void print_integrators(const Mixture& model, int count, int seed) {
  const MatrixXd start = tweedie::prior(schedule(1.0), {2, count}, tweedie::Normals{std::uint64_t(seed)});
  const MatrixXd end = by_adaptive_flow(model, start, 1.0, end_time, 1e-12).x;

  fmt::print("\nFrom noise at time 1 to time {} and back, {} samples; the largest error of a coordinate:\n\n", end_time,
             count);
  const examples::TextTable table({{"integrator", 14},
                                   {"tolerance", 10},
                                   {"at the end", 12},
                                   {"back", 10},
                                   {"evaluations", 13},
                                   {"of the way back", 17}});
  const auto row = [&](const char* name, double tolerance, const Integrated& there, const Integrated& back) {
    table.row({name, fmt::format("{:.0e}", tolerance), fmt::format("{:.1e}", (there.x - end).cwiseAbs().maxCoeff()),
               fmt::format("{:.1e}", (back.x - start).cwiseAbs().maxCoeff()), fmt::format("{:.0f}", there.evaluations),
               fmt::format("{:.0f}", back.evaluations)});
  };
  for (const double tolerance : {1e-3, 1e-6, 1e-9}) {
    const Integrated there = by_adaptive_flow(model, start, 1.0, end_time, tolerance);
    row("AdaptiveFlow", tolerance, there, by_adaptive_flow(model, there.x, end_time, 1.0, tolerance));
  }
  for (const double tolerance : {1e-3, 1e-6, 1e-9})
    if (const auto there = by_odeint(model, start, 1.0, end_time, tolerance))
      row("Boost.odeint", tolerance, *there, *by_odeint(model, there->x, end_time, 1.0, tolerance));
}

}  // namespace probability_flow
