#include "guidance/predictions.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;
using tests::guidance::check_rule;
using tests::guidance::Counting;
using tests::guidance::matrix;

namespace {
const MatrixXd c = matrix({{1, 2}, {3, 4}}), u = matrix({{2, 2}, {-1, 0}}), x = matrix({{1, -2}, {3, 4}});
const Level t{.time = 0.5, .alpha = 0.8, .sigma = 0.6}, blind{.time = 1, .alpha = 0, .sigma = 1};
}  // namespace

TEST_CASE("classifier_free: (1 + w) of the conditional prediction less w of the other, of any kind") {
  check_rule(c, u, 3.5 * c - 2.5 * u,
             [](const auto& with, const auto& without, Prediction) { return classifier_free(with, without, 2.5); });
}

TEST_CASE("classifier_free_scale: the scale is 1 + w") {
  check_rule(c, u, u + 7.5 * (c - u), [](const auto& with, const auto& without, Prediction) {
    return classifier_free_scale(with, without, 7.5);
  });
  const auto by_level = [](const Level& at) { return 4 * at.time; };
  int calls = 0;
  const Counting with{3, &calls}, without{1, &calls};
  CHECK(largest_difference(classifier_free_scale(with, without, by_level)(x, t), MatrixXd(x + 2 * (3 * x - x))) <
        1e-14);
  CHECK(largest_difference(classifier_free(with, without, by_level)(x, t), MatrixXd(3 * 3 * x - 2 * x)) < 1e-14);
}

TEST_CASE("composed: several conditions, each with its own scale") {
  const MatrixXd second = matrix({{0, 1}, {5, -2}});
  check_rule(c, u, u + 2 * (c - u) + 1.5 * (second - u), [&](const auto& with, const auto& without, Prediction kind) {
    return composed(without, Condition{with, 2}, Condition{tests::guidance::predicting(kind, second), 1.5});
  });
}

TEST_CASE("composed: a denoiser whose share is 0 is neither called nor asked whether it serves") {
  int given = 0, whole = 0, other = 0;
  const Counting with{3, &given}, without{1, &whole}, third{5, &other};
  const auto calls_of = [&](const auto& guided) {
    given = whole = other = 0;
    guided(x, t);
    return std::array{given, whole, other};
  };
  using Calls = std::array<int, 3>;
  CHECK(calls_of(classifier_free(with, without, 0)) == Calls{1, 0, 0});
  CHECK(calls_of(classifier_free(with, without, -1)) == Calls{0, 1, 0});
  CHECK(calls_of(classifier_free_scale(with, without, 1)) == Calls{1, 0, 0});
  CHECK(calls_of(classifier_free_scale(with, without, 0)) == Calls{0, 1, 0});
  CHECK(calls_of(classifier_free_scale(with, without, 2)) == Calls{1, 1, 0});
  CHECK(calls_of(classifier_free_scale(with, without, limited(2, 3, 4, 1))) == Calls{1, 0, 0});
  CHECK(calls_of(composed(without, Condition{with, 0}, Condition{third, 2})) == Calls{0, 1, 1});
  CHECK(calls_of(composed(without, Condition{with, 0.5}, Condition{third, 0.5})) == Calls{1, 0, 1});
  CHECK(classifier_free(with, without, 0)(x, t) == 3 * x);
  CHECK(classifier_free(with, without, -1)(x, t) == x);
  CHECK(composed(without, Condition{third})(x, t) == 5 * x);

  const auto of_eps = network(Prediction::eps, with);
  check_denoiser(classifier_free_scale(with, of_eps, 1), blind);
  check_denoiser(classifier_free_scale(of_eps, without, 0), blind);
  CHECK(contains(refusal([&] { check_denoiser(classifier_free_scale(with, of_eps, 2), blind); }), "eps prediction",
                 "alpha = 0"));
  CHECK(contains(refusal([&] { check_denoiser(classifier_free_scale(of_eps, without, 2), blind); }), "eps prediction",
                 "alpha = 0"));
}

