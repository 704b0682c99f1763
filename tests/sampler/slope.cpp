#include "laws.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

namespace {

const VariancePreserving vp{};

void check_same(const Row& a, const Row& b, const Level& t) {
  const Row left = eliminated(a, t), right = eliminated(b, t);
  CHECK(std::abs(left.x - right.x) < 1e-13);
  CHECK(std::abs(left.x0[0] - right.x0[0]) < 1e-13);
}

/// The weights of a row in eps from t to s.
Weights weights_of(const Row& row, const Level& t, const Level& s) {
  Weights w = row.eps;
  for (double& value : w) value /= s.alpha * (s.sigma / s.alpha - t.sigma / t.alpha);
  return w;
}

}  // namespace

TEST_CASE("slope_row: of one estimate it is DDIM in sigma/alpha and Euler's step of the probability flow in time") {
  for (const auto& [t, s] : {std::pair{vp(0.9), vp(0.4)}, std::pair{Cosine{}(0.7), Cosine{}(0)},
                             std::pair{RectifiedFlow{}(0.3), RectifiedFlow{}(0.8)}, std::pair{EDM{}(3), EDM{}(1)}}) {
    const std::array only{Node{t, 0}};
    check_same(slope_row(Slope::eps, t, s, only, {1}), DDIM{}.row(t, s), t);
    check_same(euler_row(Slope::eps, t, s), DDIM{}.row(t, s), t);
    check_same(slope_row(Slope::velocity, t, s, only, {1}), EulerMaruyama{0}.row(t, s), t);
    check_same(euler_row(Slope::velocity, t, s), EulerMaruyama{0}.row(t, s), t);
  }
}

TEST_CASE("euler_row: on rectified flow, and on EDM, DDIM is Euler's step of the velocity, at the ends too") {
  const RectifiedFlow flow{};
  for (const auto& [t, s] :
       {std::pair{flow(0.6), flow(0.5)}, std::pair{flow(1), flow(0.7)}, std::pair{flow(0.2), flow(0)},
        std::pair{EDM{}(80), EDM{}(0)}, std::pair{EDM{}(1), EDM{}(2)}})
    check_same(euler_row(Slope::velocity, t, s), euler_row(Slope::eps, t, s), t);
}

TEST_CASE("slope_row: each node is read from its slot, with the rates of its own level") {
  const Level t = vp(0.5), s = vp(0.4), old = vp(0.8);
  const std::array nodes{Node{t, 2}, Node{old, 0}};
  const Row row = slope_row(Slope::velocity, t, s, nodes, {0.75, 0.25});
  CHECK(row.x == 1);
  CHECK(std::abs(row.x0[2] - (0.4 - 0.5) * 0.75 * t.d_alpha) < 1e-15);
  CHECK(std::abs(row.eps[0] - (0.4 - 0.5) * 0.25 * old.d_sigma) < 1e-15);
  const Weights w = weights_of(slope_row(Slope::eps, t, s, nodes, {0.75, 0.25}), t, s);
  CHECK(std::abs(w[2] - 0.75) < 1e-14);
  CHECK(std::abs(w[0] - 0.25) < 1e-14);
}

TEST_CASE("adams_row: exact where the slope is a polynomial in the abscissa, and on equal steps Adams's own") {
  const Level s = vp(0.35), t = vp(0.4);
  const std::array nodes{Node{t, 0}, Node{vp(0.55), 1}, Node{vp(0.6), 2}, Node{vp(0.8), 3}};
  const double now = abscissa(Slope::eps, t), step = abscissa(Slope::eps, s) - now;
  const Weights w = weights_of(adams_row(Slope::eps, t, s, nodes, false), t, s),
                equal = weights_of(adams_row(Slope::eps, t, s, nodes, true), t, s);
  for (int j = 0; j < 4; ++j) {
    double sum = 0;
    for (const Node& node : nodes) sum += w[node.slot] * std::pow((abscissa(Slope::eps, node.level) - now) / step, j);
    CHECK(std::abs(sum - 1.0 / (j + 1)) < 1e-11);
  }
  const double adams[] = {55. / 24, -59. / 24, 37. / 24, -9. / 24};
  for (std::size_t k = 0; k < 4; ++k) CHECK(std::abs(equal[k] - adams[k]) < 1e-13);
  // Two in time: a step of q times the last one weighs 1 + q/2 and −q/2.
  const double q = (0.35 - 0.4) / (0.4 - 0.55);
  const Row two = adams_row(Slope::velocity, t, s, std::span(nodes).first(2), false);
  CHECK(std::abs(two.eps[0] - (0.35 - 0.4) * (1 + q / 2) * t.d_sigma) < 1e-14);
  CHECK(std::abs(two.x0[1] + (0.35 - 0.4) * (q / 2) * vp(0.55).d_alpha) < 1e-14);
}

