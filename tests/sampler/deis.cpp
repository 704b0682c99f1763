#include "laws.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

namespace {

const VariancePreserving vp{};

template <class S>
std::function<double(double)> time_of(const S& schedule) {
  return [=](double lambda) { return schedule.time(lambda); };
}
/// A schedule whose time is λ, variance preserving.
struct InLambda {
  Level operator()(double lambda) const {
    return {.time = lambda,
            .alpha = 1 / std::sqrt(1 + std::exp(-2 * lambda)),
            .sigma = 1 / std::sqrt(1 + std::exp(2 * lambda))};
  }
  double time(double lambda) const { return lambda; }
};
void check_same(const Table& a, const Table& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Row left = eliminated(a[i].row, a[i].from), right = eliminated(b[i].row, b[i].from);
    CHECK(std::abs(left.x - right.x) < 1e-12);
    for (std::size_t k = 0; k < 5; ++k) {
      CHECK(std::abs(left.x0[k] - right.x0[k]) < 1e-12);
      CHECK(std::abs(left.eps[k] - right.eps[k]) < 1e-12);
    }
  }
}

}  // namespace

TEST_CASE("DEIS: in lambda it is DPMSolver in eps, and in time where time is lambda, too") {
  const InLambda schedule{};
  const Grid grid = levels(schedule, {-3.0, -2.2, -1.5, -0.3, 0.0, 0.4, 2.0});
  for (const int p : {1, 2, 3, 4, 5})
    for (const bool lower : {true, false}) {
      const Table expected =
          tabulate(DPMSolver{.order = p, .prediction = Prediction::eps, .lower_order_final = lower}, grid);
      check_same(tabulate(DEIS{.order = p, .lower_order_final = lower}, grid), expected);
      check_same(tabulate(DEIS{.order = p, .lower_order_final = lower, .time = time_of(schedule)}, grid), expected);
    }
}

TEST_CASE("DEIS: a step onto a level without a finite time has order 1") {
  const InLambda schedule{};
  Grid grid = levels(schedule, {-3.0, -1.5, 0.0, 2.0});
  grid.push_back(clean);
  const Table expected =
      tabulate(DPMSolver{.order = 3, .prediction = Prediction::eps, .lower_order_final = false}, grid);
  CHECK(depth(expected.back().row) == 1);
  check_same(tabulate(DEIS{.order = 3, .lower_order_final = false, .time = time_of(schedule)}, grid), expected);
}

TEST_CASE("DEIS: in time where time is sigma, EDM's, it is LMS, onto the data as well") {
  Grid grid = karras(EDM{}, 8, 80, 0.02);
  grid.push_back(clean);
  for (const int p : {1, 2, 3, 4, 5})
    check_same(tabulate(DEIS{.order = p, .lower_order_final = false, .time = time_of(EDM{})}, grid),
               tabulate(LMS{.order = p}, grid));
}

TEST_CASE("DEIS: order 2 in the time of rectified flow by hand") {
  // t = ρ/(1 + ρ), and ∫ t dρ = ρ − ln(1 + ρ).
  const RectifiedFlow flow{};
  for (const double end : {0.4, 0.0}) {
    const Grid grid = levels(flow, {0.9, 0.6, end});
    const Level &t = grid[1], &s = grid[2];
    const double rho_t = t.sigma / t.alpha, rho_s = s.sigma / s.alpha;
    const double area = rho_s - std::log1p(rho_s) - rho_t + std::log1p(rho_t), d = rho_s - rho_t;
    const Row row = DEIS{.order = 2, .lower_order_final = false, .time = time_of(flow)}.row(grid, 1);
    CHECK(std::abs(row.x - s.alpha / t.alpha) < 1e-14);
    CHECK(std::abs(row.eps[0] - s.alpha * (area - 0.9 * d) / (0.6 - 0.9)) < 1e-13);
    CHECK(std::abs(row.eps[1] - s.alpha * (area - 0.6 * d) / (0.9 - 0.6)) < 1e-13);
  }
}