TEST_CASE("limited: outside its interval every guidance by two denoisers is the conditional one") {
  int given = 0, whole = 0;
  const Counting with{3, &given}, without{1, &whole};
  const Level outside{.time = 0.5, .alpha = 0.8, .sigma = 0.6}, within{.time = 0.5, .alpha = 1, .sigma = 0.01};
  const GuidanceScale seven = limited(7.5, 3, 6);
  CHECK(classifier_free_scale(with, without, seven)(x, outside) == 3 * x);
  CHECK(whole == 0);
  CHECK(classifier_free(with, without, seven)(x, outside) == 3 * x);
  CHECK(composed(without, Condition{with, seven})(x, outside) == 3 * x);
  CHECK(largest_difference(classifier_free_scale(with, without, seven)(x, within), MatrixXd(x + 7.5 * 2 * x)) < 1e-13);
  CHECK(largest_difference(classifier_free(with, without, seven)(x, within), MatrixXd(x + 8.5 * 2 * x)) < 1e-13);
  const auto is_conditional = [&](const auto& guided) { return largest_difference(guided(x, outside), 3 * x) == 0; };
  CHECK(is_conditional(rescaled(with, without, seven, 0.5)));
  CHECK(is_conditional(zero_star(with, without, seven, -1e9, Prediction::eps)));
  CHECK(is_conditional(tangential(with, without, seven)));
  CHECK(is_conditional(magnitude_aware(with, without, seven)));
  CHECK(is_conditional(projected(with, without, {.scale = seven})));
}

TEST_CASE("composed: a share that is 0 but for rounding is 0") {
  int given = 0, whole = 0, other = 0;
  const Counting with{3, &given}, without{1, &whole}, third{5, &other};
  const auto run = [&](double a, double b, double c) {
    whole = 0;
    const MatrixXd x0 = composed(without, Condition{with, a}, Condition{third, b}, Condition{with, c})(x, t);
    CHECK(largest_difference(x0, MatrixXd((1 + 2 * a + 4 * b + 2 * c) * x)) < 1e-14 * (10 + std::abs(a) * 40));
    return whole;
  };
  CHECK(1 - (0.1 + (0.2 + 0.7)) != 0);
  CHECK(run(0.1, 0.2, 0.7) == 0);
  CHECK(run(0.1, 0.2, 0.8) == 1);
  CHECK(run(1e3 + 0.1, -1e3 + 0.2, 0.7) == 0);
  CHECK(run(0.1, 0.2, 0.7 - 1e-9) == 1);
  given = 0;
  CHECK(composed(without, Condition{with, 1e-17})(x, t) == x);
  CHECK(given == 0);
  const auto of_eps = network(Prediction::eps, without);
  check_denoiser(composed(of_eps, Condition{with, 0.1}, Condition{third, 0.2}, Condition{with, 0.7}), blind);
}

TEST_CASE("classifier_free: refusals") {
  int calls = 0;
  const Counting with{3, &calls}, without{1, &calls};
  CHECK(contains(refusal([&] { classifier_free(with, without, std::nan("")); }), "scale is nan"));
  const auto undefined = [](const Level&) { return std::nan(""); };
  CHECK(contains(refusal([&] { classifier_free(with, without, undefined)(x, t); }), "scale is nan"));
  CHECK(contains(refusal([&] {
                   sample(classifier_free_scale(with, without, undefined), DDIM{}, x, {t, clean});
                 }),
                 "scale is nan"));
  const auto wide = [](const MatrixXd&, const Level&) { return MatrixXd(MatrixXd::Ones(2, 3)); };
  CHECK(contains(refusal([&] { classifier_free(with, wide, 1)(x, t); }), "shape 2x3", "state of 2x2"));
  CHECK(calls == 0);
}
