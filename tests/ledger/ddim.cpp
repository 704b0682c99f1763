// The rows DDIM-* of the ledger: each closed form by identities, by quadrature or recursion, and by simulation.
#include "chain.hpp"

using Eigen::ArrayXXd;
using Eigen::MatrixXd;
using tests::Chain;
using tests::Claim;
using tests::difference;
using tests::expectation;
using tests::gaussian;
using tests::LawClaim;
using tests::level_pairs;
using tests::Noise;
using tests::numbers;
using tests::relative_difference;
using tests::stacked;
using tests::three_modes;
using tweedie::DDIM;
using tweedie::DDPM;
using tweedie::Discrete;
using tweedie::Grid;
using tweedie::Level;
using tweedie::Prediction;
using tweedie::Row;

namespace {

/// a_{t|s}
double kept_signal(const Level& t, const Level& s) {
  return t.alpha / s.alpha;
}

/// κ, c and σ of x_s = κ x_t + c x̂₀ + σ z: row.x, row.x0[0], row.z.
Row kernel(double eta, const Level& t, const Level& s) {
  return tweedie::eliminated(DDIM{eta}.row(t, s), t);
}

/// The η at which the noise of the step is all that the level has, σ = b_s.
double largest_eta(const Level& t, const Level& s) {
  return t.sigma / std::sqrt(tweedie::forward_variance(t, s));
}

/// Levels of an admissible choice between the deterministic and the most random member of the family.
std::vector<double> etas(const Level& t, const Level& s) {
  const double largest = largest_eta(t, s);
  return {0, 0.4 * largest, 1, largest};
}

/// The variance of the only coordinate.
double variance_of(const tweedie::Gaussian<double>& law) {
  return law.covariance().matrix()(0, 0);
}

/// cos²Δθ of a step, θ = atan2(b, a s) for data of variance s².
double squared_cosine(const Level& t, const Level& s, double variance) {
  const double deviation = std::sqrt(variance);
  return std::pow(std::cos(std::atan2(t.sigma, t.alpha * deviation) - std::atan2(s.sigma, s.alpha * deviation)), 2);
}

double product_of_squared_cosines(const Grid& grid, double variance) {
  double product = 1;
  for (std::size_t i = 0; i + 1 < grid.size(); ++i) product *= squared_cosine(grid[i], grid[i + 1], variance);
  return product;
}

const MatrixXd some_x = Eigen::RowVector4d(-2.5, -0.3, 0.4, 7);
const MatrixXd some_eps = Eigen::RowVector4d(1.1, -0.7, 0.2, 3);

auto eps_network(const MatrixXd& eps) {
  return tweedie::network(Prediction::eps, [eps](const MatrixXd&, const Level&) { return eps; });
}

const auto no_noise = [](MatrixXd& z) { z.setZero(); };

}  // namespace

TEST_CASE("DDIM-1: every member of the family keeps the marginals, as an identity", "[ledger][DDIM-1]") {
  for (const auto& [t, s] : level_pairs()) {
    for (const double eta : etas(t, s)) {
      INFO("alpha " << s.alpha << " to " << t.alpha << ", sigma " << s.sigma << " to " << t.sigma << ", eta " << eta);
      const Row row = kernel(eta, t, s);
      const double b_s2 = s.sigma * s.sigma;
      CHECK(relative_difference(row.x * t.alpha + row.x0[0], s.alpha) < 1e-12);
      CHECK(relative_difference(row.x * row.x * t.sigma * t.sigma + row.z * row.z, b_s2) < 1e-12);
      CHECK(row.x >= 0);
    }
  }
}

TEST_CASE("DDIM-1: at sigma = b_s, b_s^2 - sigma^2 from floats is negative for 513 of 1000 levels, and never here",
          "[ledger][DDIM-1]") {
  const auto chain = Discrete::linear();
  Eigen::ArrayXd variance(1000);
  for (int s = 1; s <= 1000; ++s) variance[s - 1] = std::pow(chain(s).sigma, 2);
  // Tables of b_s² and b_s in float: half of the roots were rounded up.
  const Eigen::ArrayXf b2 = variance.cast<float>(), b = variance.sqrt().cast<float>();
  CHECK((b2.cast<double>() - b.cast<double>().square() < 0).count() == 513);
  for (int s = 1; s < 1000; ++s) {
    const Row row = DDIM{largest_eta(chain(s + 1), chain(s))}.row(chain(s + 1), chain(s));
    REQUIRE(row.eps[0] >= 0);
    REQUIRE(row.eps[0] <= 1e-7 * chain(s).sigma);
  }
}

