#include "laws.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

TEST_CASE("Forward: its rows have the marginals of the forward process") {
  for (const Grid& grid :
       {levels(VariancePreserving{}, uniform(5, 0, 1)), levels(SubVariancePreserving{}, uniform(3, 0, 1)),
        levels(VarianceExploding{}, uniform(4, 0, 1)), levels(RectifiedFlow{}, uniform(4, 0, 1)),
        levels(Cosine{}, uniform(4, 0, 1))}) {
    obeys::marginal_mean(tabulate(Forward{}, grid));
    obeys::marginal_variance(tabulate(Forward{}, grid));
  }
}

TEST_CASE("Forward: it reads no estimate, and ends at alpha = 0 in pure noise") {
  const auto never = [](const Eigen::MatrixXd& x, const Level&) -> Eigen::MatrixXd {
    FAIL("the denoiser was called");
    return x;
  };
  const Eigen::MatrixXd x0 = Eigen::MatrixXd::Constant(2, 3, 1e6);
  const Grid upward = levels(Cosine{}, {0.0, 0.5, 1.0});
  CHECK(sample(never, Forward{}, x0, upward, Normals{1}).cwiseAbs().maxCoeff() < 6);
}

TEST_CASE("transition: ends and refusals") {
  const VariancePreserving vp{};
  CHECK(transition(clean, vp(0.5)).a == vp(0.5).alpha);
  CHECK(transition(vp(0.5), vp(0.5)).variance == 0);
  CHECK(contains(refusal([&] { transition(vp(0.5), vp(0.2)); }), "less noise"));
  CHECK(contains(refusal([&] { transition(Cosine{}(1), Cosine{}(1)); }), "alpha = 0"));
  CHECK(contains(refusal([&] { transition(clean, clean); }), "sigma = 0"));
  CHECK(contains(refusal([&] { tabulate(Forward{}, levels(vp, uniform(3))); }), "row 0", "less noise"));
}
