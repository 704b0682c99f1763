#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {
const Level t{.time = 0.4, .alpha = 0.5, .sigma = 2, .d_alpha = -1, .d_sigma = 3};
MatrixXd third(const MatrixXd& x, const Level&) {
  return x / 3;
}
MatrixXd fifth(const MatrixXd& x, const Level&) {
  return x / 5;
}
}  // namespace

TEST_CASE("two_predictions: a rule is given both predictions of its kind, and what it leaves becomes an estimate") {
  const MatrixXd x{{3, -6}};
  const auto eps = [&](double x0_share) -> MatrixXd { return x * (1 - t.alpha * x0_share) / t.sigma; };
  MatrixXd seen_c, seen_u;
  const auto guided = two_predictions(third, fifth, Prediction::eps, [&](auto y, const auto& u, const Level&) {
    seen_c = y, seen_u = u;
    y = 2 * y - u;
  });
  const MatrixXd x0 = guided(x, t);
  CHECK(largest_difference(seen_c, eps(1.0 / 3)) < 1e-14);
  CHECK(largest_difference(seen_u, eps(0.2)) < 1e-14);
  CHECK(largest_difference(x0, (x - t.sigma * (2 * eps(1.0 / 3) - eps(0.2))) / t.alpha) < 1e-13);
}

TEST_CASE("two_predictions: a linear rule gives the same estimate for every kind") {
  const MatrixXd x{{3, -6}}, wanted = 3 * third(x, t) - 2 * fifth(x, t);
  for (const Prediction kind :
       {Prediction::x0, Prediction::eps, Prediction::v, Prediction::score, Prediction::velocity}) {
    const auto guided =
        two_predictions(third, fifth, kind, [](auto y, const auto& u, const Level&) { y = 3 * y - 2 * u; });
    CHECK(largest_difference(guided(x, t), wanted) < 1e-12);
  }
}

TEST_CASE("two_predictions: at sigma = 0 the conditional estimate, at alpha = 0 what the kind allows") {
  const auto never = [](auto, const auto&, const Level&) { FAIL("the rule was called"); };
  const MatrixXd x{{3, -6}};
  CHECK(largest_difference(two_predictions(third, fifth, Prediction::eps, never)(x, clean), third(x, t)) == 0);
  const Level blind{.time = 1, .alpha = 0, .sigma = 1};
  CHECK(contains(refusal([&] { two_predictions(third, fifth, Prediction::eps, never).check(blind); }),
                 "eps prediction at time 1"));
  two_predictions(third, fifth, Prediction::v, never).check(blind);
}

TEST_CASE("two_predictions: in float the estimate keeps its digits where alpha or sigma is small") {
  // Denoisers whose estimates are of order 1 whatever the state, and a rule that is linear: the right value is known.
  const auto with = [](const Eigen::MatrixXf& x, const Level&) -> Eigen::MatrixXf {
    return Eigen::MatrixXf::Constant(x.rows(), x.cols(), 0.75f);
  };
  const auto without = [](const Eigen::MatrixXf& x, const Level&) -> Eigen::MatrixXf {
    return Eigen::MatrixXf::Constant(x.rows(), x.cols(), -0.5f);
  };
  const auto rule = [](auto y, const auto& u, const Level&) { y = u + 3 * (y - u); };
  for (const double small : {1e-3, 1e-5, 1e-7})
    for (const Level& at : {Level{.time = 0, .alpha = small, .sigma = 1, .d_alpha = -1, .d_sigma = 0.1},
                            Level{.time = 0, .alpha = 1, .sigma = small, .d_alpha = -0.1, .d_sigma = 1}})
      for (const Prediction kind :
           {Prediction::x0, Prediction::eps, Prediction::v, Prediction::score, Prediction::velocity}) {
        INFO("kind " << int(kind) << ", alpha " << at.alpha << ", sigma " << at.sigma);
        const Eigen::MatrixXf x{{1.3f, -0.7f}};
        CHECK(largest_difference(two_predictions(with, without, kind, rule)(x, at), MatrixXd::Constant(1, 2, 3.25)) <
              1e-6);
      }
}

TEST_CASE("two_predictions: a rule that changes nothing leaves the conditional estimate to the last bit") {
  const auto nothing = [](auto, const auto&, const Level&) {};
  const MatrixXd x{{3, -6}};
  for (const double small : {1e-3, 1e-9, 1e-15})
    for (const Prediction kind : {Prediction::eps, Prediction::v, Prediction::score})
      CHECK(two_predictions(third, fifth, kind, nothing)(x, {.alpha = small, .sigma = 1}) == third(x, t));
}