TEST_CASE("DDIM-1: every member of the family keeps the marginals, simulated", "[ledger][DDIM-1]") {
  const Chain chain = Chain::brief();
  const Level t = chain.level(9), s = chain.level(5);
  const std::pair<double, const char*> members[] = {
      {0, "sigma = 0"}, {1, "sigma of the posterior"}, {largest_eta(t, s), "sigma = b_s"}};
  for (const auto& member : members) {
    const Row row = kernel(member.first, t, s);
    tests::check(LawClaim{"DDIM-1", std::string("law of x_s, ") + member.second,
                          [&](double x) { return tests::three_modes_cdf(x, s); }},
                 400'000, [&](Noise& noise, Eigen::Index n) -> MatrixXd {
                   const MatrixXd x0 = three_modes().draw(n, noise.engine), x_t = chain.walk(x0, 0, 9, noise);
                   return row.x * x_t + row.x0[0] * x0 + row.z * noise(1, n);
                 });
  }
}

TEST_CASE("DDIM-2: the posterior, the one that forgets x_t, and the deterministic one are members",
          "[ledger][DDIM-2]") {
  for (const auto& [t, s] : level_pairs()) {
    INFO("alpha " << s.alpha << " to " << t.alpha << ", sigma " << s.sigma << " to " << t.sigma);
    const double kept = kept_signal(t, s), forward = tweedie::forward_variance(t, s);
    const double b_t2 = t.sigma * t.sigma, b_s2 = s.sigma * s.sigma;
    const Row posterior = kernel(1, t, s);
    const double rounding = 1e-12 * s.sigma / t.sigma;  // κ = √(b_s² − β̃²)/b_t is a difference, and at most b_s/b_t
    CHECK(std::abs(posterior.x - kept * b_s2 / b_t2) < rounding);
    CHECK(std::abs(posterior.x - DDPM{}.row(t, s).x) < rounding);
    CHECK(relative_difference(posterior.x0[0], s.alpha * forward / b_t2) < 1e-10);  // a difference: c = a_s − a_t κ
    CHECK(relative_difference(posterior.z * posterior.z, forward * b_s2 / b_t2) < 1e-12);

    const Row forgetful = kernel(largest_eta(t, s), t, s);
    CHECK(std::abs(forgetful.x) < 1e-7 * s.sigma / t.sigma);  // the root of a rounded 0
    CHECK(relative_difference(forgetful.x0[0], s.alpha) < 1e-7);
    CHECK(relative_difference(forgetful.z, s.sigma) < 1e-12);

    CHECK(kernel(0, t, s).z == 0);
    CHECK(relative_difference(kernel(0, t, s).x, s.sigma / t.sigma) < 1e-14);
  }
}

TEST_CASE("DDIM-2: eta is admissible up to b_t/b_{t|s}, and the posterior has no noise at s = 0", "[ledger][DDIM-2]") {
  const auto chain = Discrete::linear();
  for (const auto& [from, to] : {std::pair(1000, 999), {650, 400}, {2, 1}}) {
    const Level t = chain(from), s = chain(to);
    CHECK_NOTHROW(DDIM{largest_eta(t, s) * (1 - 1e-9)}.row(t, s));
    CHECK(tests::contains(tests::refusal([&] { DDIM{largest_eta(t, s) * (1 + 1e-9)}.row(t, s); }),
                          "asks for noise of variance"));
  }
  CHECK(kernel(1, chain(10), chain(0)).z == 0);
  CHECK(kernel(1, chain(10), chain(0)).x0[0] == 1);
}

