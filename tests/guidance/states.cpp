// Every guidance on states of every kind: a Matrix of double, an Array and a Tensor of float agree.

#include <unsupported/Eigen/CXX11/Tensor>

#include "guidance/predictions.hpp"

using namespace tweedie;
using Eigen::MatrixXd;

namespace {

const Grid grid = levels(VariancePreserving{}, {0.9, 0.6, 0.3});

struct Scaled {
  double factor, offset;
  template <State X>
  void operator()(const X& x, const Level& t, X& out) const {
    using Scalar = typename X::Scalar;
    flat(out) = flat(x) * Scalar(factor) + (flat(x) + Scalar(t.time)).sin() * Scalar(offset);
  }
};
const Scaled with{0.4, 0.5}, without{0.3, -0.4};
const auto gradient = []<State X>(const X& x, const Level& t) {
  X g = x;
  flat(g) = (flat(x) * typename X::Scalar(t.time)).cos();
  return g;
};

/// The ends of a step of each guidance, as columns.
template <State X>
std::vector<MatrixXd> ends(const X& x) {
  const std::vector<double> targets{1, -2, 0.5, 3};
  X target = x;
  for (Eigen::Index i = 0; i < flat(target).size(); ++i)
    flat(target)[i] = typename X::Scalar(targets[std::size_t(i % 4)]);
  std::vector<MatrixXd> list;
  const auto add = [&](const X& end) { list.push_back(columns(end).template cast<double>()); };
  const auto at = [&](const auto& guided) { add(guided(x, grid[1])); };
  at(classifier(with, gradient, 2));
  at(classifier(with, cosine_gradient(target), 2));
  at(classifier(with, distance_gradient(target), 2));
  at(classifier_free(with, without, 2));
  at(composed(without, Condition{with, 2}, Condition{Scaled{0.1, 0.2}, 0.5}));
  at(rescaled(with, without, 3, 0.7));
  at(zero_star(with, without, 3));
  at(tangential(with, without, 3));
  at(magnitude_aware(with, without, 3, 2));
  at(projected(with, without, {.scale = 3, .eta = 0.5, .radius = 0.5}));
  add(sample(with, MeanShift{DDPM{}, gradient, 2, ShiftAt::mean}, x, grid, Normals{5}));
  add(sample(with, CFGPlusPlus{DDPM{}, without, 0.6}, x, grid, Normals{5}));
  const Projection projection{.scale = 3, .eta = 0.5, .radius = 0.5, .momentum = -0.5};
  add(sample(with, AdaptiveProjected{DDPM{}, without, projection}, x, grid, Normals{5}));
  return list;
}

void agree(const std::vector<MatrixXd>& a, const std::vector<MatrixXd>& b, double tolerance) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    INFO("guidance " << i);
    CHECK(tests::largest_difference(a[i], b[i]) <= tolerance);
  }
}

}  // namespace

TEST_CASE("Guidance: Matrix of double, Array and Tensor of float") {
  MatrixXd x(4, 3);
  for (Eigen::Index i = 0; i < x.size(); ++i) x(i) = 1.7 * std::sin(1 + 2.3 * double(i));
  const std::vector<MatrixXd> expected = ends(x);
  CHECK(expected.size() == 13);
  agree(ends(Eigen::ArrayXXf(x.cast<float>().array())), expected, 2e-5);
  Eigen::Tensor<float, 3> tensor(2, 2, 3);
  columns(tensor) = x.cast<float>();
  agree(ends(tensor), expected, 2e-5);
}

TEST_CASE("Guidance: expressions are states, and each sample is guided by itself") {
  MatrixXd x(4, 3);
  for (Eigen::Index i = 0; i < x.size(); ++i) x(i) = 1.7 * std::sin(1 + 2.3 * double(i));
  const auto guided = tangential(with, without, 3);
  CHECK(tests::largest_difference(guided(2 * x, grid[1]), guided(MatrixXd(x + x), grid[1])) == 0);
  const std::vector<MatrixXd> all = ends(x), one = ends(MatrixXd(x.col(1)));
  for (std::size_t i = 0; i < 10; ++i) {
    INFO("guidance " << i);
    CHECK(tests::largest_difference(all[i].col(1), one[i]) < 1e-14);
  }
}
