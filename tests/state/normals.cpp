#include "support/test.hpp"

#include <unsupported/Eigen/CXX11/Tensor>

using namespace tweedie;

TEST_CASE("sample i of row k has the same noise whatever the batch") {
  for (const int d : {1, 2, 3, 7, 64, 401}) {
    Eigen::MatrixXd all(d, 300);
    Normals{9}(all, 5);
    for (const int first : {0, 17, 299}) {
      Eigen::MatrixXd part(d, std::min(13, 300 - first));
      Normals{9}(part, 5, first);
      CHECK(tests::largest_difference(part, all.middleCols(first, part.cols()).eval()) == 0);
    }
  }
}

TEST_CASE("the noise does not depend on type, memory order or scalar") {
  Eigen::MatrixXd matrix(12, 10);
  Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic> floats(12, 10);
  Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows(12, 10);
  Eigen::Tensor<double, 3> tensor(3, 4, 10);
  Normals{1}(matrix, 2);
  Normals{1}(floats, 2);
  Normals{1}(rows, 2);
  Normals{1}(tensor, 2);
  CHECK(rows == matrix);
  CHECK(floats.matrix() == matrix.cast<float>());
  CHECK(columns(tensor) == matrix);
}

TEST_CASE("seed, row, sample and coordinate are all part of the address") {
  Eigen::MatrixXd a(4, 4), b(4, 4);
  Normals{1}(a, 0);
  const auto differ_everywhere = [&] { return ((a - b).array().abs() > 0).all(); };
  Normals{2}(b, 0);
  CHECK(differ_everywhere());
  Normals{1 + (std::uint64_t{1} << 32)}(b, 0);
  CHECK(differ_everywhere());
  Normals{1}(b, 1);
  CHECK(differ_everywhere());
  Normals{1}(b, -1);
  CHECK(differ_everywhere());
  Normals{1}(b, 0, std::int64_t{1} << 32);
  CHECK(differ_everywhere());
  CHECK(a.col(0) != a.col(1));
  CHECK(a(0, 0) != a(1, 0));
}

TEST_CASE("prior, noised and the draws of a Gaussian do not share their noise") {
  const Gaussian<> data(Eigen::Vector2d(0, 0), Covariance<>::isotropic(2, 1));
  const Eigen::MatrixXd drawn = data.draw(3, Normals{7}), start = prior(EDM{}(2), {2, 3}, Normals{7}) / 2;
  const Eigen::MatrixXd added = noised(Eigen::MatrixXd(Eigen::MatrixXd::Zero(2, 3)), EDM{}(1), Normals{7});
  CHECK(((drawn - start).array() != 0).all());
  CHECK(((drawn - added).array() != 0).all());
  CHECK(((start - added).array() != 0).all());
}

TEST_CASE("the first normals are the quantiles of Philox words at their counter") {
  Eigen::MatrixXd z(3, 2);
  Normals{0x500000007}(z, 6, 8);
  const auto words = philox({1, 6, 9, 0x80000000u}, {7, 5});  // coordinates 2 and 3 of sample 9 in row 6
  Eigen::Array<double, 8, 1> q =
      Eigen::Array<double, 8, 1>::Constant(centred_uniform(std::uint64_t{words[1]} << 32 | words[0]));
  CHECK(z(2, 1) == normal_quantile<8>(q)[0]);
}

TEST_CASE("normals have the moments and the independence of normals") {
  const Eigen::Index n = 200000;
  Eigen::MatrixXd z(3, n);
  Normals{3}(z, 0);
  const double limit = 6.2 / std::sqrt(double(n));  // 6.2 standard errors: a false alarm in 1e9
  for (int i = 0; i < 3; ++i) {
    CHECK(std::abs(z.row(i).mean()) < limit);
    CHECK(std::abs(z.row(i).array().square().mean() - 1) < limit * std::sqrt(2.));
    CHECK(std::abs(z.row(i).array().cube().mean()) < limit * std::sqrt(15.));
    CHECK(std::abs(z.row(i).array().pow(4).mean() - 3) < limit * std::sqrt(96.));
    CHECK(std::abs(z.row(i).dot(z.row((i + 1) % 3)) / double(n)) < limit);
    CHECK(std::abs(z.row(i).head(n - 1).dot(z.row(i).tail(n - 1)) / double(n)) < limit);
  }
}