TEST_CASE("DDIM-3: the form in x0 and eps and Su's form in eps are one step", "[ledger][DDIM-3]") {
  for (const auto& [t, s] : level_pairs()) {
    for (const double eta : etas(t, s)) {
      INFO("alpha " << s.alpha << " to " << t.alpha << ", sigma " << s.sigma << " to " << t.sigma << ", eta " << eta);
      const double kept = kept_signal(t, s), tau2 = eta * eta * tweedie::posterior_variance(t, s);
      const double direction = std::sqrt(std::max(0.0, s.sigma * s.sigma - tau2));
      const MatrixXd x0 = (some_x - t.sigma * some_eps) / t.alpha;
      const MatrixXd song = s.alpha * x0 + direction * some_eps;
      const MatrixXd su = (some_x - (t.sigma - kept * direction) * some_eps) / kept;
      const MatrixXd step = tweedie::sample(eps_network(some_eps), DDIM{eta}, some_x, {t, s}, no_noise);
      const double rounding = 1e-12 * std::max(1.0, (1 + t.sigma) / kept);
      CHECK(difference(step, song) < rounding);
      CHECK(difference(step, su) < rounding);
    }
  }
}

TEST_CASE("DDIM-4: the implied forward kernel by Bayes, Markov only with the posterior's noise", "[ledger][DDIM-4]") {
  for (const auto& [t, s] : level_pairs()) {
    for (const double eta : etas(t, s)) {
      const Row row = kernel(eta, t, s);
      const double b_t2 = t.sigma * t.sigma, b_s2 = s.sigma * s.sigma, tau2 = row.z * row.z;
      // Joint law at x0 = 0: x_t has variance b_t², x_s = κ x_t + σ z. Then slope = cov/var(x_s), and what is left.
      const double covariance = row.x * b_t2, variance = row.x * row.x * b_t2 + tau2;
      const double slope = covariance / variance, left = b_t2 - slope * covariance;
      INFO("alpha " << s.alpha << " to " << t.alpha << ", sigma " << s.sigma << " to " << t.sigma << ", eta " << eta);
      CHECK(std::abs(slope * slope - b_t2 * (b_s2 - tau2) / (b_s2 * b_s2)) < 1e-12 * b_t2 / b_s2);
      CHECK(std::abs(left - b_t2 * tau2 / b_s2) < 1e-12 * b_t2);
      const bool markov = std::abs(t.alpha - slope * s.alpha) < 1e-7 * t.alpha;  // no x0 in the mean of x_t given x_s
      CHECK(markov == (eta == 1));
      if (markov) CHECK(relative_difference(left, tweedie::forward_variance(t, s)) < 1e-9);
    }
  }
}

TEST_CASE("DDIM-4: the implied forward kernel by quadrature of q(x_s | x_t, x_0) q(x_t | x_0)", "[ledger][DDIM-4]") {
  const Level t = Chain::brief().level(9), s = Chain::brief().level(5);
  const double x0 = 0.8, x_s = -0.4;
  const Row row = kernel(0.6, t, s);
  const auto moment = [&](int power) {
    return expectation([&](double z) {
      const double x_t = t.alpha * x0 + t.sigma * z, distance = (x_s - row.x * x_t - row.x0[0] * x0) / row.z;
      return std::pow(x_t, power) * std::exp(-distance * distance / 2);
    });
  };
  const double slope = t.sigma * std::sqrt(s.sigma * s.sigma - row.z * row.z) / (s.sigma * s.sigma);
  const double mean = moment(1) / moment(0);
  CHECK(std::abs(mean - (t.alpha * x0 + slope * (x_s - s.alpha * x0))) < 1e-12);
  CHECK(std::abs(moment(2) / moment(0) - mean * mean - std::pow(t.sigma * row.z / s.sigma, 2)) < 1e-12);
}

