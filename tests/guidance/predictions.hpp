#pragma once
// What the tests of guidance share: networks of which the prediction is given, and what a denoiser predicts.

#include "support/test.hpp"

namespace tests::guidance {

using Eigen::MatrixXd;
using tweedie::Level;
using tweedie::Prediction;

constexpr Prediction kinds[] = {Prediction::x0, Prediction::eps, Prediction::v, Prediction::score,
                                Prediction::velocity};

/// A level with rates, so that every kind of prediction has a meaning.
inline Level level() {
  return tweedie::VariancePreserving{}(0.4);
}

/// A matrix, row by row; and one sample of two numbers.
inline MatrixXd matrix(std::initializer_list<std::initializer_list<double>> rows) {
  MatrixXd m(Eigen::Index(rows.size()), Eigen::Index(rows.begin()->size()));
  Eigen::Index i = 0;
  for (const auto& row : rows)
    for (const double number : row) m(i / m.cols(), i % m.cols()) = number, ++i;
  return m;
}
inline MatrixXd two(double a, double b) {
  return matrix({{a}, {b}});
}

/// A network whose prediction is y for any state, as a denoiser.
inline auto predicting(Prediction kind, const MatrixXd& y) {
  return tweedie::network(kind, [y](const MatrixXd&, const Level&) { return y; });
}

/// What a denoiser predicts, as this kind.
template <class D>
MatrixXd prediction(Prediction kind, const D& denoise, const MatrixXd& x, const Level& t) {
  const MatrixXd x0 = denoise(x, t), eps = (x - t.alpha * x0) / t.sigma;
  return tweedie::target(kind, x0, eps, t);
}

/// A rule made by make(conditional, unconditional, kind) gives `expected` of the predictions c and u, whatever their
/// kind is.
template <class Make>
void check_rule(const MatrixXd& c, const MatrixXd& u, const MatrixXd& expected, const Make& make) {
  MatrixXd x(c.rows(), c.cols());
  for (Eigen::Index i = 0; i < x.size(); ++i) x(i) = 0.3 * double(i) - 0.4;
  for (const Prediction kind : kinds) {
    INFO("kind " << int(kind));
    const auto guided = make(predicting(kind, c), predicting(kind, u), kind);
    CHECK(largest_difference(prediction(kind, guided, x, level()), expected) < 1e-13);
  }
}

/// Counts its calls and gives factor·x.
struct Counting {
  double factor;
  int* calls;
  MatrixXd operator()(const MatrixXd& x, const Level&) const { return ++*calls, factor * x; }
};

}  // namespace tests::guidance
