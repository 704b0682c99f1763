#include "support/test.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

TEST_CASE("weights: exact for polynomials of as many terms as there are nodes") {
  const std::vector<double> nodes{0, -0.7, -1.1, -2.5, -2.6};
  for (std::size_t n = 1; n <= nodes.size(); ++n) {
    std::vector<double> moments;  // of ∫₀¹
    for (std::size_t j = 0; j < n; ++j) moments.push_back(1 / double(j + 1));
    const Weights w = weights(std::span(nodes).first(n), moments);
    for (std::size_t j = 0; j < n; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < n; ++k) sum += w[k] * std::pow(nodes[k], double(j));
      CHECK(std::abs(sum - moments[j]) < 1e-12 * double(1 << (2 * n)));
    }
    for (std::size_t k = n; k < w.size(); ++k) CHECK(w[k] == 0);
  }
  // Adams and Bashforth's own: 3/2, −1/2 and 23/12, −16/12, 5/12.
  const Weights three = weights(std::vector<double>{0, -1, -2}, std::vector<double>{1, 1. / 2, 1. / 3});
  CHECK(std::abs(three[0] - 23. / 12) < 1e-15);
  CHECK(std::abs(three[1] + 16. / 12) < 1e-15);
  CHECK(std::abs(three[2] - 5. / 12) < 1e-15);
}

TEST_CASE("phi: its recursion, its integral, and its value at 0") {
  for (const double z : {-30.0, -3.0, -0.999, -0.1, -1e-9, 0.0, 1e-5, 0.7, 1.2, 9.0}) {
    double factorial = 1;
    for (int k = 0; k < 5; ++k) {
      INFO("k = " << k << ", z = " << z);
      CHECK(std::abs(z * phi(k + 1, z) + 1 / factorial - phi(k, z)) < 1e-15 * (1 + phi(k, z)) * (1 + std::abs(z)));
      factorial *= k + 1;
      // Simpson's rule on ∫₀¹ e^((1−u)z) u^k/k! du.
      double sum = 0;
      const int n = 4000;
      for (int i = 0; i <= n; ++i) {
        const double u = double(i) / n, weight = i == 0 || i == n ? 1 : i % 2 == 1 ? 4 : 2;
        sum += weight * std::exp((1 - u) * z) * std::pow(u, k);
      }
      double k_factorial = 1;
      for (int j = 2; j <= k; ++j) k_factorial *= j;
      CHECK(std::abs(phi(k + 1, z) - sum / (3.0 * n) / k_factorial) < 1e-11 * (1 + std::exp(z)));
    }
  }
  CHECK(phi(0, 0) == 1);
  CHECK(std::abs(phi(3, 0) - 1. / 6) < 1e-16);
}

TEST_CASE("weights, phi: refusals") {
  CHECK(contains(refusal([] { weights(std::vector<double>{0, 0}, std::vector<double>{1, 1}); }), "two nodes", "0"));
  CHECK(contains(refusal([] { weights(std::vector<double>{0, 1}, std::vector<double>{1}); }), "2 nodes and 1 moments"));
  CHECK(contains(refusal([] { weights(std::vector<double>{}, std::vector<double>{}); }), "0 nodes"));
  CHECK(contains(refusal([] { phi(-1, 0); }), "k = -1"));
}
