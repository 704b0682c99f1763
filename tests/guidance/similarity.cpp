#include "guidance/predictions.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;
using tests::guidance::matrix;
using tests::guidance::two;

namespace {
const Level t{.time = 0.5, .alpha = 0.8, .sigma = 0.6};
}

TEST_CASE("cosine_gradient: by hand") {
  // e = (3, 4), e' = (1, 0): cos = 3/5, gradient ((1, 0) − 3/5 (3, 4)/5)/5. e = (0, 2): ((1, 0) − 0)/2.
  const MatrixXd x = matrix({{3, 0}, {4, 2}}), expected = matrix({{0.128, 0.5}, {-0.096, 0}});
  CHECK(largest_difference(cosine_gradient(two(1, 0))(x, t), expected) < 1e-15);
  CHECK(largest_difference(cosine_gradient(two(7, 0))(x, t), expected) < 1e-15);  // whatever the length of e'
  const MatrixXd each = matrix({{3, 0}, {4, -5}});  // a target for each sample: along e, and against it
  CHECK(largest_difference(cosine_gradient(each)(x, t), MatrixXd(0 * x)) < 1e-15);
}

TEST_CASE("cosine_gradient: through an embedding, as differences of the cosine") {
  const MatrixXd A = matrix({{1, 2}, {0, -1}, {3, 0.5}}), target = matrix({{1}, {-2}, {0.5}});
  const auto embed = [&](const MatrixXd& x, const Level& at) -> MatrixXd {
    return A * (at.alpha * x.array().sin()).matrix();
  };
  const auto pull = [&](const MatrixXd& x, const Level& at, const MatrixXd& u) -> MatrixXd {
    return (A.transpose() * u).array() * at.alpha * x.array().cos();
  };
  const auto cosine = [&](const MatrixXd& x) -> double {
    const MatrixXd e = embed(x, t);
    return e.col(0).dot(target.col(0)) / (e.norm() * target.norm());
  };
  const MatrixXd x = two(0.4, -0.9), g = cosine_gradient(target, embed, pull)(x, t);
  const double h = 1e-5;  // an error of h² times a third derivative of order 1
  CHECK(std::abs((cosine(x + two(h, 0)) - cosine(x - two(h, 0))) / (2 * h) - g(0, 0)) < 1e-8);
  CHECK(std::abs((cosine(x + two(0, h)) - cosine(x - two(0, h))) / (2 * h) - g(1, 0)) < 1e-8);
}

TEST_CASE("cosine_gradient: in the place of a classifier's") {
  const auto half = [](const MatrixXd& x, const Level&) -> MatrixXd { return x / 2; };
  const MatrixXd x = two(3, 4), moved = classifier(half, cosine_gradient(two(1, 0)), 2)(x, t);
  CHECK(largest_difference(moved, MatrixXd(x / 2 + 0.36 / 0.8 * 2 * two(0.128, -0.096))) < 1e-15);
}

TEST_CASE("distance_gradient: towards the target") {
  const MatrixXd x = matrix({{3, 0}, {4, 2}});
  CHECK(largest_difference(distance_gradient(two(1, 2))(x, t), matrix({{-2, 1}, {-2, 0}})) < 1e-15);
  CHECK(largest_difference(distance_gradient(matrix({{1, 1}, {2, 5}}))(x, t), matrix({{-2, 1}, {-2, 3}})) < 1e-15);
}

TEST_CASE("similarity: refusals") {
  const MatrixXd x = matrix({{3, 0}, {4, 0}}), three = matrix({{1}, {1}, {1}});
  CHECK(contains(refusal([&] { cosine_gradient(two(1, 0))(x, t); }), "cosine", "time 0.5", "sample 1 is 0",
                 "no direction"));
  CHECK(contains(refusal([&] { cosine_gradient(two(0, 0))(two(1, 1), t); }), "the target is 0"));
  CHECK(contains(refusal([&] { cosine_gradient(three)(x, t); }), "target has the shape 3x1", "2x2"));
  CHECK(contains(refusal([&] { distance_gradient(three)(x, t); }), "target has the shape 3x1", "2x2"));
  const MatrixXd many = matrix({{1, 1, 1}, {2, 2, 2}});
  CHECK(contains(refusal([&] { distance_gradient(many)(x, t); }), "target has the shape 2x3", "2x2"));
}