TEST_CASE("DEIS: in the time of a chain, which has a kink at every level, and of any other with kinks") {
  // ρ² = e^B − 1 with B piecewise linear in n, so that ∫ n dρ over a step of the chain is known: with c = B' and
  // u = ln(1 + ρ²), n = k + (u − B_k)/c and ∫ ln(1 + ρ²) dρ = ρ ln(1 + ρ²) − 2ρ + 2 atan ρ.
  const std::vector<double> betas{0.001, 0.3, 0.001, 0.4, 0.01, 0.5, 0.001, 0.6};
  for (const Discrete& chain : {Discrete::from_betas(betas), Discrete::linear(), Discrete::cosine(50)}) {
    const int T = chain.steps();
    const auto rho = [&](double n) { return std::exp(-lambda(chain(n))); };
    const auto log_integral = [](double r) { return r * std::log1p(r * r) - 2 * r + 2 * std::atan(r); };
    const Grid grid = levels(chain, uniform(5, 0.98 * T, 0.07 * T));
    for (std::size_t i = 1; i < 5; ++i) {
      const Level &last = grid[i - 1], &t = grid[i], &s = grid[i + 1];
      double area = 0;  // ∫ (n − n_t) dρ from s to t
      for (double from = s.time; from < t.time;) {
        const double to = std::min(std::floor(from) + 1, t.time), k = std::ceil(to) - 1;
        const auto B = [&](double n) { return n == 0 ? 0 : -2 * std::log(chain(n).alpha); };
        const double c = B(k + 1) - B(k), width = rho(to) - rho(from);
        area += (k - t.time - B(k) / c) * width + (log_integral(rho(to)) - log_integral(rho(from))) / c;
        from = to;
      }
      const Row row = DEIS{.order = 2, .lower_order_final = false, .time = time_of(chain)}.row(grid, i);
      const double old = s.alpha * -area / (last.time - t.time);  // of ε̂⁽¹⁾
      CHECK(std::abs(row.eps[1] - old) < 1e-11 * std::abs(s.alpha * (rho(t.time) - rho(s.time))));
    }
  }
}

TEST_CASE("DEIS: orders in time") {
  for (const int p : {1, 2, 3, 4}) {
    const DEIS sampler{.order = p, .lower_order_final = false, .time = time_of(vp)};
    CHECK(std::abs(obeys::observed_order(sampler, vp, 200) - p) < 0.15);
  }
}

TEST_CASE("DEIS: a standing estimate is carried exactly, whatever the ends; warm-up and end") {
  const auto zero_snr = Discrete::zero_terminal_snr(Discrete::scaled_linear());
  const auto check = [](const auto& schedule, const Grid& grid) {
    for (const int p : {1, 2, 3, 4, 5})
      for (const bool lower : {true, false})
        for (const bool in_time : {true, false}) {
          DEIS sampler{.order = p, .lower_order_final = lower};
          if (in_time) sampler.time = time_of(schedule);
          obeys::marginal_mean(tabulate(sampler, grid));
          obeys::marginal_variance(tabulate(sampler, grid));
        }
  };
  check(vp, levels(vp, uniform(7)));
  check(Cosine{}, levels(Cosine{}, uniform(7)));
  check(RectifiedFlow{}, levels(RectifiedFlow{}, uniform(7)));
  check(zero_snr, levels(zero_snr, trailing(7)));
  check(vp, levels(vp, {1.0, 0.8, 0.8, 0.5, 0.2, 0.0}));
  check(Cosine{}, levels(Cosine{}, uniform(7, 0.1, 1)));  // upward
  const auto depths = [](const DEIS& sampler) {
    std::vector<std::size_t> list;
    for (const Step& step : tabulate(sampler, levels(Cosine{}, uniform(6)))) list.push_back(depth(step.row));
    return list;
  };
  using Depths = std::vector<std::size_t>;
  CHECK(depths({.order = 3, .time = time_of(Cosine{})}) == Depths{1, 1, 2, 3, 2, 1});
  // In time σ = 0 is a level like others.
  CHECK(depths({.order = 3, .lower_order_final = false, .time = time_of(Cosine{})}) == Depths{1, 1, 2, 3, 3, 3});
  CHECK(depths({.order = 3, .lower_order_final = false}) == Depths{1, 1, 2, 3, 3, 1});
}

TEST_CASE("DEIS: refusals") {
  const Grid grid = levels(vp, uniform(4));
  for (const bool in_time : {true, false}) {
    const auto refused = [&](int order, const Grid& on) {
      DEIS sampler{.order = order};
      if (in_time) sampler.time = time_of(vp);
      return refusal([&] { tabulate(sampler, on); });
    };
    CHECK(contains(refused(6, grid), "DEIS: order = 6"));
    CHECK(contains(refused(0, grid), "order = 0"));
    CHECK(contains(refused(3, levels(vp, uniform(3, 0, 1))), "no noise"));
  }
}