TEST_CASE("has_stages: not where an estimate or its slope has no meaning, nor on a step of length 0") {
  const RectifiedFlow flow{};
  for (const Slope slope : {Slope::eps, Slope::velocity}) {
    CHECK(has_stages(slope, flow(0.7), flow(0.4)));
    CHECK(has_stages(slope, flow(0.4), flow(0.7)));
    CHECK(!has_stages(slope, flow(0.7), flow(0)));
    CHECK(!has_stages(slope, flow(0), flow(0.7)));
    CHECK(!has_stages(slope, flow(0.7), flow(0.7)));
  }
  CHECK(!has_stages(Slope::eps, flow(1), flow(0.7)));  // σ/α is infinite
  CHECK(has_stages(Slope::velocity, flow(1), flow(0.7)));
}

TEST_CASE("Slope::velocity: orders in the time of a chain whose rates do not jump") {
  const Discrete chain = Discrete::linear(1000).smooth();
  const auto order = [&](const auto& sampler, int n) {
    const auto error = [&](int steps) {
      const Grid grid = uniform_lambda(chain, steps, lambda(chain(1000)), lambda(chain(2)));
      const auto deviation = [](const Gaussian<>& g) { return std::sqrt(g.covariance().matrix()(0, 0)); };
      return deviation(push_forward(tabulate(sampler, grid), obeys::gaussian_data())) -
             deviation(obeys::gaussian_data().marginal(grid.back()));
    };
    return std::log2(error(n) / error(2 * n));
  };
  CHECK(std::abs(order(RungeKutta4{Slope::velocity, chain}, 80) - 4) < 0.15);
  CHECK(std::abs(order(Midpoint{.slope = Slope::velocity, .at = chain}, 80) - 2) < 0.15);
  CHECK(std::abs(order(Heun{Slope::velocity}, 160) - 2) < 0.15);
}

TEST_CASE("slope_row: refusals of the velocity") {
  CHECK(contains(refusal([] { euler_row(Slope::velocity, vp(0.5), clean); }), "in time", "0.5 and nan"));
  CHECK(contains(refusal([] { euler_row(Slope::velocity, {.time = 1, .alpha = 0.6, .sigma = 0.8}, vp(0.5)); }),
                 "time 1", "rates are nan"));
  CHECK(contains(refusal([] { euler_row(Slope::velocity, vp(0), vp(0.5)); }), "rates", "inf"));
}

TEST_CASE("slope_row: in v it is the turn of (x/r) by phi, at any level and from alpha = 0 onto sigma = 0") {
  // A state that stands at x₀ and ε: v̂ is the derivative of cos φ x₀ + sin φ ε, and Euler's row goes along its
  // tangent.
  for (const auto& [t, s] : {std::pair{vp(0.9), vp(0.4)}, std::pair{Cosine{}(1), Cosine{}(0.6)},
                             std::pair{RectifiedFlow{}(0.7), clean}, std::pair{EDM{}(3), EDM{}(1)}}) {
    const double phi = std::atan2(t.sigma, t.alpha), turn = std::atan2(s.sigma, s.alpha) - phi;
    const double r = std::hypot(s.alpha, s.sigma);
    const Row row = euler_row(Slope::v, t, s);
    // Of x₀ and of ε in x_s, the state being α x₀ + σ ε.
    CHECK(std::abs(row.x * t.alpha + row.x0[0] - r * (std::cos(phi) - turn * std::sin(phi))) < 1e-14);
    CHECK(std::abs(row.x * t.sigma + row.eps[0] - r * (std::sin(phi) + turn * std::cos(phi))) < 1e-14);
  }
}

TEST_CASE("Slope::v: orders on a Gaussian, and both ends are levels like others") {
  CHECK(std::abs(obeys::observed_order(Heun{Slope::v}, vp, 100) - 2) < 0.15);
  CHECK(std::abs(obeys::observed_order(Midpoint{.slope = Slope::v, .at = at_lambda(vp)}, vp, 100) - 2) < 0.15);
  CHECK(std::abs(obeys::observed_order(RungeKutta4{Slope::v, at_lambda(vp)}, vp, 50) - 4) < 0.15);
  CHECK(std::abs(obeys::observed_order(LMS{.order = 3, .slope = Slope::v}, vp, 200) - 3) < 0.15);
  const Grid cosine = levels(Cosine{}, uniform(4));
  CHECK(tabulate(Heun{Slope::v}, cosine).size() == 2 + 2 + 2 + 1);  // from α = 0 with both stages
  const Table lms = tabulate(LMS{.order = 4, .slope = Slope::v}, cosine);
  CHECK(depth(lms[3].row) == 4);  // the estimate at α = 0 is read onto the data
}

TEST_CASE("Steps in time onto `clean`, which has none, are told to end at schedule(0)") {
  Grid grid = levels(vp, uniform(4, 1, 0.1));
  grid.push_back(clean);
  const auto refused = [&](const auto& sampler) { return tests::refusal([&] { tabulate(sampler, grid); }); };
  for (const std::string& said :
       {refused(Heun{Slope::velocity}), refused(Midpoint{.slope = Slope::velocity, .at = vp}),
        refused(RungeKutta4{Slope::velocity, vp}), refused(LMS{.slope = Slope::velocity}), refused(EulerMaruyama{})})
    CHECK(tests::contains(said, "row ", "times 0.1 and nan", "schedule(0)"));
  grid.back() = vp(0);
  CHECK_NOTHROW(tabulate(Heun{Slope::velocity}, grid));
}
