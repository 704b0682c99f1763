// azula's posterior samplers, and diffusers' RePaint. Their Jacobians are taken by automatic differentiation backwards;
// ours is that of the exact model.

#include "azula.hpp"
#include "diffusers.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;

namespace {

DDIM ddim(const Case& c) {  // its eta is of the variance
  return {std::sqrt(c.args.number("eta", 0))};
}
LinearMeasurement measurement(const Case& c) {
  return {c.state("A").transpose(), c.state("y"), std::sqrt(c.has("var_y") ? c.number("var_y") : 0)};
}

/// Runs the sampler and compares all inputs of the denoiser, and the end.
template <class D, class S>
void check_run(const Case& c, const D& denoise, const S& sampler) {
  const tests::RecordedNoise recorded(c);
  std::int64_t draws = 0;
  std::vector<Batch> x{c.state("x_init")};
  sample(
      denoise, sampler, x.front(), tests::azula_grid(c), [&](Batch& z) { recorded(z, draws++, 0); },
      [&x](const Step&, const Batch& now, const Batch&) { x.push_back(now); });
  compare(c, "x", x, c.states("x"));
}

void check_azula(const Case& c) {
  const LinearMeasurement y = measurement(c);
  const auto product = covariance_product(c.mixture);
  if (c.id.starts_with("dps"))
    return check_run(c, c.mixture, DPS{DDIM{1}, y, product, c.args.number("zeta"), Coupling::batch});
  if (c.id.starts_with("pgdm")) return check_run(c, c.mixture, PseudoinverseGuidance{ddim(c), y, product});
  if (c.id.starts_with("tmpd")) return check_run(c, tmpd(c.mixture, y, product), ddim(c));
  if (c.id.starts_with("diffpir")) return check_run(c, diffpir(c.mixture, y, c.number("lmbda")), ddim(c));
  require(c.id.starts_with("mmps"), "no rule for ", c.id);
  const Solver solver = c.id.find("gmres") != c.id.npos ? Solver::gmres : Solver::conjugate_gradients;
  check_run(c, mmps(c.mixture, y, product, c.id.back() - '0', solver), ddim(c));
}

/// Each step is walked `iterations` times. Three draws each time: for the step, for the known part, for the way up, the
/// last time for nothing. We need one for both parts: they share no number.
void check_azula_repaint(const Case& c) {
  require(c.args.integer("iterations") == 2, "no rule for ", c.args.integer("iterations"), " iterations");
  const Batch mask = c.state("mask");
  const tests::RecordedNoise recorded(c);
  std::int64_t row = 0;  // down, up, down of each step
  const auto noise = [&](Batch& z) {
    const std::int64_t first = 6 * (row / 3);
    Batch known = z;
    recorded(z, row % 3 == 1 ? first + 2 : row % 3 == 0 ? first : first + 3, 0);
    if (row % 3 != 1) {
      recorded(known, row % 3 == 0 ? first + 1 : first + 4, 0);
      z = (mask.array() == 1).select(known, z);
    }
    ++row;
  };
  std::vector<Batch> x{c.state("x_init")};
  sample(c.mixture, Inpainting{ddim(c), mask, c.state("known"), 1, 2}, x.front(), tests::azula_grid(c), noise,
         [&](const Step&, const Batch& now, const Batch&) {
           if (row % 3 != 1) x.push_back(now);  // where the denoiser is asked next
         });
  compare(c, "x", x, c.states("x"));
}

/// The walk by hand, for the peer goes up in unit steps of its chain, and with the β of timesteps k, …, k + jump − 1
/// where those of the levels that the state passes are jump − 1 less.
void check_diffusers_repaint(const Case& c) {
  const Discrete chain = tests::diffusers::chain(c.args);
  const int stride = chain.steps() / c.object("set_timesteps").integer("num_inference_steps");
  const auto level = [&](int k) { return k < 0 ? clean : chain(k + 1); };
  Table walk;
  std::vector<bool> compared;
  const std::vector<double> timesteps = c.numbers("timesteps");
  double last = timesteps.front() + 1;
  for (const double t : timesteps) {
    const int k = int(t), before = int(last);
    if (t < last) {
      walk.push_back({level(k), level(k - stride), DDIM{c.args.number("eta")}.row(level(k), level(k - stride))});
      compared.push_back(true);
    } else {
      for (int j = before; j < before + stride; ++j) {
        walk.push_back({level(j - 1), level(j), Forward{}.row(level(j - 1), level(j))});
        compared.push_back(j + 1 == before + stride);
      }
    }
    last = t;
  }
  std::vector<Batch> x{c.states("x").front()};
  const tests::RecordedNoise recorded(c);
  std::size_t row = 0;
  Inpainting{DDIM{}, c.state("mask"), c.state("known")}.walk(
      c.mixture, walk, x.front(), [&](Batch& z, std::int64_t i) { recorded(z, i, 0); },
      [&](const Step&, const Batch& now, const Batch&) {
        if (compared[row++]) x.push_back(now);
        return true;
      });
  compare(c, "x", x, c.states("x"));
}

}  // namespace

TEST_CASE("Golden: diffusers' RePaint", "[golden]") {
  tests::check_family(
      "diffusers_extra",
      {{[](const Case& c) { return c.type != "RePaintScheduler"; }, "no inpainting: diffusers_pndm.cpp"}},
      check_diffusers_repaint);
}

TEST_CASE("Golden: azula's posterior samplers", "[golden]") {
  tests::check_family("azula",
                      {{[](const Case& c) { return !c.has("y") && !c.has("mask"); }, "no inverse problem: azula.cpp"}},
                      [](const Case& c) { c.has("mask") ? check_azula_repaint(c) : check_azula(c); });
}
