#include "laws.hpp"

using namespace tweedie;

TEST_CASE("DDIM obeys the laws of a sampler on every process, for every eta") {
  for (const Grid& grid : {levels(VariancePreserving{}, uniform(20)), levels(Cosine{}, uniform(20)),
                           levels(VarianceExploding{}, uniform(20)), levels(RectifiedFlow{}, uniform(20)),
                           levels(SubVariancePreserving{}, uniform(20))})
    for (const double eta : {0.0, 0.5, 1.0}) {
      obeys::marginal_mean(tabulate(DDIM{eta}, grid));
      obeys::marginal_variance(tabulate(DDIM{eta}, grid));
    }
}

TEST_CASE("DDIM of eta = 1 is DDPM") {
  const Grid grid = levels(VariancePreserving{}, uniform(20));
  const Table ddim = tabulate(DDIM{1}, grid), ddpm = tabulate(DDPM{}, grid);
  for (std::size_t i = 0; i < ddim.size(); ++i) {
    const Row a = eliminated(ddim[i].row, grid[i]), b = ddpm[i].row;
    CHECK(std::abs(a.x - b.x) < 1e-13);
    CHECK(std::abs(a.x0[0] - b.x0[0]) < 1e-13);
    CHECK(std::abs(a.z - b.z) < 1e-15);
  }
}

TEST_CASE("DDIM converges at order 1: the error halves within 5 % from 160 to 320 steps") {
  for (const int n : {80, 160})
    CHECK(std::abs(obeys::observed_order(DDIM{}, VariancePreserving{}, n) - 1) < std::log2(1 / 0.95));
  CHECK(std::abs(obeys::observed_order(DDIM{}, VarianceExploding{}, 320) - 1) < std::log2(1 / 0.95));
}

TEST_CASE("DDIM ends at the estimate and walks upward from any noise") {
  const Row last = DDIM{}.row(VariancePreserving{}(0.1), clean);
  CHECK(last.x0[0] == 1);
  CHECK(last.eps[0] == 0);
  const Row up = DDIM{}.row(EDM{}(1), EDM{}(2));
  CHECK(up.x0[0] == 1);
  CHECK(up.eps[0] == 2);
}

TEST_CASE("DDIM refuses") {
  CHECK(tests::contains(tests::refusal([] { DDIM{-0.5}.row(EDM{}(2), EDM{}(1)); }), "eta = -0.5", "not be negative"));
  CHECK(tests::contains(tests::refusal([] { DDIM{3}.row(EDM{}(2), EDM{}(1)); }), "eta = 3", "has only 1"));
  CHECK(tests::contains(tests::refusal([] { DDIM{1}.row(EDM{}(1), EDM{}(2)); }), "less noise only"));
  CHECK(tests::contains(tests::refusal([] { tabulate(DDIM{}, levels(EDM{}, {0, 1})); }), "row 0", "sigma = 0"));
  CHECK_NOTHROW(DDIM{2 / std::sqrt(3.)}.row(EDM{}(2), EDM{}(1)));  // the largest admissible: σ_t/b_{t|s}
}
