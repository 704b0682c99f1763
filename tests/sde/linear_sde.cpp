#include "support/test.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

TEST_CASE("LinearSde: refusals name the time") {
  const Eigen::MatrixXd x = Eigen::MatrixXd::Ones(1, 1);
  const LinearSde vp{VariancePreserving{}};
  CHECK(contains(refusal([&] { vp.drift(x, 1.5); }), "time 1.5"));
  CHECK(contains(refusal([&] { vp.diffusion(0); }), "time 0", "rate of sigma is inf", "Forward{}"));
  CHECK(contains(refusal([&] { LinearSde{Cosine{}}.drift(x, 1); }), "alpha = 0"));
  const auto falling = [](double t) {
    return Level{.time = t, .alpha = 1, .sigma = 2 - t, .d_alpha = 0, .d_sigma = -1};
  };
  CHECK(contains(refusal([&] { LinearSde{falling}.diffusion(0.5); }), "g^2 = -3", "negative"));
  const auto bare = [](double t) { return Level{.time = t, .alpha = 1, .sigma = t}; };
  CHECK(contains(refusal([&] { LinearSde{bare}.drift(x, 0.5); }), "d_alpha is unknown"));
}
