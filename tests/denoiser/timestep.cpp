#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;

// A network of the timesteps 0 … 999 of a published chain, as a new user writes it.

namespace {
const Discrete chain = Discrete::scaled_linear();
const MatrixXd x = MatrixXd::Random(2, 3);

MatrixXd filled(double value) {
  return MatrixXd::Constant(2, 3, value);
}
double asked(const auto& denoise, const Level& t) {
  return denoise(x, t)(0, 0);
}
}  // namespace

TEST_CASE("the timestep of a time of the chain is the nearest n - 1") {
  CHECK(timestep(1000) == 999);
  CHECK(timestep(1) == 0);
  CHECK(timestep(880.4) == 879);
  CHECK(timestep(77.6) == 77);  // n − 1 = 76.6, which a conversion to int makes 76
  CHECK(timestep(0.6) == 0);
  for (const double n : {0.5, 0.4, 0.0, -3.0})
    CHECK(tests::contains(tests::refusal([n] { timestep(n); }), "time ", "near to the data", "[0, 1]"));
}

TEST_CASE("a network is given the integer that it takes, whatever its type") {
  const auto check = [&](const auto& net) {
    CHECK(asked(network(Prediction::x0, net, timestep), chain(880)) == 879);
    CHECK(asked(network(Prediction::x0, net, timestep), chain(879.8)) == 879);
    CHECK(asked(network(Prediction::x0, net), chain(880)) == 880);
    CHECK(tests::contains(tests::refusal([&] { network(Prediction::x0, net)(x, chain(879.5)); }), "879.5", "integer",
                          "timestep"));
  };
  check([](const MatrixXd&, int k) -> MatrixXd { return filled(k); });
  check([](const MatrixXd&, long k) -> MatrixXd { return filled(double(k)); });
  check([](const MatrixXd&, std::size_t k) -> MatrixXd { return filled(double(k)); });
  check([](const MatrixXd&, const std::int64_t& k) -> MatrixXd { return filled(double(k)); });
  check([](const auto&, short k) -> MatrixXd { return filled(k); });
  check([](const MatrixXd&, std::integral auto k) -> MatrixXd { return filled(double(k)); });
  check([](const MatrixXd&, int k, MatrixXd& out) { out = filled(k); });
  check([](const auto&, int k, auto& out) { out = filled(k); });
  check(std::function<MatrixXd(const MatrixXd&, int)>([](const MatrixXd&, int k) { return filled(k); }));
}

TEST_CASE("a network that takes a real time is given it as it is") {
  const auto check = [&](const auto& net) {
    CHECK(asked(network(Prediction::x0, net), chain(879.5)) == 879.5);
    CHECK(asked(network(Prediction::x0, net, timestep), chain(879.8)) == 879);
  };
  check([](const MatrixXd&, double t) -> MatrixXd { return filled(t); });
  check([](const MatrixXd&, float t) -> MatrixXd { return filled(double(t)); });
  check([](const MatrixXd&, const long double& t) -> MatrixXd { return filled(double(t)); });
  check([](const MatrixXd&, std::floating_point auto t) -> MatrixXd { return filled(double(t)); });
  check([](const MatrixXd&, std::optional<double> t) -> MatrixXd { return filled(*t); });
  struct Both {
    MatrixXd operator()(const MatrixXd&, double t) const { return filled(t); }
    MatrixXd operator()(const MatrixXd&, int) const { return filled(-1); }
  };
  check(Both{});
}

TEST_CASE("the timesteps of an integer go from 0 to the largest that its type holds") {
  const auto net = network(Prediction::x0, [](const MatrixXd&, std::uint8_t k) -> MatrixXd { return filled(k); });
  CHECK(asked(net, {.time = 0, .alpha = 1, .sigma = 1}) == 0);
  CHECK(asked(net, {.time = 255, .alpha = 1, .sigma = 1}) == 255);
  CHECK(tests::contains(tests::refusal([&] { net(x, {.time = 256, .alpha = 1, .sigma = 1}); }), "256", "beyond"));
  CHECK(tests::contains(tests::refusal([&] { net(x, {.time = -1, .alpha = 1, .sigma = 1}); }), "-1", "negative"));
}

TEST_CASE("a time that is whole but for rounding is a timestep") {
  // The noise level of timestep 879, found again by its λ.
  const Level t = chain(chain.time(lambda(chain(880))));
  const auto net = network(Prediction::x0, [](const MatrixXd&, int k) -> MatrixXd { return filled(k); });
  CHECK(asked(net, t) == 880);
  Level off = chain(880);
  off.time += 1e-9;
  CHECK(asked(net, off) == 880);
  off.time += 1e-3;
  CHECK(tests::contains(tests::refusal([&] { net(x, off); }), "880.001", "integer"));
}

TEST_CASE("a timestep that is none is refused before the network is asked") {
  int calls = 0;
  const auto net = [&](const MatrixXd& at, int) -> MatrixXd { return ++calls, at; };
  const auto refusal = [&](const auto& denoise, const Grid& grid) {
    return tests::refusal([&] { sample(denoise, DDIM{}, x, grid); });
  };
  // On [0, 1] nearly every time would be timestep 0.
  const Grid unit = levels(VariancePreserving{}, uniform(4));
  CHECK(tests::contains(refusal(network(Prediction::eps, net), unit), "0.75", "integer"));
  CHECK(tests::contains(refusal(network(Prediction::eps, net, timestep), unit), "[0, 1]", "0.5"));
  CHECK(
      tests::contains(refusal(network(Prediction::eps, net, [](double n) { return n - 2; }), unit), "-1", "negative"));
  CHECK(tests::contains(refusal(network(Prediction::eps, net), karras(chain, 10, 14, 0.03)), "integer", "timestep"));
  CHECK(tests::contains(
      refusal(network(
                  Prediction::eps, [](const MatrixXd& at, std::uint8_t) -> MatrixXd { return at; }, timestep),
              levels(chain, trailing(50))),
      "timestep 999", "beyond"));
  CHECK(calls == 0);
}

TEST_CASE("a network of timesteps samples a Karras grid with the nearest of them") {
  // What the network is asked is recorded; the right timesteps are those whose n is nearest to the level's time.
  std::vector<int> told;
  const auto net = [&](const MatrixXd& at, int k) -> MatrixXd { return told.push_back(k), at; };
  const Grid grid = karras(chain, 10, 14.6, 0.03);
  sample(network(Prediction::eps, net, timestep), DDIM{}, x, grid);
  REQUIRE(told.size() == 10);
  for (std::size_t i = 0; i < told.size(); ++i) {
    CHECK(told[i] >= 0);
    CHECK(told[i] <= 999);
    CHECK(std::abs(told[i] + 1 - grid[i].time) <= 0.5);
  }
}