TEST_CASE("DDIM-4: regression of x_t on x_s at fixed x0, simulated", "[ledger][DDIM-4]") {
  const Chain chain = Chain::brief();
  const Level t = chain.level(9), s = chain.level(5);
  const Row row = kernel(0.6, t, s);
  const double x0 = 0.8, b_s2 = s.sigma * s.sigma, slope = t.sigma * std::sqrt(b_s2 - row.z * row.z) / b_s2;
  tests::check(Claim{"DDIM-4", "covariance, and mean, correlation and square of the residual",
                     numbers({slope * b_s2, 0, 0, std::pow(t.sigma * row.z / s.sigma, 2)})},
               3'000'000, [&](Noise& noise, Eigen::Index n) {
                 const ArrayXXd x_t = chain.walk(MatrixXd::Constant(1, n, x0), 0, 9, noise);
                 const ArrayXXd x_s = row.x * x_t + row.x0[0] * x0 + row.z * noise(1, n).array();
                 const ArrayXXd of_t = x_t - t.alpha * x0, of_s = x_s - s.alpha * x0, residual = of_t - slope * of_s;
                 return stacked({of_t * of_s, residual, residual * of_s, residual.square()});
               });
}

TEST_CASE("DDIM-5: without noise x/a moves by eps times the change of b/a", "[ledger][DDIM-5]") {
  for (const auto& [t, s] : level_pairs()) {
    const MatrixXd x_s = tweedie::sample(eps_network(some_eps), DDIM{}, some_x, {t, s});
    const double change = t.sigma / t.alpha - s.sigma / s.alpha;
    CHECK(difference(some_x / t.alpha - x_s / s.alpha, change * some_eps) < 1e-12 * std::max(1.0, 10 / t.alpha));
  }
  const Level T = Discrete::linear()(1000);
  CHECK(std::abs(T.sigma / T.alpha - 157) < 0.5);
}

TEST_CASE("DDIM-5: Su's two differential equations are the limit of the step", "[ledger][DDIM-5]") {
  const auto squared = [](double time) {  // a = e^(−5s²)
    const double a = std::exp(-5 * time * time), b = std::sqrt(-std::expm1(-10 * time * time));
    return Level{time, a, b, -10 * time * a, 10 * time * a * a / b};
  };
  const auto linear = [](double time) {  // a = e^(−5s)
    const double a = std::exp(-5 * time), b = std::sqrt(-std::expm1(-10 * time));
    return Level{time, a, b, -5 * a, 5 * a * a / b};
  };
  const MatrixXd& x = some_x;
  const MatrixXd& eps = some_eps;
  for (const double time : {0.1, 0.4, 0.9}) {
    const MatrixXd of_squared = 10 * time * (eps / squared(time).sigma - x),
                   of_linear = 5 * (eps / linear(time).sigma - x);
    // dx/ds is the velocity of the level at (x̂₀, ε̂), and the central difference of DDIM's step.
    const auto velocity = [&](const Level& t) -> MatrixXd {
      return tweedie::target(Prediction::velocity, MatrixXd((x - t.sigma * eps) / t.alpha), eps, t);
    };
    CHECK(difference(velocity(squared(time)), of_squared) < 1e-12 * of_squared.norm());
    CHECK(difference(velocity(linear(time)), of_linear) < 1e-12 * of_linear.norm());
    const auto step_difference = [&](const auto& schedule) -> MatrixXd {
      const double h = 1e-5;
      const auto step = [&](double to) {
        return tweedie::sample(eps_network(eps), DDIM{}, x, {schedule(time), schedule(to)});
      };
      return (step(time + h) - step(time - h)) / (2 * h);
    };
    CHECK(difference(step_difference(squared), of_squared) < 1e-7 * of_squared.norm());
    CHECK(difference(step_difference(linear), of_linear) < 1e-7 * of_linear.norm());
  }
}

TEST_CASE("DDIM-6: a step on Gaussian data multiplies by an inner product, and the variance by cos^2 of an angle",
          "[ledger][DDIM-6]") {
  const double variance = 1.7;
  const auto data = gaussian(0, variance);
  const auto chain = Discrete::linear();
  for (const auto& [t, s] : level_pairs()) {
    const double of_t = t.alpha * t.alpha * variance + t.sigma * t.sigma,
                 of_s = s.alpha * s.alpha * variance + s.sigma * s.sigma;
    const double factor = (t.alpha * s.alpha * variance + t.sigma * s.sigma) / of_t;
    CHECK(difference(tweedie::sample(data, DDIM{}, some_x, {t, s}), factor * some_x) < 1e-12 * std::max(1.0, factor));
    const double pushed = variance_of(tweedie::push_forward(tweedie::tabulate(DDIM{}, {t, s}), data));
    CHECK(relative_difference(pushed, of_s * squared_cosine(t, s, variance)) < 1e-12);
  }
  for (const auto& [K, published] : {std::pair(5, 0.505), {20, 0.847}}) {
    const Grid grid = tweedie::levels(chain, tweedie::uniform(K, 1000, 0));
    const double pushed = variance_of(tweedie::push_forward(tweedie::tabulate(DDIM{}, grid), data));
    CHECK(relative_difference(pushed, variance * product_of_squared_cosines(grid, variance)) < 1e-12);
    CHECK(std::abs(pushed / variance - published) < 5e-4);
  }
}

