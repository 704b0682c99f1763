// A table is made in double and cast when it is applied. On states of float a run of 1000 steps stays near that on
// double, at both ends of the schedule.

#include "laws.hpp"
#include "ledger/chain.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using Eigen::MatrixXf;

namespace {

/// From α = 0, no signal at all, onto σ = 0.
Grid whole(int n) {
  return levels(Cosine{}, uniform(n));
}

/// The largest difference at the end, relative to 1 + |x|. The estimate is made in double for both, so that what
/// differs is the run. (A path with noise that comes near the border between two modes is led apart by rounding alone;
/// with the noise of this seed none does.)
double difference(const Table& table) {
  const auto in_float = [](const MatrixXf& x, const Level& t) -> MatrixXf {
    return tests::three_modes()(MatrixXd(x.cast<double>()), t).cast<float>();
  };
  const MatrixXd start = Eigen::RowVectorXd::LinSpaced(33, -2, 2);
  const MatrixXd exact = sample(tests::three_modes(), table, start, Normals{1});
  const MatrixXf found = sample(in_float, table, MatrixXf(start.cast<float>()), Normals{1});
  return ((found.cast<double>() - exact).array().abs() / (1 + exact.array().abs())).maxCoeff();
}

}  // namespace

TEST_CASE("Solvers: float and double agree to 1e-5 after 1000 steps from alpha = 0 onto sigma = 0") {
  const Grid grid = whole(1000);
  const auto at = at_lambda(Cosine{});
  const auto check = [&](const char* name, const auto& sampler) {
    INFO(name);
    const double found = difference(tabulate(sampler, grid));
    CHECK(found < 1e-5);
    CHECK(found > 0);
  };
  check("DDPM", DDPM{});
  check("DDIM", DDIM{});
  check("Heun", Heun{});
  check("Midpoint", Midpoint{.at = at});
  check("RungeKutta4", RungeKutta4{.at = at});
  check("RungeKutta4 in v", RungeKutta4{Slope::v, at});
  check("LMS in v", LMS{.slope = Slope::v});
  check("LMS", LMS{});
  check("IPNDM", IPNDM{});
  check("PNDM", PNDM{});
  check("DPMSolver", DPMSolver{.order = 3});
  check("DPMSolver with noise", DPMSolver{.order = 2, .noise = 1});
  check("DEIS", DEIS{});
  check("DEIS in time", DEIS{.time = [](double lambda) { return Cosine{}.time(lambda); }});
  check("UniPC", UniPC{});
  check("UniPC in eps", UniPC{.prediction = Prediction::eps});
  check("SASolver", SASolver{});
  check("SinglestepDPMSolver", SinglestepDPMSolver{.order = 3, .at = at});
  check("DPMSolverSDE", DPMSolverSDE{.at = at});
  check("Ancestral", Ancestral<SinglestepDPMSolver>{.method = {.at = at}, .at = at});
  check("ERSDE", ERSDE{});
  check("TCD", TCD{.at = Cosine{}});
  check("Consistency", Consistency{});
}
