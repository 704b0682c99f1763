#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;

namespace {
const Level t = VariancePreserving{}(0.3);
const MatrixXd x = MatrixXd{{0.3, -1.2, 2.0}, {0.1, 0.7, -0.4}};
using tests::contains;
}  // namespace

TEST_CASE("the law of denoisers holds for an exact model, in matrices of either scalar and tensors") {
  const Empirical<> data(MatrixXd{{0.5, -1, 0.2, 0.9}, {0, 1, -0.5, 0.3}});
  CHECK(laws::denoiser(data, x, t).empty());
  CHECK(laws::denoiser(data, 2 * x, t).empty());
  CHECK(laws::denoiser(Empirical<float>(data.points().cast<float>()), x.cast<float>(), t).empty());
}

TEST_CASE("a denoiser whose samples influence one another is found out, each sample named") {
  const auto centred = [](const MatrixXd& y, const Level&) -> MatrixXd { return y.colwise() - y.rowwise().mean(); };
  const laws::Broken broken = laws::denoiser(centred, x, t);
  REQUIRE(broken.size() == 3);
  CHECK(contains(broken[2], "sample 2", "batch of 3"));
}

TEST_CASE("so are one with a memory and one that is not finite") {
  double calls = 0;
  const auto remembers = [&calls](const MatrixXd& y, const Level&) -> MatrixXd { return y * ++calls; };
  CHECK(contains(laws::denoiser(remembers, x, t).at(0), "asked twice"));
  const auto infinite = [](const MatrixXd& y, const Level&) -> MatrixXd { return y / 0.; };
  CHECK(contains(laws::denoiser(infinite, x, t).at(0), "not finite"));
}

TEST_CASE("the law of denoisers needs two samples, and the denoiser's own refusal is passed on") {
  const auto half = [](const MatrixXd& y, const Level&) -> MatrixXd { return y / 2; };
  CHECK(contains(tests::refusal([&] { laws::denoiser(half, x.leftCols(1), t); }), "1 samples", "from two on"));
  const auto wrong = [](const MatrixXd& y, const Level&) -> MatrixXd { return y.topRows(1); };
  CHECK(contains(tests::refusal([&] { laws::denoiser(wrong, x, t); }), "1x3"));
}
