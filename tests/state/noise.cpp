#include "support/test.hpp"

#include <random>

using namespace tweedie;

TEST_CASE("an engine fills a state sample by sample, whatever its memory order") {
  Eigen::MatrixXd columns_first(5, 40);
  Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows_first(5, 40);
  std::mt19937_64 a(3), b(3);
  draw(a, columns_first, 0);
  draw(b, rows_first, 0);
  CHECK(rows_first == columns_first.cast<float>());
  CHECK(a == b);
  Eigen::Array<double, 8, 1> q = Eigen::Array<double, 8, 1>::Constant(centred_uniform(std::mt19937_64(3)()));
  CHECK(columns_first(0, 0) == normal_quantile<8>(q)[0]);
}

TEST_CASE("64 bits come from engines of any range") {
  std::mt19937 narrow(5), twin(5);
  const std::uint64_t low = twin(), high = twin();
  CHECK(detail::word(narrow) == (high << 32 | low));
  std::mt19937_64 wide(5);
  CHECK(detail::word(wide) == std::mt19937_64(5)());
  std::minstd_rand odd(5);  // 2^31 − 2 values: 30 bits at a time
  Eigen::MatrixXd z(1, 100000);
  draw(odd, z, 0);
  CHECK(std::abs(z.mean()) < 6.2 / std::sqrt(1e5));
  CHECK(std::abs(z.squaredNorm() / 1e5 - 1) < 6.2 * std::sqrt(2 / 1e5));
}

TEST_CASE("a callable is given the state, or the state and its address") {
  Eigen::MatrixXd z(2, 2);
  auto plain = [](Eigen::MatrixXd& state) { state.setConstant(7); };
  draw(plain, z, 3, 4);
  CHECK(z(1, 1) == 7);
  auto addressed = [](Eigen::MatrixXd& state, std::int64_t row, std::int64_t column) {
    state.setConstant(double(10 * row + column));
  };
  draw(addressed, z, 3, 4);
  CHECK(z(0, 1) == 34);
  NoNoise none;
  CHECK(tests::contains(tests::refusal([&] { draw(none, z, 3); }), "row 3", "pass a random engine"));
}
