#include "laws.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

namespace {

const VariancePreserving vp{};
const auto at = at_lambda(vp);
const double infinity = std::numeric_limits<double>::infinity();

/// Simpson's rule on ∫₀¹ f.
template <class F>
double integral(const F& f) {
  const int n = 2000;
  double sum = f(0.0) + f(1.0);
  for (int i = 1; i < n; ++i) sum += (i % 2 == 1 ? 4 : 2) * f(double(i) / n);
  return sum / (3.0 * n);
}

/// Levels at λ_t + u h for the given u, read from the slots 3, 1, 4, 0, 2 in this order.
std::vector<Node> nodes_at(const Level& t, const Level& s, const std::vector<double>& u) {
  const std::size_t slots[] = {3, 1, 4, 0, 2};
  std::vector<Node> nodes;
  for (std::size_t k = 0; k < u.size(); ++k)
    nodes.push_back({at(lambda(t) + u[k] * (lambda(s) - lambda(t))), slots[k]});
  return nodes;
}

void check_same(const Row& a, const Row& b) {
  CHECK(std::abs(a.x - b.x) < 1e-14);
  CHECK(std::abs(a.x0[0] - b.x0[0]) < 1e-14);
  CHECK(std::abs(a.z - b.z) < 1e-14);
}

}  // namespace

TEST_CASE("exponential_row: of one node it is ExponentialEuler, at both ends too, and in eps DDIM") {
  const auto of_one = [](const Level& t, const Level& s, Prediction prediction, double noise) {
    return eliminated(exponential_row(t, s, std::array{Node{t, 0}}, prediction, noise, Moments::exact), t);
  };
  const Cosine cosine{};
  for (const auto& [t, s] : {std::pair{vp(0.7), vp(0.3)}, std::pair{vp(0.7), clean}, std::pair{cosine(1), cosine(0.6)},
                             std::pair{vp(0.5), vp(0.5)}, std::pair{cosine(1), clean}})
    for (const double noise : {0.0, 0.6, 1.0})
      check_same(of_one(t, s, Prediction::x0, noise), eliminated(ExponentialEuler{noise}.row(t, s), t));
  for (const auto& [t, s] : {std::pair{vp(0.7), vp(0.3)}, std::pair{vp(0.7), clean}, std::pair{vp(0.3), vp(0.7)},
                             std::pair{vp(0.5), vp(0.5)}, std::pair{cosine(0.6), cosine(1)}})  // the last to α = 0
    for (const Prediction prediction : {Prediction::x0, Prediction::eps})
      check_same(of_one(t, s, prediction, 0), eliminated(DDIM{}.row(t, s), t));
}

TEST_CASE(
    "exponential_row: exact for an estimate that is a polynomial in lambda, nodes behind, inside and at the end") {
  const Level t = vp(0.7), s = vp(0.45);
  const double h = lambda(s) - lambda(t);
  const std::vector<double> u{0, -0.8, 0.4, 1, -1.3};
  for (std::size_t n = 2; n <= u.size(); ++n)
    for (const double noise : {0.0, 0.6, 1.0}) {
      INFO(n << " nodes, noise " << noise);
      const std::vector<Node> nodes = nodes_at(t, s, {u.begin(), u.begin() + std::ptrdiff_t(n)});
      const auto polynomial = [&](double v) {  // of n terms
        double value = 0;
        for (std::size_t j = n; j > 0; --j) value = value * v + 1 / double(j) - 0.6;
        return value;
      };
      const double share = 1 + noise * noise, H = share * h;
      const Row in_x0 = exponential_row(t, s, nodes, Prediction::x0, noise, Moments::exact),
                in_eps = exponential_row(t, s, nodes, Prediction::eps, noise, Moments::exact);
      double x0 = 0, eps = 0;
      for (std::size_t k = 0; k < n; ++k) {
        x0 += in_x0.x0[nodes[k].slot] * polynomial(u[k]);
        eps += in_eps.eps[nodes[k].slot] * polynomial(u[k]);
      }
      CHECK(std::abs(x0 - s.alpha * integral([&](double v) { return H * std::exp(-H * (1 - v)) * polynomial(v); })) <
            1e-12);
      CHECK(std::abs(eps + share * s.sigma *
                               integral([&](double v) { return h * std::exp(h * (1 - v)) * polynomial(v); })) < 1e-12);
      CHECK(in_x0.eps == Weights{});
      CHECK(in_eps.x0 == Weights{});
      CHECK(std::abs(in_x0.x - s.sigma / t.sigma * std::exp(-noise * noise * h)) < 1e-15);
      CHECK(std::abs(in_eps.x - s.alpha / t.alpha) < 1e-15);
      CHECK(std::abs(in_x0.z - s.sigma * std::sqrt(1 - std::exp(-2 * noise * noise * h))) < 1e-14);
      CHECK(std::abs(in_eps.z - noise * s.sigma * std::sqrt(std::exp(2 * h) - 1)) < 1e-14);
    }
}

