#include "support/test.hpp"

using namespace tweedie;

namespace {
constexpr std::array kinds{Prediction::x0, Prediction::eps, Prediction::v, Prediction::score, Prediction::velocity};
const Eigen::ArrayXXd x0 = Eigen::ArrayXd::LinSpaced(12, -2, 3).reshaped(3, 4), eps = (3 * x0).sin();
}  // namespace

TEST_CASE("every kind of prediction gives x0 back, on every process") {
  for (const Level& t : {VariancePreserving{}(0.3), SubVariancePreserving{}(0.6), VarianceExploding{}(0.5),
                         RectifiedFlow{}(0.8), Cosine{}(0.5), EDM{}(2)})
    for (const Prediction kind : kinds) {
      const Eigen::ArrayXXd x = noised(x0, t, eps), y = target(kind, x0, eps, t);
      const auto [of_x, of_y] = x0_coefficients(kind, t);
      CHECK(tests::largest_difference(Eigen::ArrayXXd(of_x * x + of_y * y), x0) < 1e-12);
    }
}

TEST_CASE("targets are what networks are trained on") {
  const Level t = RectifiedFlow{}(0.25), vp = VariancePreserving{}(0.5);
  CHECK(tests::largest_difference(target(Prediction::velocity, x0, eps, t), Eigen::ArrayXXd(eps - x0)) < 1e-15);
  CHECK(tests::largest_difference(target(Prediction::v, x0, eps, vp), Eigen::ArrayXXd(vp.alpha * eps - vp.sigma * x0)) <
        1e-15);
  CHECK(tests::largest_difference(target(Prediction::score, x0, eps, t), Eigen::ArrayXXd(-eps / 0.25)) < 1e-15);
  CHECK(tests::largest_difference(target(Prediction::eps, x0, eps, t), eps) == 0);
  CHECK(tests::largest_difference(target(Prediction::x0, x0, eps, t), x0) == 0);
}

TEST_CASE("at the end without signal v, x0 and velocity serve, and eps and score are refused") {
  const Level end = RectifiedFlow{}(1);
  for (const Prediction kind : {Prediction::v, Prediction::velocity}) {
    const auto [of_x, of_y] = x0_coefficients(kind, end);
    CHECK(tests::largest_difference(Eigen::ArrayXXd(of_x * eps + of_y * target(kind, x0, eps, end)), x0) < 1e-14);
  }
  CHECK(x0_coefficients(Prediction::x0, end).y == 1);
  CHECK(tests::contains(tests::refusal([&] { x0_coefficients(Prediction::eps, end); }), "eps prediction", "time 1",
                        "alpha = 0"));
  CHECK(tests::contains(tests::refusal([&] { x0_coefficients(Prediction::score, end); }), "score prediction",
                        "alpha = 0"));
}

TEST_CASE("at the clean end every kind but a target of the score serves") {
  for (const Prediction kind : {Prediction::eps, Prediction::v, Prediction::score}) {
    const auto [of_x, of_y] = x0_coefficients(kind, clean);
    CHECK(of_x == 1);
    CHECK(of_y == 0);
  }
  CHECK(x0_coefficients(Prediction::x0, clean).y == 1);
  CHECK(tests::contains(tests::refusal([] { target(Prediction::score, x0, eps, clean); }), "sigma = 0"));
  CHECK(tests::contains(tests::refusal([] { x0_coefficients(Prediction::velocity, clean); }), "velocity", "rates"));
  CHECK(tests::contains(tests::refusal([] { target(Prediction::velocity, x0, eps, {.alpha = 0.6, .sigma = 0.8}); }),
                        "rates"));
}

TEST_CASE("noised takes the noise itself, or draws it") {
  const Level t{.alpha = 0.6, .sigma = 0.8};
  Eigen::ArrayXXd z = x0;
  Normals{4}(z, -2);
  CHECK(tests::largest_difference(noised(x0, t, Normals{4}), noised(x0, t, z)) == 0);
  CHECK(tests::largest_difference(noised(x0, t, z), Eigen::ArrayXXd(0.6 * x0 + 0.8 * z)) < 1e-15);
  CHECK(tests::contains(tests::refusal([&] { noised(x0, t, Eigen::ArrayXXd(2, 2)); }), "2x2", "3x4"));
  CHECK(tests::contains(tests::refusal([&] { target(Prediction::v, x0, Eigen::ArrayXXd(2, 2), t); }), "2x2", "3x4"));
}
