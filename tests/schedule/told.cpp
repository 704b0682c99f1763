#include "support/test.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

TEST_CASE("NumberOf: a number of any type is the same for all levels, a function is asked") {
  const NumberOf<const Level&> zero = 0, third = 1.0f / 4, sigma = [](const Level&t) { return t.sigma; };
  CHECK(zero(EDM{}(3)) == 0);
  CHECK(third(EDM{}(3)) == 0.25);
  CHECK(sigma(EDM{}(3)) == 3);
  CHECK(bool(zero));
  CHECK_FALSE(bool(NumberOf<const Level&>(std::function<double(const Level&)>())));
}

TEST_CASE("told: an empty function is refused by the name of the member, wherever a sampler holds one") {
  CHECK(contains(refusal([] { told(std::function<void()>(), "Some: .member", "a function"); }), "Some: .member",
                 "empty", "give it a function"));
  const Grid grid = levels(VariancePreserving{}, uniform(4, 1, 0.1));
  const auto refused = [&](const auto& sampler) { return refusal([&] { tabulate(sampler, grid); }); };
  CHECK(contains(refused(SASolver{.noise = {}}), "SASolver: .noise", "empty", "a number"));
  CHECK(contains(refused(DDPM{.variance = {}}), "DDPM: .variance", "empty", "posterior_variance"));
  CHECK(contains(refused(ERSDE{.phi = {}}), "ERSDE: .phi", "empty"));
  CHECK(contains(refused(Consistency{.boundary = {}}), "Consistency: .boundary", "empty", "consistency_boundary"));
  CHECK(contains(refused(DPMSolverSDE{}), "DPMSolverSDE", "at_lambda(schedule)"));
  CHECK(contains(refused(SinglestepDPMSolver{}), "SinglestepDPMSolver", "at_lambda(schedule)"));
  CHECK(contains(refused(Ancestral<>{}), "Ancestral", "at_lambda(schedule)"));
  CHECK(contains(refused(Churned<>{.churn = 1}), "Churned", "at_lambda(schedule)"));
  CHECK(contains(refused(Midpoint{}), "Midpoint", "at_lambda(schedule)"));
  CHECK(contains(refused(Midpoint{.slope = Slope::velocity}), "Midpoint", ".at = schedule"));
  CHECK(contains(refused(RungeKutta4{}), "RungeKutta4", "at_lambda(schedule)"));
  CHECK(contains(refused(TCD{}), "TCD", ".at = schedule"));
  const std::function<double(const Level&)> none;
  CHECK(contains(refusal([&] { GuidanceScale scale(none); }), "guidance: its scale", "empty", "a number"));
  const LinearMeasurement::Map map, identity = [](const Eigen::MatrixXd&x) { return x; };
  const Eigen::MatrixXd y = Eigen::MatrixXd::Ones(1, 1);
  CHECK(contains(refusal([&] { LinearMeasurement(map, identity, 1, y, 0.1); }), "forward map", "empty"));
  CHECK(contains(refusal([&] { LinearMeasurement(identity, map, 1, y, 0.1); }), "adjoint", "empty"));
}