TEST_CASE("exponential_row: what each choice makes of the moments of 1, u and u^2") {
  const Level t = vp(0.7), s = vp(0.45);
  const double h = lambda(s) - lambda(t), share = 1.36, H = share * h;  // noise 0.6
  const double one = -std::expm1(-H) / H, first = (1 - one) / H,
               second = (1 - 2 * first) / H;  // ∫₀¹ e^(−H(1−u)) u^j du
  const std::vector<double> u{0, -0.8, 0.4};
  const auto moment = [&](Moments moments, std::size_t n, int j) {
    const std::vector<Node> nodes = nodes_at(t, s, {u.begin(), u.begin() + std::ptrdiff_t(n)});
    const Row row = exponential_row(t, s, nodes, Prediction::x0, 0.6, moments);
    double sum = 0;
    for (std::size_t k = 0; k < n; ++k) sum += row.x0[nodes[k].slot] / (s.alpha * H) * std::pow(u[k], j);
    return sum;
  };
  struct Expected {
    Moments moments;
    double first_of_two, second_of_three;
  };
  for (const auto& [moments, first_of_two, second_of_three] :
       {Expected{Moments::exact, first, second}, Expected{Moments::midpoint, one / 2, second},
        Expected{Moments::flat, 0.5, second}, Expected{Moments::half_third, first, second / 2},
        Expected{Moments::published, one / 2, second / 2}}) {
    for (const std::size_t n : {std::size_t(2), std::size_t(3)}) CHECK(std::abs(moment(moments, n, 0) - one) < 1e-14);
    CHECK(std::abs(moment(moments, 2, 1) - first_of_two) < 1e-14);
    CHECK(std::abs(moment(moments, 3, 1) - first) < 1e-14);
    CHECK(std::abs(moment(moments, 3, 2) - second_of_three) < 1e-14);
  }
}

TEST_CASE("exponential_row: two nodes of one lambda are refused") {
  const Level t = vp(0.7), s = vp(0.45);
  CHECK(contains(refusal([&] {
                   exponential_row(t, s, std::array{Node{t, 0}, Node{t, 1}}, Prediction::x0, 0, Moments::exact);
                 }),
                 "two nodes are the same"));
}

TEST_CASE("newest: the levels at which the last rows began, as many as there are, fewer at the end if wanted") {
  const Grid grid = levels(vp, uniform(6));
  const std::vector<Node> nodes = newest(grid, 4, 3, false, lambda);
  REQUIRE(nodes.size() == 3);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(nodes[k].level.time == grid[4 - k].time);
    CHECK(nodes[k].slot == k);
  }
  const auto counts = [](const Grid& on, int order, bool lower) {
    std::vector<std::size_t> list;
    for (std::size_t i = 0; i + 1 < on.size(); ++i) list.push_back(newest(on, i, order, lower, lambda).size());
    return list;
  };
  using Counts = std::vector<std::size_t>;
  const Grid finite = levels(vp, uniform(6, 1, 0.1));
  CHECK(counts(finite, 4, false) == Counts{1, 2, 3, 4, 4, 4});
  CHECK(counts(finite, 4, true) == Counts{1, 2, 3, 3, 2, 1});
  CHECK(counts(levels(Cosine{}, uniform(5)), 3, false) == Counts{1, 1, 2, 3, 1});  // infinite at both ends
  const auto time = [](const Level& t) { return t.alpha > 0 ? t.time : infinity; };
  CHECK(newest(levels(Cosine{}, uniform(5)), 4, 4, false, time).size() == 4);
  CHECK(newest(levels(Cosine{}, uniform(5)), 3, 4, false, time).size() == 3);  // not from beyond
}

