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

MatrixXd eps_at(const MatrixXd& x, const Level& t) {
  return (x - t.alpha * tests::three_modes()(x, t)) / t.sigma;
}
/// φ(x, ε, t, s), eq. 11 of the paper, with ᾱ = α².
MatrixXd transfer(const MatrixXd& x, const MatrixXd& eps, const Level& t, const Level& s) {
  const double at = t.alpha * t.alpha, as = s.alpha * s.alpha;
  return std::sqrt(as / at) * x -
         (as - at) / (std::sqrt(at) * (std::sqrt((1 - as) * at) + std::sqrt((1 - at) * as))) * eps;
}
std::vector<std::size_t> depths(const Grid& grid) {
  std::vector<std::size_t> list;
  for (const Step& step : tabulate(PNDM{}, grid)) list.push_back(depth(step.row));
  return list;
}

}  // namespace

TEST_CASE("PNDM: its transfer, an improved Euler start, and Adams and Bashforth's weights of orders 2, 3, 4, by hand") {
  const Grid grid = levels(vp, {1.0, 0.85, 0.7, 0.5, 0.35, 0.2, 0.1});
  std::vector<MatrixXd> e;
  MatrixXd x = start;
  for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
    e.insert(e.begin(), eps_at(x, grid[i]));  // newest first
    MatrixXd slope;
    if (i == 0)
      slope = (e[0] + eps_at(transfer(x, e[0], grid[0], grid[1]), grid[1])) / 2;
    else if (i == 1)
      slope = (3 * e[0] - e[1]) / 2;
    else if (i == 2)
      slope = (23 * e[0] - 16 * e[1] + 5 * e[2]) / 12;
    else
      slope = (55 * e[0] - 59 * e[1] + 37 * e[2] - 9 * e[3]) / 24;
    x = transfer(x, slope, grid[i], grid[i + 1]);
  }
  CHECK(largest_difference(sample(tests::three_modes(), tabulate(PNDM{}, grid), start), x) < 1e-12);
}

TEST_CASE("PNDM: of order 2 on steps that change, as equal steps of lambda do in sigma/alpha") {
  CHECK(std::abs(obeys::observed_order(PNDM{}, vp, 100) - 2) < 0.15);
}

TEST_CASE("PNDM: which estimates the rows read, and that a standing one is carried exactly") {
  using Depths = std::vector<std::size_t>;
  CHECK(depths(levels(vp, uniform(6))) == Depths{1, 2, 3, 4, 5, 4, 4});  // the start's second estimate is passed over
  CHECK(depths(levels(Cosine{}, uniform(6))) == Depths{1, 1, 2, 3, 4, 5, 4});  // from α = 0 the start comes one later
  CHECK(depths(levels(vp, {1.0, 0.8, 0.6, 0.6, 0.4, 0.2})) == Depths{1, 2, 3, 4, 5});
  CHECK(depths(levels(vp, {0.5, 0.0})) == Depths{1});
  const auto zero_snr = Discrete::zero_terminal_snr(Discrete::scaled_linear());
  for (const Grid& grid : {levels(vp, uniform(6)), levels(Cosine{}, uniform(6)), levels(zero_snr, trailing(6)),
                           levels(RectifiedFlow{}, uniform(6)), karras(EDM{}, 8, 80, 0.02),
                           levels(vp, {1.0, 0.8, 0.6, 0.6, 0.4, 0.0}), levels(Cosine{}, uniform(6, 0.1, 1))}) {
    obeys::marginal_mean(tabulate(PNDM{}, grid));
    obeys::marginal_variance(tabulate(PNDM{}, grid));
  }
}

TEST_CASE("PNDM: from sigma = 0 it is refused") {
  CHECK(contains(refusal([] { tabulate(PNDM{}, levels(vp, uniform(3, 0, 1))); }), "sigma = 0"));
}