TEST_CASE("DDIM-6: the limit is the ODE, and the best grid is uniform in the angle", "[ledger][DDIM-6]") {
  const double variance = 1.7;
  const auto chain = Discrete::linear();
  const Level T = chain(1000);
  const double of_T = T.alpha * T.alpha * variance + T.sigma * T.sigma, ode = std::sqrt(variance / of_T);
  const auto factor = [&](int K) {  // of the whole run: √(variance after/variance before)
    const Grid grid = tweedie::levels(chain, tweedie::uniform(K, 1000, 0));
    return std::sqrt(variance_of(tweedie::push_forward(tweedie::tabulate(DDIM{}, grid), gaussian(0, variance))) / of_T);
  };
  CHECK(std::abs(factor(1000) / ode - 1) < 2e-3);
  CHECK(std::abs((1 - factor(1000) / ode) / (1 - factor(500) / ode) - 0.5) < 0.02);

  const double total = std::atan2(T.sigma, T.alpha * std::sqrt(variance));
  for (const int K : {5, 20, 100}) {
    const double best = std::pow(std::cos(total / K), 2 * K);
    Grid even;  // variance-preserving levels with tan θ = b/(a s)
    for (int i = 0; i <= K; ++i) {
      const double ratio = std::tan(total * (K - i) / K) * std::sqrt(variance);
      even.push_back({.alpha = 1 / std::sqrt(1 + ratio * ratio), .sigma = ratio / std::sqrt(1 + ratio * ratio)});
    }
    INFO("K = " << K);
    CHECK(relative_difference(product_of_squared_cosines(even, variance), best) < 1e-12);
    CHECK(product_of_squared_cosines(tweedie::levels(chain, tweedie::uniform(K, 1000, 0)), variance) < best - 1e-3);
    // ln cos²ᴷ(Θ/K) = −Θ²/K − Θ⁴/6K³ − …, so that the two differ by less than Θ⁴/2K² + Θ⁴/3K³
    CHECK(std::abs(best - (1 - total * total / K)) < std::pow(total, 4) * (0.5 / (K * K) + 1.0 / (3.0 * K * K * K)));
  }
}

TEST_CASE("DDIM-6: the variance after 5 steps, simulated", "[ledger][DDIM-6]") {
  const double variance = 1.7;
  const auto data = gaussian(0, variance);
  const Grid grid = tweedie::levels(Discrete::linear(), tweedie::uniform(5, 1000, 0));
  const Level T = grid.front();
  tests::check(Claim{"DDIM-6", "variance after 5 steps uniform in t",
                     numbers({variance * product_of_squared_cosines(grid, variance)})},
               2'000'000, [&](Noise& noise, Eigen::Index n) -> MatrixXd {
                 const MatrixXd x0 = std::sqrt(variance) * noise(1, n);
                 const MatrixXd x = T.alpha * x0 + T.sigma * noise(1, n);
                 return tweedie::sample(data, DDIM{}, x, grid).cwiseAbs2();
               });
}

