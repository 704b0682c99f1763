#include "laws.hpp"
#include "ledger/chain.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {

const VariancePreserving vp{};
const MatrixXd start = Eigen::RowVectorXd::LinSpaced(5, -1.6, 1.6);

/// k-diffusion's: the levels' σ with α = 1.
std::pair<double, double> get_ancestral_step(double from, double to, double eta) {
  const double up = std::min(to, eta * std::sqrt(to * to * (from * from - to * to) / (from * from)));
  return {std::sqrt(to * to - up * up), up};
}
MatrixXd run(const Table& table) {
  return sample(tests::three_modes(), table, start, Normals{7});
}
void check_same(const Table& a, const Table& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Row left = eliminated(a[i].row, a[i].from), right = eliminated(b[i].row, b[i].from);
    CHECK(std::abs(left.x - right.x) < 1e-13);
    CHECK(std::abs(left.x0[0] - right.x0[0]) < 1e-13);
    CHECK(std::abs(left.z - right.z) < 1e-13);
    CHECK(a[i].to.sigma == b[i].to.sigma);
  }
}

}  // namespace

TEST_CASE("Ancestral: of DDIM it is DDIM with eta, on every process") {
  const auto check = [](const auto& schedule, const Grid& grid) {
    for (const double eta : {0.0, 0.4, 1.0})
      check_same(tabulate(Ancestral<>{.eta = eta, .at = at_lambda(schedule)}, grid), tabulate(DDIM{eta}, grid));
  };
  check(vp, levels(vp, uniform(6)));
  check(SubVariancePreserving{}, levels(SubVariancePreserving{}, uniform(6)));
  check(EDM{}, karras(EDM{}, 6, 80, 0.02));
  check(RectifiedFlow{}, levels(RectifiedFlow{}, {0.9, 0.7, 0.7, 0.2, 0.0}));
}

TEST_CASE("Ancestral: from alpha = 0 too, where eta = 1 leaves no noise at the level below") {
  const Grid grid = levels(Cosine{}, uniform(4));
  for (const double eta : {0.4, 1.0})
    check_same(tabulate(Ancestral<>{.eta = eta, .at = at_lambda(Cosine{})}, grid), tabulate(DDIM{eta}, grid));
}

TEST_CASE("Ancestral: k-diffusion's step, with Euler's rule and with DPM2") {
  const double from = 3, to = 1.2;
  const Level t = EDM{}(from), s = EDM{}(to);
  for (const double eta : {0.5, 1.0}) {
    const auto [down, up] = get_ancestral_step(from, to, eta);
    const Row euler = Ancestral<>{.eta = eta, .at = at_lambda(EDM{})}.rows(t, s)[0].row;
    CHECK(std::abs(euler.z - up) < 1e-14);
    CHECK(std::abs(euler.eps[0] - down) < 1e-14);

    const auto eps = [](const MatrixXd& x, double sigma) -> MatrixXd {
      return (x - tests::three_modes()(x, EDM{}(sigma))) / sigma;
    };
    const double middle = std::exp((std::log(from) + std::log(down)) / 2);
    const MatrixXd stage = start + (middle - from) * eps(start, from);
    MatrixXd zeta = start;
    Normals{7}(zeta, 1);  // of the second row
    const MatrixXd x = start + (down - from) * eps(stage, middle) + up * zeta;
    const Ancestral<Midpoint> dpm2{.method = {.at = at_lambda(EDM{})}, .eta = eta, .at = at_lambda(EDM{})};
    CHECK(largest_difference(run(dpm2.rows(t, s)), x) < 1e-12);
  }
}

TEST_CASE("Ancestral: eta = 0 is the method, and onto the data it is as well") {
  const Grid grid = levels(vp, uniform(5));
  CHECK(largest_difference(run(tabulate(Ancestral<Heun>{.eta = 0}, grid)), run(tabulate(Heun{}, grid))) == 0);
  CHECK(largest_difference(run(Ancestral<Heun>{}.rows(grid[4], grid[5])), run(Heun{}.rows(grid[4], grid[5]))) == 0);
}

TEST_CASE("Ancestral: rows of any method keep mean and variance") {
  const auto at = at_lambda(vp);
  const Grid grid = levels(vp, {1.0, 0.8, 0.8, 0.5, 0.2, 0.0});
  for (const double eta : {0.5, 1.0})
    for (const Table& table :
         {tabulate(Ancestral<>{.eta = eta, .at = at}, grid), tabulate(Ancestral<Heun>{.eta = eta, .at = at}, grid),
          tabulate(Ancestral<SinglestepDPMSolver>{.method = {.noise = 0.3, .at = at}, .eta = eta, .at = at}, grid),
          tabulate(Ancestral<ExponentialEuler>{.method = {0.7}, .eta = eta, .at = at}, grid)}) {
      obeys::marginal_mean(table);
      obeys::marginal_variance(table);
    }
}

TEST_CASE("Ancestral: with methods of order 2 the law of a Gaussian is of order 2") {
  const auto at = at_lambda(vp);
  CHECK(std::abs(obeys::observed_order(Ancestral<Heun>{.at = at}, vp, 200) - 2) < 0.15);
  CHECK(std::abs(obeys::observed_order(Ancestral<SinglestepDPMSolver>{.method = {.at = at}, .at = at}, vp, 100) - 2) <
        0.15);
}

TEST_CASE("then_forward: the row to a level below, and the forward process from it") {
  const Level down = vp(0.3), s = vp(0.5);
  const auto [a, variance] = transition(down, s);
  const Row row = then_forward({.x = 0.2, .x0 = {0.5, 0.1}, .eps = {0, 0.4}, .z = 0.3}, down, s);
  CHECK(std::abs(row.x - 0.2 * a) < 1e-15);
  CHECK(std::abs(row.x0[1] - 0.1 * a) < 1e-15);
  CHECK(std::abs(row.eps[1] - 0.4 * a) < 1e-15);
  CHECK(std::abs(row.z * row.z - 0.09 * a * a - variance) < 1e-15);
}

TEST_CASE("Ancestral: refusals") {
  const auto refused = [](const Ancestral<>& sampler, const Level& t, const Level& s) {
    return refusal([&] { sampler.rows(t, s); });
  };
  CHECK(contains(refused({.eta = -1}, vp(0.8), vp(0.5)), "eta = -1"));
  CHECK(contains(refused({.eta = 3, .at = at_lambda(EDM{})}, EDM{}(2), EDM{}(1)), "eta = 3", "has only 1"));
  CHECK(contains(refused({}, vp(0.8), vp(0.5)), "at_lambda(schedule)"));
  CHECK(contains(refused({.at = at_lambda(vp)}, vp(0.5), vp(0.8)), "less noise only"));
}
