#include "laws.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

namespace {
const VariancePreserving vp{};
}

TEST_CASE("Consistency: to the estimate and up again, rows keep mean and variance") {
  const Row row = Consistency{}.row(vp(0.8), vp(0.5));
  CHECK(row.x == 0);
  CHECK(row.x0[0] == vp(0.5).alpha);
  CHECK(row.eps[0] == 0);
  CHECK(row.z == vp(0.5).sigma);
  for (const Grid& grid : {levels(vp, uniform(4)), levels(Cosine{}, uniform(4)), levels(RectifiedFlow{}, uniform(4)),
                           karras(EDM{}, 4, 80, 0.002), levels(vp, {1.0, 0.5, 0.5, 0.0})}) {
    obeys::marginal_mean(tabulate(Consistency{}, grid));
    obeys::marginal_variance(tabulate(Consistency{}, grid));
  }
}

TEST_CASE("Consistency: algorithm 1 of consistency models, by hand") {
  const double floor = 0.002, d = 0.5, t = 80, s = 0.6;
  const Consistency sampler{.floor = floor, .boundary = consistency_boundary(floor, d)};
  const Row row = sampler.row(EDM{}(t), EDM{}(s)), last = sampler.row(EDM{}(s), EDM{}(floor));
  // f(x, t) = c_skip(t) x + c_out(t) F,   x_s = f + √(s² − ε²) ζ
  CHECK(std::abs(row.x - d * d / ((t - floor) * (t - floor) + d * d)) < 1e-15);
  CHECK(std::abs(row.x0[0] - d * (t - floor) / std::sqrt(d * d + t * t)) < 1e-15);
  CHECK(std::abs(row.z - std::sqrt(s * s - floor * floor)) < 1e-15);
  CHECK(std::abs(last.x - d * d / ((s - floor) * (s - floor) + d * d)) < 1e-15);
  CHECK(last.z == 0);
  CHECK(sampler.row(EDM{}(s), karras(EDM{}, 4, 80, floor).back()).z == 0);  // the floor but for rounding
  CHECK(sampler.row(EDM{}(s), EDM{}(0)).z == 0);                            // below the floor
}

TEST_CASE("Consistency: latent consistency models, by hand") {
  const Discrete chain = Discrete::scaled_linear(1000, 0.00085, 0.012);
  const Level t = chain(800), s = chain(500);
  const double d = 0.5, scaled = 10 * 800;
  const Row row = Consistency{.boundary = latent_boundary()}.row(t, s);
  // denoised = c_out x̂₀ + c_skip x,   x_s = √ᾱ_s denoised + √(1 − ᾱ_s) ζ
  CHECK(std::abs(row.x - s.alpha * d * d / (scaled * scaled + d * d)) < 1e-15);
  CHECK(std::abs(row.x0[0] - s.alpha * scaled / std::sqrt(scaled * scaled + d * d)) < 1e-15);
  CHECK(std::abs(row.z - std::sqrt(1 - s.alpha * s.alpha)) < 1e-14);
}

TEST_CASE("Consistency: a boundary keeps the state where the flow ends") {
  const auto [skip, out] = consistency_boundary(0.002, 0.5)(EDM{}(0.002));
  CHECK(skip == 1);
  CHECK(out == 0);
  const auto [latent_skip, latent_out] = latent_boundary()(vp(0));
  CHECK(latent_skip == 1);
  CHECK(latent_out == 0);
  // In x/α: the same at levels of the same σ/α.
  const Level t = vp(0.5);
  CHECK(std::abs(consistency_boundary()(t).out - consistency_boundary()(EDM{}(t.sigma / t.alpha)).out) < 1e-15);
}

TEST_CASE("Consistency: a negative floor is refused") {
  CHECK(contains(refusal([] { Consistency{.floor = -0.1}.row(vp(0.8), vp(0.5)); }), "floor = -0.1"));
}