TEST_CASE("DDIM-7: explicit inversion and back leaves the product of cos^2 of the angles", "[ledger][DDIM-7]") {
  const double variance = 1.7;
  const auto data = gaussian(0, variance);
  const Grid down = tweedie::levels(Discrete::linear(), tweedie::uniform(19, 1000, 50)), up(down.rbegin(), down.rend());
  for (std::size_t i = 0; i + 1 < up.size(); ++i) {
    const Level &s = up[i], &t = up[i + 1];
    const double factor =
        (t.alpha * s.alpha * variance + t.sigma * s.sigma) / (s.alpha * s.alpha * variance + s.sigma * s.sigma);
    CHECK(difference(tweedie::sample(data, DDIM{}, some_x, {s, t}), factor * some_x) < 1e-12);
  }
  const double product = product_of_squared_cosines(down, variance);
  const MatrixXd back = tweedie::sample(data, DDIM{}, tweedie::sample(data, DDIM{}, some_x, up), down);
  CHECK(difference(back, product * some_x) < 1e-12);
  CHECK(product < 0.95);

  tweedie::Table there_and_back = tweedie::tabulate(DDIM{}, up);
  for (const tweedie::Step& step : tweedie::tabulate(DDIM{}, down)) there_and_back.push_back(step);
  const double before = variance_of(data.marginal(up.front()));
  CHECK(relative_difference(variance_of(tweedie::push_forward(there_and_back, data)), product * product * before) <
        1e-12);
}

TEST_CASE("DDIM-7: the exact inversion returns to the start, where the plain fixed point does not",
          "[ledger][DDIM-7]") {
  const Grid down = tweedie::levels(Discrete::linear(), tweedie::uniform(19, 1000, 50)), up(down.rbegin(), down.rend());
  const MatrixXd x = three_modes().draw(500, tweedie::Philox{7});
  const MatrixXd noise = tweedie::sample(three_modes(), tweedie::DDIMInversion{}, x, up);
  CHECK(difference(tweedie::sample(three_modes(), DDIM{}, noise, down), x) < 1e-9);

  // On Gaussian data y ↦ G(y) has the slope −(σ_s α_t/σ_t − α_s) α_s v/c: beyond 1 in size for a coarse stride.
  const Level t = Discrete::linear()(50), s = Discrete::linear()(500);
  const double variance = 1.7, of_s = s.alpha * s.alpha * variance + s.sigma * s.sigma;
  const double slope = (s.sigma * t.alpha / t.sigma - s.alpha) * s.alpha * variance / of_s;
  CHECK(slope > 1.5);
  const double factor = (t.alpha * s.alpha * variance + t.sigma * s.sigma) / of_s;  // of the step that is inverted
  const MatrixXd y = tweedie::sample(gaussian(0, variance), tweedie::DDIMInversion{}, some_x, {t, s});
  CHECK(difference(y, some_x / factor) < 1e-9);
}

TEST_CASE("DDIM-9: two samplers are called sigma = beta, and only the one outside the family is exact for N(0, 1)",
          "[ledger][DDIM-9]") {
  const Level t = Discrete::linear()(400), s = Discrete::linear()(300);
  const auto data = gaussian(0, 1);
  const auto variance_after = [&](const Row& row) { return variance_of(tweedie::push_forward({{t, s, row}}, data)); };
  const double forward = tweedie::forward_variance(t, s), posterior = tweedie::posterior_variance(t, s),
               b_s2 = s.sigma * s.sigma;
  const double family = std::pow(t.sigma * std::sqrt(b_s2 - forward) + s.alpha * t.alpha, 2) + forward;
  const double small = std::pow(t.sigma * std::sqrt(b_s2 - posterior) + s.alpha * t.alpha, 2) + posterior;
  const double eta = t.sigma / s.sigma;  // η β̃ = b_{t|s}
  CHECK(relative_difference(variance_after(DDIM{eta}.row(t, s)), family) < 1e-12);
  CHECK(relative_difference(variance_after(DDPM{}.row(t, s)), small) < 1e-12);
  CHECK(relative_difference(variance_after(DDPM{tweedie::forward_variance}.row(t, s)), 1) < 1e-12);
  CHECK(std::abs(family - 0.817) < 5e-4);
  CHECK(std::abs(small - 0.873) < 5e-4);

  // Given x0 the large variance leaves the marginal b_s² of DDIM-1, by what it adds.
  const Row large = DDPM{tweedie::forward_variance}.row(t, s);
  CHECK(relative_difference(large.x * large.x * t.sigma * t.sigma + large.z * large.z, b_s2 + forward - posterior) <
        1e-12);
}

