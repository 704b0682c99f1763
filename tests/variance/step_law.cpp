#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {
const auto half = [](const MatrixXd& x, const Level&) -> MatrixXd { return x / 2; };
const Level t{.time = 0.5, .alpha = 0.6, .sigma = 0.8}, s{.time = 0.3, .alpha = 0.8, .sigma = 0.6};
MatrixXd state() {
  MatrixXd x = MatrixXd::Zero(2, 3);
  for (Eigen::Index i = 0; i < x.size(); ++i) x(i) = 0.7 * double(i) - 1;
  return x;
}
}  // namespace

TEST_CASE("step_law: mean and variance of DDPM's step, by hand") {
  const double b2 = 0.64 - 0.36 * 0.5625;
  const MatrixXd x = state();
  const StepLaw<MatrixXd> law = step_law(DDPM{}, half, x, t, s);
  CHECK(largest_difference(law.mean, MatrixXd((0.75 * 0.36 / 0.64 + 0.8 * b2 / 0.64 / 2) * x)) < 1e-15);
  CHECK(largest_difference(law.variance, MatrixXd(MatrixXd::Constant(2, 3, b2 * 0.36 / 0.64))) < 1e-15);
}

TEST_CASE("step_law: a row in eps, and one without noise") {
  const MatrixXd x = state();
  const StepLaw<MatrixXd> law = step_law(DDIM{}, half, x, t, s);
  CHECK(largest_difference(law.mean, MatrixXd(0.8 * x / 2 + 0.6 * (x - 0.6 * x / 2) / 0.8)) < 1e-15);
  CHECK(law.variance == MatrixXd(MatrixXd::Zero(2, 3)));
  CHECK(largest_difference(step_law(DDPM{}, half, x, t, clean).mean, MatrixXd(x / 2)) < 1e-15);
}

TEST_CASE("step_law: a step of length zero is the identity, at the data too, and asks for no estimate") {
  const auto none = [](const MatrixXd& x, const Level&) -> MatrixXd { return x * std::nan(""); };
  const MatrixXd x = state();
  for (const Level& level : {t, clean}) {
    const StepLaw<MatrixXd> law = step_law(DDPM{}, none, x, level, level);
    CHECK(law.mean == x);
    CHECK((law.variance.array() == 0).all());
  }
  const ElementwiseVariance learned{DDPM{}, [](const MatrixXd& y, const Level&) -> MatrixXd { return y.cwiseAbs2(); }};
  CHECK(step_law(learned, none, x, t, t).mean == x);
  CHECK(step_law(DDPM{}, none, x, t, Level{.alpha = 1.2, .sigma = 1.6}).mean == MatrixXd(2 * x));
}

TEST_CASE("step_law: its draw is the sampler's step") {
  const MatrixXd x = state();
  const auto same = [&](const auto& sampler) {
    const auto [mean, variance] = step_law(sampler, half, x, t, s);
    const MatrixXd zeta = MatrixXd::Constant(2, 3, 0.3);
    const MatrixXd expected = mean.array() + variance.array().sqrt() * 0.3;
    const auto fill = [&](MatrixXd& z) { z = zeta; };
    CHECK(largest_difference(sample(half, sampler, x, {t, s}, fill), expected) < 1e-15);
    CHECK(largest_difference(detail::drawn(StepLaw<MatrixXd>{mean, variance}, fill), expected) < 1e-15);
  };
  const auto v = [](const MatrixXd& y, const Level&) -> MatrixXd { return (0.1 * y.array().square()).matrix(); };
  const auto z2 = [](const MatrixXd& y, const Level&, const Level&) -> MatrixXd {
    return (0.1 + y.array().square()).matrix();
  };
  same(DDPM{});
  same(DDIM{0.5});
  same(ReverseDiffusion{});
  same(ElementwiseVariance{DDPM{}, v});
  same(LearnedVariance{DDPM{}, z2});
}

TEST_CASE("step_law: no noise is asked for where there is none") {
  const MatrixXd x = state();
  int draws = 0;
  const auto counting = [&](MatrixXd& z) { ++draws, z.setZero(); };
  CHECK(detail::drawn(step_law(DDIM{}, half, x, t, s), counting) == step_law(DDIM{}, half, x, t, s).mean);
  CHECK(draws == 0);
  detail::drawn(step_law(DDPM{}, half, x, t, s), counting);
  CHECK(draws == 1);
}

TEST_CASE("step_law: a row that reads older estimates has no law of its own") {
  struct TwoBack {
    Row row(const Level&, const Level& to) const { return {.x0 = {0, 0, to.alpha}}; }
  };
  CHECK(contains(refusal([] { step_law(TwoBack{}, half, state(), t, s); }), "law of a step", "2 rows back"));
}
