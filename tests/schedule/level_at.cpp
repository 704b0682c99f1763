#include "support/test.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

namespace {

const VariancePreserving vp{};

void same(const Table& a, const Table& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i].to.sigma == b[i].to.sigma);
    CHECK(a[i].row.x == b[i].row.x);
    CHECK(a[i].row.x0 == b[i].row.x0);
    CHECK(a[i].row.eps == b[i].row.eps);
  }
}

}  // namespace

TEST_CASE("at_lambda is the schedule as a function of lambda, and so is an invertible schedule where one is wanted") {
  const LevelOfLambda at = at_lambda(vp), bare = vp;
  for (const double value : {-4.0, 0.0, 3.0}) {
    CHECK(std::abs(lambda(at(value)) - value) < 1e-12);
    CHECK(bare(value).sigma == at(value).sigma);
  }
  const Grid grid = levels(vp, uniform(4, 1, 0.1));
  same(tabulate(SinglestepDPMSolver{.at = vp}, grid), tabulate(SinglestepDPMSolver{.at = at}, grid));
  same(tabulate(DPMSolverSDE{.at = vp}, grid), tabulate(DPMSolverSDE{.at = at}, grid));
}

TEST_CASE("A function of lambda serves where one is wanted, one of time is refused where it is asked") {
  const auto of_time = [](double t) { return vp(t); };
  const auto ve = [](double lambda) -> Level { return {.alpha = 1, .sigma = std::exp(-lambda)}; };
  CHECK(LevelOfLambda{ve}(0.5).sigma == std::exp(-0.5));
  CHECK(contains(refusal([&] { LevelOfLambda{of_time}(0.5); }), "level of lambda = 0.5", "gives that of lambda = -1.",
                 "function of time", "at_lambda(schedule)"));
  CHECK(contains(refusal([&] { LevelOfLambda{of_time}(-3); }), "level of lambda = -3", "outside [0, 1]"));
  CHECK(contains(refusal([] { LevelOfLambda{}(1); }), "lambda = 1", "at_lambda(schedule)"));
  // EDM's time is its sigma: of one level in the middle of a step it is another that is plausible.
  const auto edm = [](double t) { return EDM{}(t); };
  CHECK(contains(refusal([&] { tabulate(DPMSolverSDE{.at = edm}, {EDM{}(0.5), EDM{}(0.2)}); }), "function of time"));
  CHECK(contains(refusal([&] { tabulate(Ancestral<>{.at = edm}, {EDM{}(0.5), EDM{}(0.2)}); }), "function of time"));
}

TEST_CASE("at_time is the schedule, and a function of lambda is refused where one of time is wanted") {
  CHECK(at_time(vp)(0.3).sigma == vp(0.3).sigma);
  const auto of_lambda = [](double lambda) { return vp(vp.time(lambda)); };
  CHECK(contains(refusal([&] { LevelOfTime{of_lambda}(0.5); }), "level of time 0.5", "function of lambda",
                 "the schedule"));
  CHECK(contains(refusal([&] { LevelOfTime([](double) { return clean; })(0.5); }), "that of time nan"));
  CHECK(contains(refusal([] { LevelOfTime{}(1); }), "time 1", ".at = schedule"));
}

TEST_CASE("Midpoint and RungeKutta4 take the schedule for every slope, and refuse the function of the other variable") {
  const Grid grid = levels(vp, uniform(4, 1, 0.1));
  for (const Slope slope : {Slope::eps, Slope::v}) {
    same(tabulate(Midpoint{.slope = slope, .at = vp}, grid),
         tabulate(Midpoint{.slope = slope, .at = at_lambda(vp)}, grid));
    same(tabulate(RungeKutta4{slope, vp}, grid), tabulate(RungeKutta4{slope, at_lambda(vp)}, grid));
  }
  same(tabulate(Midpoint{.slope = Slope::velocity, .at = vp}, grid),
       tabulate(Midpoint{.slope = Slope::velocity, .at = at_time(vp)}, grid));
  const auto refused = [&](const auto& sampler) { return refusal([&] { tabulate(sampler, grid); }); };
  CHECK(contains(refused(Midpoint{.slope = Slope::velocity, .at = at_lambda(vp)}), "Midpoint", ".at = schedule"));
  CHECK(contains(refused(RungeKutta4{Slope::velocity, at_lambda(vp)}), "RungeKutta4", ".at = schedule"));
  CHECK(contains(refused(Midpoint{.at = at_time(vp)}), "Midpoint", "at_lambda(schedule)"));
  CHECK(contains(refused(RungeKutta4{Slope::v, at_time(vp)}), "RungeKutta4", "at_lambda(schedule)"));
  // Of a plain function it is told by what it gives.
  const auto of_lambda = [](double lambda) { return vp(vp.time(lambda)); };
  const auto of_time = [](double t) { return vp(t); };
  CHECK_NOTHROW(tabulate(Midpoint{.at = of_lambda}, grid));
  CHECK_NOTHROW(tabulate(Midpoint{.slope = Slope::velocity, .at = of_time}, grid));
  CHECK(refused(Midpoint{.at = of_time}) != "");
  CHECK(refused(Midpoint{.slope = Slope::velocity, .at = of_lambda}) != "");
}