TEST_CASE("newest: through steps of length zero, wherever they are, and counting none of them at the end") {
  using Slots = std::vector<std::size_t>;
  const auto slots = [](const Grid& grid, std::size_t i, int order, bool lower) {
    Slots list;
    for (const Node& node : newest(grid, i, order, lower, lambda)) list.push_back(node.slot);
    return list;
  };
  const Grid grid = levels(vp, {1.0, 1.0, 0.8, 0.6, 0.6, 0.4, 0.4, 0.2, 0.1, 0.1});
  CHECK(slots(grid, 0, 3, false) == Slots{0});  // of length zero itself
  CHECK(slots(grid, 1, 3, false) == Slots{0});
  CHECK(slots(grid, 2, 3, false) == Slots{0, 1});
  CHECK(slots(grid, 4, 4, false) == Slots{0, 2, 3});
  CHECK(slots(grid, 6, 4, false) == Slots{0, 2, 4, 5});
  CHECK(slots(grid, 7, 4, false) == Slots{0, 1, 3, 5});
  CHECK(slots(grid, 7, 4, true) == Slots{0});  // the last of any length
  CHECK(slots(grid, 6, 4, true) == Slots{0, 2});
  CHECK(step_before(grid, 7) == 6u);
  CHECK(step_before(grid, 6) == 4u);
  CHECK(step_before(grid, 4) == 2u);
  CHECK(!step_before(grid, 1));
  CHECK(!step_before(grid, 0));
  // Five estimates reach through a grid on which every level stands twice, and no further than a row reads.
  const Grid once = levels(vp, uniform(7, 1, 0.1));
  Grid twice, often(12, once[0]);
  for (const Level& level : once) twice.push_back(level), twice.push_back(level);
  CHECK(slots(twice, 11, 5, false) == Slots{0, 2, 4, 6, 8});
  often.insert(often.begin(), vp(1)), often[0] = vp(1), often.push_back(once[1]);
  often.insert(often.begin() + 1, vp(0.95)), often.back() = once[2];
  for (std::size_t k = 2; k + 1 < often.size(); ++k) often[k] = once[1];
  CHECK(slots(often, often.size() - 2, 5, false) == Slots{0});
}

TEST_CASE("newest: an estimate nearer to the next newer one than an eighth of the step is passed over") {
  using Slots = std::vector<std::size_t>;
  // Levels whose λ are the partial sums of these.
  const auto slots = [](const std::vector<double>& steps, int order) {
    double sum = -3;
    Grid grid{at(sum)};
    for (const double step : steps) grid.push_back(at(sum += step));
    Slots list;
    for (const Node& node : newest(grid, steps.size() - 1, order, false, lambda)) list.push_back(node.slot);
    return list;
  };
  CHECK(slots({1, 1, 0.13, 1}, 3) == Slots{0, 1, 2});
  CHECK(slots({1, 1, 0.12, 1}, 3) == Slots{0, 2, 3});
  CHECK(slots({1, 0.12, 1, 1}, 4) == Slots{0, 1, 3});
  CHECK(slots({1, 1, 1, 0.12}, 4) == Slots{0, 1, 2, 3});  // a short step after long ones
  CHECK(slots({1, 0.07, 0.07, 1}, 3) == Slots{0, 2, 3});  // two of them are far enough
  CHECK(slots({0.01, 0.01, 0.01, 1}, 3) == Slots{0});
  CHECK(slots({1, 1. / 7, 1}, 2) == Slots{0, 1});  // as published grids have it
}

TEST_CASE("as_equal_steps: as long as steps taken for equal are further from it than short ones from nothing") {
  const auto holds = [](const std::vector<double>& steps, std::size_t i, std::size_t back) {
    double sum = 10;
    Grid grid{EDM{}(sum)};
    for (const double step : steps) grid.push_back(EDM{}(sum -= step));
    return as_equal_steps(grid, i, back, [](const Level& t) { return t.sigma; });
  };
  CHECK(holds({1, 1, 1, 1}, 3, 3));
  CHECK(holds({1, 1.5, 0.7, 1}, 3, 3));
  CHECK(!holds({1, 1, 0.1, 1, 1}, 3, 2));        // passed over, and the others are equal
  CHECK(!holds({1, 1, 0.1, 1, 1}, 2, 2));        // the short one itself
  CHECK(holds({1, 1.3, 0.1, 1.3, 1}, 3, 3));     // 30 % is more than 10 %
  CHECK(!holds({1, 1.01, 0.1, 1.01, 1}, 3, 3));  // 1 % is less
  CHECK(holds({1, 1.01, 1e-3, 1.01, 1}, 3, 3));
  CHECK(holds({1, 0.1, 1, 1, 1, 1}, 5, 2));        // before what it looks at
  CHECK(holds({4, 2, 1, 0.5, 0.25, 0.02}, 5, 3));  // steps that shrink, as in σ/α at noise
  CHECK(holds({1, 1.05, 0.1, 0.09}, 2, 2));        // the next one is no longer
  CHECK(holds({0.1, 0.1, 1, 1.05}, 3, 2));         // nor is the one before
  CHECK(holds({0.3, 0.2, 0.02, 0.2, 0.2}, 3, 3));  // whatever the unit
  CHECK(holds({1, 1, 0, 1, 1}, 4, 3));             // of length zero
  CHECK(!holds({1, 1, 1, 0.05}, 3, 2));            // at the end
}
