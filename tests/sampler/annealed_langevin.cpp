#include "laws.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

TEST_CASE("Langevin rows: the formula, and the level's own law to first order of the step") {
  const Level t = SubVariancePreserving{}(0.4);
  const Row row = langevin_row(t, 0.02);
  CHECK(row.x == 1);
  CHECK(std::abs(row.eps[0] + 0.02 / t.sigma) < 1e-16);
  CHECK(std::abs(row.z * row.z - 0.04) < 1e-15);
  const auto data = obeys::gaussian_data(), law = data.marginal(t);
  double before = 1;
  for (const double snr : {0.2, 0.1, 0.05}) {
    const Table table(4000, Step{t, t, AnnealedLangevin{snr}.correction(t)});
    const double error = std::sqrt(frechet(push_forward(table, data, law), law));
    CHECK(error < 0.3 * before);
    before = error;
  }
  CHECK(before < 1e-3);
}

TEST_CASE("Langevin rows: refusals") {
  const Level t = VariancePreserving{}(0.4);
  CHECK(contains(refusal([&] { langevin_row(t, 0); }), "h = 0"));
  CHECK(contains(refusal([&] { langevin_row(t, std::numeric_limits<double>::infinity()); }), "h = inf"));
  CHECK(contains(refusal([&] { langevin_row(clean, 0.1); }), "no noise"));
  CHECK(contains(refusal([&] { AnnealedLangevin{-0.1}.correction(t); }), "snr = -0.1"));
}
