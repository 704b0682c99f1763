#include "guidance/predictions.hpp"
#include "ledger/mixtures.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;
using tests::guidance::matrix;

namespace {
const auto half = [](const MatrixXd& x, const Level&) -> MatrixXd { return x / 2; };
const Level t{.time = 0.5, .alpha = 0.8, .sigma = 0.6};
const MatrixXd x = matrix({{1, -2}, {3, 4}}), g = matrix({{10, 20}, {-30, 0}});
const auto constant = [](const MatrixXd&, const Level&) { return g; };
}  // namespace

TEST_CASE("classifier: x0 moves by sigma^2/alpha times the gradient, eps by sigma") {
  const auto guided = classifier(half, constant, 2);
  CHECK(largest_difference(guided(x, t), MatrixXd(x / 2 + 0.36 / 0.8 * 2 * g)) < 1e-14);
  using tests::guidance::matrix;
  using tests::guidance::prediction;
  CHECK(largest_difference(prediction(Prediction::eps, guided, x, t),
                           MatrixXd(prediction(Prediction::eps, half, x, t) - 0.6 * 2 * g)) < 1e-13);
  CHECK(largest_difference(prediction(Prediction::score, guided, x, t),
                           MatrixXd(prediction(Prediction::score, half, x, t) + 2 * g)) < 1e-13);
  const auto doubling = classifier(half, constant, [](const Level& at) { return 2 * at.time; });
  CHECK(largest_difference(doubling(x, t), classifier(half, constant)(x, t)) == 0);
}

TEST_CASE("classifier: at scale 1 with the exact gradient it is the conditional denoiser") {
  const auto& mixture = tests::two_clouds();
  const auto gradient = [&](const MatrixXd& y, const Level& at) {
    return mixture.log_probability_gradient({1}, y, at);
  };
  for (const double time : {0.02, 0.3, 0.7, 1.0}) {
    const Level at = VariancePreserving{}(time);
    CHECK(largest_difference(classifier(std::cref(mixture), gradient)(x, at), mixture.subset({1})(x, at)) < 1e-11);
  }
}

TEST_CASE("classifier: a gradient that has no part is not asked for") {
  int calls = 0;
  const auto counting = [&](const MatrixXd& y, const Level&) -> MatrixXd { return ++calls, y; };
  const Level blind{.time = 1, .alpha = 0, .sigma = 1};
  CHECK(classifier(half, counting, 0)(x, blind) == MatrixXd(x / 2));
  CHECK(classifier(half, counting, 3)(x, clean) == MatrixXd(x / 2));
  CHECK(classifier(half, counting, limited(3, 5, 6))(x, t) == MatrixXd(x / 2));
  CHECK(calls == 0);
}

TEST_CASE("classifier: refusals") {
  const auto wide = [](const MatrixXd&, const Level&) { return MatrixXd(MatrixXd::Ones(2, 3)); };
  CHECK(
      contains(refusal([&] { classifier(half, wide)(x, t); }), "classifier", "time 0.5", "shape 2x3", "state of 2x2"));
  const auto broken = [](const MatrixXd& y, const Level&) { return MatrixXd(y * std::nan("")); };
  CHECK(contains(refusal<std::domain_error>([&] { classifier(half, broken)(x, t); }), "classifier", "time 0.5",
                 "not finite"));
  CHECK(contains(refusal([&] { classifier(half, constant, std::nan("")); }), "scale is nan"));
  // Before the first row, where alpha = 0; not where nothing is asked of the gradient there.
  const Level blind{.time = 1, .alpha = 0, .sigma = 1};
  int calls = 0;
  const tests::guidance::Counting counting{0.5, &calls};
  CHECK(contains(refusal([&] {
                   sample(classifier(counting, constant), DDIM{}, x, {blind, t});
                 }),
                 "classifier", "time 1", "alpha = 0"));
  CHECK(calls == 0);
  sample(classifier(counting, constant, limited(1, -5, 5)), DDIM{}, x, {blind, t});
  CHECK(calls == 1);
  const auto network_of_eps = network(Prediction::eps, half);
  CHECK(contains(refusal([&] { check_denoiser(classifier(network_of_eps, constant, 0), blind); }), "eps prediction"));
}
