#include "interpolation.hpp"

#include <tweedie/sample/sample.hpp>
#include <tweedie/sampler/ddim.hpp>
#include <tweedie/sde/adaptive_flow.hpp>
#include <tweedie/sde/interpolation.hpp>

#include "routes.hpp"
#include "support/sheet.hpp"

namespace likelihood {

using Eigen::Index;
using Eigen::MatrixXd;
using examples::DigitSet;

namespace {

constexpr int points = 7;  // on an arc, its ends included

/// Digits along the arcs from each column of a to that of b: those of a, then the next point of each arc, and so on.
MatrixXd along(const Mixture& model, const MatrixXd& a, const MatrixXd& b) {
  // One step size for all: they are to look well, and a matrix product costs less than its columns one by one.
  const tweedie::AdaptiveFlow flow{.at = at_lambda(schedule),
                                   .relative_tolerance = 1e-3,
                                   .absolute_tolerance = 1e-3,
                                   .coupling = tweedie::Coupling::batch};
  const tweedie::Level data = schedule(end_time), noise = schedule(1.0);
  const Index n = a.cols();
  MatrixXd ends(a.rows(), 2 * n);
  ends << data.alpha * a, data.alpha * b;
  const MatrixXd latents = sample(model, flow, ends, {data, noise});
  MatrixXd arcs(a.rows(), points * n);
  for (int i = 0; i < points; ++i)
    arcs.middleCols(i * n, n) =
        tweedie::interpolated(latents.leftCols(n), latents.rightCols(n), double(i) / (points - 1));
  const MatrixXd decoded = sample(model, flow, arcs, {noise, data});
  return sample(model, tweedie::DDIM{}, decoded, {data, tweedie::clean});
}

}  // namespace

examples::Picture interpolations(const HeldOut& digits) {
  constexpr int rows = DigitSet::classes, half = points + 2;
  const auto digit = [&](int label, int i) { return digits.digits.col(Index(label % rows) * held_out_of_each + i); };
  const Mixture whole = digits.fit.model<double>();
  examples::Sheet sheet(rows, 2 * half, DigitSet::side, half);
  const auto place = [&](int row, int column, const auto& pixels) {
    sheet.place(row, column, pixels.template cast<float>());
  };
  MatrixXd first(DigitSet::dimension, rows), next(DigitSet::dimension, rows);
  for (int row = 0; row < rows; ++row) {
    first.col(row) = digit(row, 10);
    next.col(row) = digit(row + 1, 40);
    const MatrixXd other = digit(row, 60);
    const MatrixXd arc = along(whole.subset(digits.fit.components(row)), first.col(row), other);
    place(row, 0, first.col(row));
    place(row, half - 1, other.col(0));
    place(row, half, first.col(row));
    place(row, 2 * half - 1, next.col(row));
    for (int i = 0; i < points; ++i) place(row, 1 + i, arc.col(i));
  }
  const MatrixXd arcs = along(whole, first, next);
  for (int row = 0; row < rows; ++row)
    for (int i = 0; i < points; ++i) place(row, half + 1 + i, arcs.col(i * rows + row));
  return sheet.picture();
}

}  // namespace likelihood
