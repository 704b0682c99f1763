#include <random>

#include "support/test.hpp"

using namespace tweedie;

TEST_CASE("chosen: the interval of u, and never what has no weight") {
  const Eigen::Vector4d weights(0, 0.25, 0.75, 0);
  CHECK(detail::chosen(weights, 0) == 1);
  CHECK(detail::chosen(weights, 0.2499) == 1);
  CHECK(detail::chosen(weights, 0.25) == 2);
  CHECK(detail::chosen(weights, 0.999) == 2);
  CHECK(detail::chosen(weights, 1) == 2);  // what rounding leaves over
}

TEST_CASE("uniforms: of an engine and of Normals they are uniform, and of Normals the sample's own") {
  std::mt19937_64 engine(1);
  Normals normals{3};
  const Eigen::Index n = 20000;
  for (const Eigen::ArrayXd& u : {detail::uniforms(engine, n, 0), detail::uniforms(normals, n, 0)}) {
    CHECK(u.minCoeff() >= 0);
    CHECK(u.maxCoeff() <= 1);
    for (const double level : {0.1, 0.5, 0.8})
      CHECK(std::abs(double((u < level).count()) - level * double(n)) <
            6.2 * std::sqrt(level * (1 - level) * double(n)));
  }
  CHECK((detail::uniforms(normals, 5, 100) == detail::uniforms(normals, 200, 0).segment(100, 5)).all());
}
