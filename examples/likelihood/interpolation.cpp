#include "interpolation.hpp"

#include <tweedie/sample/sample.hpp>
#include <tweedie/sampler/ddim.hpp>
#include <tweedie/sde/adaptive_flow.hpp>
#include <tweedie/sde/interpolation.hpp>

#include "routes.hpp"
#include "support/sheet.hpp"

namespace likelihood {

using Eigen::Index;
using Eigen::MatrixXf;
using examples::DigitSet;

namespace {

constexpr int points = 7;  // on an arc, its ends included

/// Digits along the arcs from each column of a to that of b: those of a, then the next point of each arc, and so on.
MatrixXf along(const tweedie::GaussianMixture<float>& model, const MatrixXf& a, const MatrixXf& b) {
  // One step size for all: they are to look well, and a matrix product costs less than its columns one by one.
  const tweedie::AdaptiveFlow flow{.at = at_lambda(schedule),
                                   .relative_tolerance = 1e-3,
                                   .absolute_tolerance = 1e-3,
                                   .coupling = tweedie::Coupling::batch};
  const tweedie::Level data = schedule(end_time), noise = schedule(1.0);
  const Index n = a.cols();
  MatrixXf ends(a.rows(), 2 * n);
  ends << float(data.alpha) * a, float(data.alpha) * b;
  const MatrixXf latents = sample(model, flow, ends, {data, noise});
  MatrixXf arcs(a.rows(), points * n);
  for (int i = 0; i < points; ++i)
    arcs.middleCols(i * n, n) =
        tweedie::interpolated(latents.leftCols(n), latents.rightCols(n), double(i) / (points - 1));
  const MatrixXf decoded = sample(model, flow, arcs, {noise, data});
  return sample(model, tweedie::DDIM{}, decoded, {data, tweedie::clean});
}

}  // namespace

examples::Picture interpolations(const HeldOut& digits) {
  constexpr int rows = DigitSet::classes, half = points + 2;
  const auto digit = [&](int label, int i) -> MatrixXf {
    return digits.digits.col(Index(label % rows) * held_out_of_each + i).cast<float>();
  };
  const auto whole = digits.fit.model<float>();
  examples::Sheet sheet(rows, 2 * half, DigitSet::side, half);
  MatrixXf first(DigitSet::dimension, rows), next(DigitSet::dimension, rows);
  for (int row = 0; row < rows; ++row) {
    first.col(row) = digit(row, 10);
    next.col(row) = digit(row + 1, 40);
    const MatrixXf other = digit(row, 60);
    const MatrixXf arc = along(whole.subset(digits.fit.components(row)), first.col(row), other);
    sheet.place(row, 0, first.col(row));
    sheet.place(row, half - 1, other.col(0));
    sheet.place(row, half, first.col(row));
    sheet.place(row, 2 * half - 1, next.col(row));
    for (int i = 0; i < points; ++i) sheet.place(row, 1 + i, arc.col(i));
  }
  const MatrixXf arcs = along(whole, first, next);
  for (int row = 0; row < rows; ++row)
    for (int i = 0; i < points; ++i) sheet.place(row, half + 1 + i, arcs.col(i * rows + row));
  return sheet.picture();
}

}  // namespace likelihood
