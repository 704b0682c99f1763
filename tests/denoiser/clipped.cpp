#include <cstring>
#include <thread>

#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;

namespace {
const auto same = [](const MatrixXd& x, const Level&) -> MatrixXd { return x; };
}

TEST_CASE("clipped holds every number to the range") {
  MatrixXd x(1, 5);
  x << -3, -1, 0.5, 2, 9;
  MatrixXd expected(1, 5);
  expected << -1, -1, 0.5, 2, 2;
  CHECK(clipped(same, -1, 2)(x, clean) == expected);
  x(0, 2) = std::nan("");
  CHECK(std::isnan(clipped(same, -1, 2)(x, clean)(0, 2)));
  CHECK(tests::contains(tests::refusal([] { clipped(same, 1, 1); }), "lo = 1", "hi = 1"));
}

TEST_CASE("thresholded clips each sample at its own quantile and scales it back") {
  MatrixXd x(5, 2);
  x << 0, 0.1, -1, 0.2, 2, 0.3, -3, 0.4, 4, -0.5;
  // Sample 0: |x| = 0 1 2 3 4, quantile 0.9 at position 3.6 is 3.6. Sample 1 is within the range and stays.
  const MatrixXd y = thresholded(same, 0.9)(x, clean);
  MatrixXd expected = x;
  expected.col(0) << 0, -1 / 3.6, 2 / 3.6, -3 / 3.6, 1;
  CHECK(tests::largest_difference(y, expected) < 1e-15);
  // At most 1.5: clipped there, scaled by 1/1.5. A range of 2 keeps the scale of 2.
  CHECK(std::abs(thresholded(same, 0.9, 1, 1.5)(x, clean)(2, 0) - 1) < 1e-15);
  CHECK(std::abs(thresholded(same, 0.9, 2)(x, clean)(2, 0) - 2 * 2 / 3.6) < 1e-15);
  CHECK(thresholded(same, 1)(x, clean)(4, 0) == 1);
}

TEST_CASE("thresholding one sample does not depend on its batch mates") {
  const MatrixXd x = 3 * MatrixXd::Random(7, 6);
  const auto denoise = thresholded(same, 0.8);
  CHECK(denoise(x, clean).col(4) == denoise(MatrixXd(x.col(4)), clean));
}

TEST_CASE("clipped denoisers compose with networks and refuse what those refuse") {
  const auto net = network(Prediction::eps, same);
  const Level t{.time = 1, .alpha = 0, .sigma = 1};
  CHECK(tests::contains(tests::refusal([&] { check_denoiser(clipped(thresholded(net, 0.9), -1, 1), t); }),
                        "eps prediction"));
  CHECK(tests::contains(tests::refusal([] { thresholded(same, 1.5); }), "quantile = 1.5"));
  CHECK(tests::contains(tests::refusal([] { thresholded(same, 0.5, 2, 1); }), "range <= largest", "2", "1"));
}

TEST_CASE("clipped gives bit for bit what two comparisons give, whatever the number and the length") {
  const auto check = [](auto zero, double lo, double hi) {
    using Scalar = decltype(zero);
    using Array = Eigen::Array<Scalar, Eigen::Dynamic, 1>;
    constexpr Scalar infinite = std::numeric_limits<Scalar>::infinity(),
                     tiny = std::numeric_limits<Scalar>::denorm_min();
    const std::vector<Scalar> numbers{zero, -zero, 1,        -1,        Scalar(lo), Scalar(hi),
                                      tiny, -tiny, infinite, -infinite, 3,          -7};
    for (Eigen::Index n = 1; n < 40; ++n) {  // packets and what is left of them
      Array x(n);
      for (Eigen::Index i = 0; i < n; ++i) x[i] = numbers[std::size_t(i * 5 + n) % numbers.size()];
      if (n > 3) x[n / 2] = std::numeric_limits<Scalar>::quiet_NaN();
      const Array y = clipped([](const Array& at, const Level&) -> Array { return at; }, lo, hi)(x, clean);
      bool same = true;
      for (Eigen::Index i = 0; i < n; ++i) {
        const Scalar right = x[i] < Scalar(lo) ? Scalar(lo) : x[i] > Scalar(hi) ? Scalar(hi) : x[i];
        same = same && std::memcmp(&right, &y[i], sizeof(Scalar) < 16 ? sizeof(Scalar) : 10) == 0;
      }
      CHECK(same);
    }
  };
  for (const double lo : {-1.0, 0.0}) {
    check(0.0, lo, 2);
    check(0.0f, lo, 2);
    check(0.0L, lo, 2);
  }
}

TEST_CASE("thresholding serves several threads at once") {
  const auto denoise = thresholded(same, 0.8);
  std::vector<MatrixXd> x, y(4);
  for (Eigen::Index i = 0; i < 4; ++i) x.push_back(3 * MatrixXd::Random(50 + 7 * i, 40));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 4; ++i) threads.emplace_back([&, i] { y[i] = denoise(x[i], clean); });
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < 4; ++i) CHECK(y[i] == denoise(x[i], clean));
}