TEST_CASE("DDIM-9: the member with sigma = b_{t|s} does not exist near t = 0", "[ledger][DDIM-9]") {
  const auto inadmissible = [](const Discrete& chain, int K) {  // the cleaner ends of such strides, cleanest first
    std::vector<int> ends;
    for (int i = 0; i < K; ++i) {
      const Level s = chain(1000 / K * i), t = chain(1000 / K * (i + 1));
      const bool refused = tweedie::forward_variance(t, s) > s.sigma * s.sigma;
      if (refused) ends.push_back(int(t.time));
      if (s.sigma > 0) {
        const DDIM member{t.sigma / s.sigma};
        if (refused)
          CHECK(tests::contains(tests::refusal([&] { member.row(t, s); }), "asks for noise of variance"));
        else
          CHECK_NOTHROW(member.row(t, s));
      }
    }
    return ends;
  };
  CHECK(inadmissible(Discrete::linear(), 1000) == std::vector{1, 2});
  CHECK(inadmissible(Discrete::su(), 1000) == std::vector{1, 2, 3});
  for (const auto& chain : {Discrete::linear(), Discrete::su()})
    for (const int K : {10, 50, 100}) CHECK(inadmissible(chain, K) == std::vector{1000 / K, 2000 / K, 3000 / K});
}

TEST_CASE("DDIM-9: the three variances after one step from 400 to 300, simulated", "[ledger][DDIM-9]") {
  const Level t = Discrete::linear()(400), s = Discrete::linear()(300);
  const auto data = gaussian(0, 1);
  const double forward = tweedie::forward_variance(t, s), posterior = tweedie::posterior_variance(t, s),
               b_s2 = s.sigma * s.sigma;
  const auto after = [&](double direction, double noise) {
    return std::pow(t.sigma * std::sqrt(b_s2 - direction) + s.alpha * t.alpha, 2) + noise;
  };
  const auto run = [&](const char* name, const auto& sampler, double closed) {
    tests::check(Claim{"DDIM-9", name, numbers({closed})}, 2'000'000, [&](Noise& noise, Eigen::Index n) -> MatrixXd {
      const MatrixXd x = t.alpha * noise(1, n) + t.sigma * noise(1, n);
      return tweedie::sample(data, sampler, x, {t, s}, noise).cwiseAbs2();
    });
  };
  run("member with sigma = b_{t|s}", DDIM{t.sigma / s.sigma}, after(forward, forward));
  run("DDPM, small variance", DDPM{}, after(posterior, posterior));
  run("DDPM, large variance", DDPM{tweedie::forward_variance}, 1);
}

TEST_CASE("DDIM-10: the step in half-log-SNR", "[ledger][DDIM-10]") {
  for (const auto& [t, s] : level_pairs()) {
    const double h = lambda(s) - lambda(t);
    INFO("alpha " << s.alpha << " to " << t.alpha << ", sigma " << s.sigma << " to " << t.sigma);
    const MatrixXd in_lambda = s.alpha / t.alpha * some_x - s.sigma * std::expm1(h) * some_eps;
    const MatrixXd step = tweedie::sample(eps_network(some_eps), DDIM{}, some_x, {t, s});
    CHECK(difference(step, in_lambda) < 1e-12 * std::max(1.0, s.alpha / t.alpha * (1 + t.sigma)));
    // c = a_s − a_t b_s/b_t is of the size of h a_s: what it loses as a difference is 1/h
    const double c = -s.alpha * std::expm1(-h);
    CHECK(relative_difference(kernel(0, t, s).x0[0], c) < 1e-14 * std::max(1.0, 1 / h));
  }
}

TEST_CASE("DDIM-10: a difference of lambda formed in float loses what double keeps", "[ledger][DDIM-10]") {
  const auto chain = Discrete::linear();
  for (const int s : {900, 500, 50, 5}) {
    const double from = lambda(chain(s + 1)), to = lambda(chain(s)), exact = -chain(s).alpha * std::expm1(from - to);
    const float a = float(chain(s).alpha);
    const float late = -a * std::expm1(float(from - to)), early = -a * std::expm1(float(from) - float(to));
    CHECK(relative_difference(double(late), exact) < 1.5e-7);
    CHECK(relative_difference(double(early), exact) < 2e-5);
    if (s == 900) CHECK(relative_difference(double(early), exact) > 2e-6);
  }
}

