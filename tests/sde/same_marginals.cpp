#include "support/test.hpp"

using namespace tweedie;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

TEST_CASE("reverse_sde and forward_sde: of any drift, not only a linear one") {
  struct DoubleWell {  // its stationary density is exp(−2V), V = (x² − 1)²/4, g = 1
    Eigen::MatrixXd drift(const Eigen::MatrixXd& x, double) const { return x.array() - x.array().cube(); }
    double diffusion(double) const { return 1; }
  };
  const auto score_at = [](const Eigen::MatrixXd& x, double) -> Eigen::MatrixXd {
    return 2 * (x.array() - x.array().cube());
  };
  const auto log_p = [](const Eigen::MatrixXd& x, double) -> Eigen::VectorXd {
    return -(x.array().square() - 1).square().transpose() / 2;
  };
  const Eigen::MatrixXd x = Eigen::RowVectorXd::LinSpaced(9, -1.7, 1.7);
  // The flow of a stationary density stands still; in reverse the drift is the same; and all of them keep it.
  CHECK(forward_sde(DoubleWell{}, score_at, 0).drift(x, 0).cwiseAbs().maxCoeff() < 1e-14);
  CHECK(largest_difference(reverse_sde(DoubleWell{}, score_at).drift(x, 0), -DoubleWell{}.drift(x, 0)) < 1e-14);
  for (const double noise : {0.0, 0.5, 2.0})
    CHECK(fokker_planck_residual(log_p, forward_sde(DoubleWell{}, score_at, noise), x, 0).cwiseAbs().maxCoeff() < 1e-5);
}

TEST_CASE("forward_sde: the equation itself does not ask the score") {
  const auto never = [](const Eigen::MatrixXd& x, double) -> Eigen::MatrixXd {
    FAIL("the score was asked");
    return x;
  };
  const Eigen::MatrixXd x = Eigen::MatrixXd::Ones(1, 1);
  CHECK(forward_sde(LinearSde{RectifiedFlow{}}, never).drift(x, 0)(0, 0) == -1);
}

TEST_CASE("reverse_sde, forward_sde: each for its own direction of time") {
  const VariancePreserving vp{};
  const auto score_at = [](const Eigen::MatrixXd& x, double) -> Eigen::MatrixXd { return -x; };
  const Eigen::MatrixXd x = Eigen::MatrixXd::Ones(1, 1);
  const auto run = [&](const auto& sde, double from, double to) {
    return refusal([&] { simulate(sde, x, {from, to}, Normals{1}); });
  };
  CHECK(contains(run(reverse_sde(LinearSde{vp}, score_at), 0.1, 0.9), "falling time", "from 0.1 to 0.9"));
  CHECK(contains(run(forward_sde(LinearSde{vp}, score_at), 0.9, 0.1), "rising time", "from 0.9 to 0.1"));
  CHECK(simulate(reverse_sde(LinearSde{vp}, score_at, 0), x, {0.1, 0.2}, Normals{1}).allFinite());
}

TEST_CASE("reverse_sde: refusals") {
  const LinearSde sde{VariancePreserving{}};
  const auto wide = [](const Eigen::MatrixXd&, double) -> Eigen::MatrixXd { return Eigen::MatrixXd::Zero(2, 2); };
  CHECK(contains(refusal([&] { reverse_sde(sde, wide, -0.5); }), "noise = -0.5"));
  CHECK(contains(refusal([&] { reverse_sde(sde, wide).drift(Eigen::MatrixXd::Ones(1, 1), 0.5); }), "2x2", "1x1"));
}
