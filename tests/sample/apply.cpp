#include "support/test.hpp"

using namespace tweedie;
using Eigen::ArrayXXd;

TEST_CASE("apply adds every term to the state, over blocks and their remainder") {
  for (const Eigen::Index n : {1, 1023, 1024, 1025, 5000}) {
    const ArrayXXd a = ArrayXXd::Random(1, n), b = ArrayXXd::Random(1, n), c = ArrayXXd::Random(1, n),
                   start = ArrayXXd::Random(1, n);
    Terms<ArrayXXd> none, one, three;
    one.add(2, a);
    three.add(2, a);
    three.add(-0.5, b);
    three.add(0.25, c);
    for (const double k : {0.0, 1.0, -3.0}) {
      ArrayXXd x = start;
      apply(k, x, none);
      CHECK(tests::largest_difference(x, ArrayXXd(k * start)) == 0);
      x = start;
      apply(k, x, one);
      CHECK(tests::largest_difference(x, ArrayXXd(k * start + 2 * a)) < 1e-15);
      x = start;
      apply(k, x, three);
      CHECK(tests::largest_difference(x, ArrayXXd(k * start + 2 * a - 0.5 * b + 0.25 * c)) < 1e-15);
    }
  }
}

TEST_CASE("coefficient 0 drops a state that is not finite") {
  ArrayXXd x = ArrayXXd::Constant(2, 2, std::numeric_limits<double>::infinity());
  const ArrayXXd a = ArrayXXd::Ones(2, 2);
  Terms<ArrayXXd> one;
  one.add(3, a);
  apply(0, x, one);
  CHECK(x(1, 1) == 3);
  x.setConstant(std::nan(""));
  apply(0, x, Terms<ArrayXXd>());
  CHECK(x(0, 0) == 0);
}