TEST_CASE("DDIM-11: DDIM converges to the quantile map with order 1", "[ledger][DDIM-11]") {
  const tweedie::VariancePreserving schedule;
  const auto at = tweedie::at_lambda(schedule);
  const Level from = at(-2.5), to = at(2);
  const MatrixXd start = Eigen::RowVector4d(-1.4, -0.3, 0.2, 1.1);
  const MatrixXd exact = start.unaryExpr([&](double x) { return tests::quantile_map(x, from, to); });
  const auto error = [&](int K) {
    return difference(tweedie::sample(three_modes(), DDIM{}, start, tweedie::uniform_lambda(schedule, K, -2.5, 2)),
                      exact);
  };
  const double coarse = error(400), fine = error(800);
  CHECK(fine < 0.02);
  CHECK(std::abs(std::log2(coarse / fine) - 1) < 0.05);
}

TEST_CASE("DDIM-12: every subsequence of a chain keeps the marginals, by enumeration", "[ledger][DDIM-12]") {
  const Chain chain = Chain::brief();
  for (unsigned chosen = 0; chosen < 1u << 10; ++chosen) {  // which of the levels 2 … 11 stand between 12 and 1
    double mean = chain.level(12).alpha, variance = std::pow(chain.level(12).sigma, 2);  // given x0 = 1
    Level t = chain.level(12);
    for (int k = 11; k >= 1; --k) {
      if (k > 1 && (chosen >> (k - 2) & 1) == 0) continue;
      const Level s = chain.level(k);
      const Row row = kernel(k % 2 == 0 ? 0.7 : 1.0, t, s);
      mean = row.x * mean + row.x0[0];
      variance = row.x * row.x * variance + row.z * row.z;
      t = s;
    }
    REQUIRE(relative_difference(mean, chain.level(1).alpha) < 1e-12);
    REQUIRE(relative_difference(variance, std::pow(chain.level(1).sigma, 2)) < 1e-12);
  }
}

TEST_CASE("DDIM-12: the posterior deviation of a stride, and what tables of single steps make of it",
          "[ledger][DDIM-12]") {
  const Chain chain = Chain::brief();
  for (int t = 2; t <= 12; ++t)
    for (int s = 1; s < t; ++s) {
      const Level from = chain.level(t), to = chain.level(s);
      const double ratio = from.alpha / to.alpha;
      CHECK(relative_difference(std::sqrt(tweedie::posterior_variance(from, to)),
                                to.sigma / from.sigma * std::sqrt(1 - ratio * ratio)) < 1e-12);
      // κ and c with the single step's α_t and β_t in the place of a_{t|s} and b_{t|s}: the mean is right for s = t − 1
      // alone.
      const double kappa = std::sqrt(1 - chain.beta(t)) * std::pow(to.sigma / from.sigma, 2);
      const double c = to.alpha * chain.beta(t) / (from.sigma * from.sigma);
      const double mean = kappa * from.alpha + c;
      if (s == t - 1)
        CHECK(relative_difference(mean, to.alpha) < 1e-12);
      else
        CHECK(relative_difference(mean, to.alpha) > 0.01);
    }
}

TEST_CASE("DDIM-12: a subsequence keeps the marginals, simulated", "[ledger][DDIM-12]") {
  const Chain chain = Chain::brief();
  const Level last = chain.level(2);
  tests::check(
      LawClaim{"DDIM-12", "law after the steps 12, 7, 4, 2", [&](double x) { return tests::three_modes_cdf(x, last); }},
      400'000, [&](Noise& noise, Eigen::Index n) {
        const MatrixXd x0 = three_modes().draw(n, noise.engine);
        MatrixXd x = chain.walk(x0, 0, 12, noise);
        int t = 12;
        for (const int s : {7, 4, 2}) {
          const Row row = kernel(0.7, chain.level(t), chain.level(s));
          x = row.x * x + row.x0[0] * x0 + row.z * noise(1, n);
          t = s;
        }
        return x;
      });
}
