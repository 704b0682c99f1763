#include "support/test.hpp"

#include <unsupported/Eigen/CXX11/Tensor>

using namespace tweedie;

TEST_CASE("states are recognised and expressions are evaluated to them") {
  STATIC_REQUIRE(State<Eigen::MatrixXd>);
  STATIC_REQUIRE(State<Eigen::Array<float, 3, Eigen::Dynamic>>);
  STATIC_REQUIRE(State<Eigen::Tensor<float, 4>>);
  STATIC_REQUIRE(!State<Eigen::Block<Eigen::MatrixXd>>);
  STATIC_REQUIRE(!State<int>);
  STATIC_REQUIRE(std::is_same_v<Plain<decltype(std::declval<Eigen::ArrayXXd&>() * 2.0)>, Eigen::ArrayXXd>);
  STATIC_REQUIRE(std::is_same_v<Plain<Eigen::Map<const Eigen::VectorXf>>, Eigen::VectorXf>);
  using T = Eigen::Tensor<double, 3, Eigen::RowMajor>;
  STATIC_REQUIRE(std::is_same_v<Plain<decltype(std::declval<T&>() * 2.0 + std::declval<T&>())>, T>);
  STATIC_REQUIRE(std::is_same_v<Plain<Eigen::TensorMap<const T>>, T>);
}

TEST_CASE("columns are the samples, whatever type and memory order") {
  Eigen::MatrixXd m(2, 3);
  m << 1, 2, 3, 4, 5, 6;
  const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows = m;
  CHECK(columns(m) == m);
  CHECK(columns(rows) == m);
  CHECK(samples(rows) == 3);

  Eigen::Tensor<double, 3> t(2, 2, 3);
  Eigen::Tensor<double, 3, Eigen::RowMajor> r(2, 2, 3);
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 2; ++j)
      for (int k = 0; k < 3; ++k) t(i, j, k) = r(i, j, k) = 100 * i + 10 * j + k;
  CHECK(samples(t) == 3);
  CHECK(columns(t).rows() == 4);
  CHECK(columns(r).rows() == 4);
  for (int k = 0; k < 3; ++k) {
    CHECK(columns(t)(1, k) == 100 + k);  // the first index runs fastest
    CHECK(columns(r)(1, k) == 10 + k);   // the last before the sample does
  }
  columns(t)(0, 2) = 7;
  CHECK(t(0, 0, 2) == 7);
  CHECK(samples(Eigen::VectorXd(5)) == 1);
}

TEST_CASE("shapes are read, set and printed") {
  Eigen::Tensor<float, 4> t(28, 28, 1, 16);
  CHECK(to_string(shape(t)) == "28x28x1x16");
  reshape(t, {2, 3, 4, 5});
  CHECK(t.dimension(3) == 5);
  Eigen::MatrixXd m;
  reshape(m, {2, 3});
  CHECK(to_string(shape(m)) == "2x3");
  Eigen::Vector2d fixed;
  CHECK_NOTHROW(reshape(fixed, {2, 1}));
  CHECK(tests::contains(tests::refusal([&] { reshape(fixed, {3, 1}); }), "fixed size", "3x1"));
}

TEST_CASE("all_finite sees every NaN and infinity") {
  Eigen::ArrayXXf x = Eigen::ArrayXXf::Constant(7, 3, 1e38f);
  CHECK(all_finite(x));
  x(6, 2) = std::numeric_limits<float>::infinity();
  CHECK(!all_finite(x));
  x(6, 2) = std::nanf("");
  CHECK(!all_finite(x));
}
