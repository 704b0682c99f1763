#include <random>

#include "support/test.hpp"

using namespace tweedie;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {

/// dx = −x dt + c dw
struct Decay {
  double c = 0;
  template <class X>
  X drift(const X& x, double) const {
    X out = x;
    flat(out) = -flat(x);
    return out;
  }
  double diffusion(double) const { return c; }
};
const std::vector<double> thousand = uniform(1000, 0, 1);

}  // namespace

TEST_CASE("simulate: without noise it is Euler's rule, forward and backward in time") {
  const Eigen::MatrixXd x = Eigen::MatrixXd::Random(2, 3);
  const Eigen::MatrixXd end = simulate(Decay{}, x, {0.0, 0.25, 0.75, 1.0}, Normals{1});
  CHECK(largest_difference(end, 0.75 * 0.5 * 0.75 * x) < 1e-15);
  const Eigen::MatrixXd back = simulate(Decay{}, x, {1.0, 0.5, 0.0}, Normals{1});
  CHECK(largest_difference(back, 1.5 * 1.5 * x) < 1e-15);
}

TEST_CASE("simulate: the noise of a step is that of its row, whichever form the diffusion has") {
  struct Number {
    Eigen::MatrixXd drift(const Eigen::MatrixXd& x, double) const { return -x; }
    double diffusion(double) const { return 0.3; }
  };
  struct OfStateOnly {
    Eigen::MatrixXd drift(const Eigen::MatrixXd& x, double) const { return -x; }
    Eigen::MatrixXd diffusion(const Eigen::MatrixXd& x, double) const {
      return Eigen::MatrixXd::Constant(x.rows(), x.cols(), 0.3);
    }
  };
  const Eigen::MatrixXd x = Eigen::MatrixXd::Random(2, 3);
  Eigen::MatrixXd z0 = x, z1 = x;
  Normals{7}(z0, 0), Normals{7}(z1, 1);
  const Eigen::MatrixXd one = 0.75 * x + 0.15 * z0, expected = 0.75 * one + 0.15 * z1;
  CHECK(largest_difference(simulate(Number{}, x, {0.0, 0.25, 0.5}, Normals{7}), expected) < 1e-15);
  CHECK(largest_difference(simulate(OfStateOnly{}, x, {0.0, 0.25, 0.5}, Normals{7}), expected) < 1e-15);
}

TEST_CASE("simulate: a vector is one deviation for each coordinate") {
  struct Pendulum {  // angle and velocity, noise on the velocity
    Eigen::MatrixXd drift(const Eigen::MatrixXd& x, double) const {
      Eigen::MatrixXd f = x;
      f.row(0) = x.row(1), f.row(1) = -x.row(0).array().sin();
      return f;
    }
    Eigen::Vector2d diffusion(double) const { return {0, 0.5}; }
  };
  for (const Eigen::Index n : {1, 2, 3}) {
    const Eigen::MatrixXd x = Eigen::MatrixXd::Random(2, n);
    Eigen::MatrixXd z = x;
    Normals{7}(z, 0);
    z.row(0).setZero();
    const Eigen::MatrixXd expected = x + 0.25 * Pendulum{}.drift(x, 0) + 0.5 * 0.5 * z;
    CHECK(largest_difference(simulate(Pendulum{}, x, {0.0, 0.25}, Normals{7}), expected) < 1e-15);
  }
  CHECK(contains(refusal([] {
                   simulate(Pendulum{}, Eigen::MatrixXd::Ones(3, 2), {0.0, 1.0}, Normals{1});
                 }),
                 "2 entries", "dimension 3"));
}

TEST_CASE("simulate: arrays, floats and engines") {
  std::mt19937 engine(3);
  const Eigen::ArrayXXf y = Eigen::ArrayXXf::Ones(2, 2);
  CHECK((simulate(Decay{}, y, thousand, engine) - std::exp(-1.0f)).abs().maxCoeff() < 1e-3f);
}

TEST_CASE("simulate: an observer sees each step and may stop") {
  std::vector<double> seen;
  const Eigen::MatrixXd x = Eigen::MatrixXd::Ones(1, 1);
  const auto end = simulate(Decay{}, x, {0.0, 0.5, 1.0}, Normals{1}, [&](double t, const Eigen::MatrixXd& now) {
    seen.push_back(t);
    return now(0, 0) > 0.6;
  });
  CHECK(seen == std::vector<double>{0.5});
  CHECK(end(0, 0) == 0.5);
  simulate(Decay{}, x, {0.0, 0.5, 1.0}, Normals{1}, [&](double t, const Eigen::MatrixXd&) { seen.push_back(t); });
  CHECK(seen.size() == 3);
}

TEST_CASE("simulate: refusals name the value and the rule") {
  const Eigen::MatrixXd x = Eigen::MatrixXd::Ones(1, 1);
  CHECK(contains(refusal([&] { simulate(Decay{}, x, {1.0}, Normals{1}); }), "1 times"));
  CHECK(contains(refusal([&] { simulate(Decay{}, x, {0.0, 1.0, 0.5}, Normals{1}); }), "time 2 is 0.5 after 1"));
  CHECK(contains(refusal([&] { simulate(Decay{}, x, {0.0, 0.0}, Normals{1}); }), "time 1 is 0 after 0"));
  CHECK(contains(refusal([&] { simulate(Decay{}, x, {0.0, std::nan("")}, Normals{1}); }), "time 1 is nan"));
  CHECK(contains(refusal([&] { simulate(Decay{}, Eigen::MatrixXd(0, 0), {0.0, 1.0}, Normals{1}); }), "empty"));
  struct Wide {
    Eigen::MatrixXd drift(const Eigen::MatrixXd&, double) const { return Eigen::MatrixXd::Zero(2, 2); }
    double diffusion(double) const { return 1; }
  };
  CHECK(contains(refusal([&] { simulate(Wide{}, x, {0.0, 1.0}, Normals{1}); }), "2x2", "1x1"));
  struct Explosive {
    Eigen::MatrixXd drift(const Eigen::MatrixXd& y, double) const { return y.array().pow(9) * 1e200; }
    double diffusion(double) const { return 0; }
  };
  CHECK(contains(refusal<std::domain_error>([&] {
                   simulate(Explosive{}, x, {0.0, 1.0, 2.0}, Normals{1});
                 }),
                 "time 1 to 2", "not finite"));
}
