#include "support/test.hpp"

using namespace tweedie;

TEST_CASE("Numbers: doubles whatever the scalar of the state, under their usual names") {
  STATIC_REQUIRE(std::is_same_v<Numbers<Eigen::MatrixXf>, Eigen::ArrayXXd>);
  STATIC_REQUIRE(std::is_same_v<Numbers<Eigen::MatrixXd>, Eigen::ArrayXXd>);
  STATIC_REQUIRE(std::is_same_v<NumberOfEach<Eigen::ArrayXXf>, Eigen::VectorXd>);
}
