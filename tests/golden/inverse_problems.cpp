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
template <class S>
void check_run(const Case& c, const tests::Denoise& denoise, const S& sampler) {
  const Grid grid = tests::azula_grid(c);
  compare_azula_levels(c, grid);
  std::vector<Batch> x{c.state("x_init")};
  const tests::RecordedNoise noise = tests::recorded_in_order(c);
  const tests::Observer observer = [&x](const Step&, const Batch& now, const Batch&) {
    x.push_back(now);
    return true;
  };
  sample(denoise, sampler, x.front(), grid, noise, observer);
  compare(c, "x", x, c.states("x"));
}
/// DDIM with the denoiser of a posterior.
void check_denoiser_of(const Case& c, const tests::Denoise& denoise) {
  const Grid grid = tests::azula_grid(c);
  compare_azula_levels(c, grid);
  compare(c, "x", tests::states(denoise, tabulate(ddim(c), grid), c.state("x_init"), tests::recorded_in_order(c)),
          c.states("x"));
}

/// The id alone tells which of the methods that change the denoiser it is, and mmps its solver and iterations.
void check_azula(const Case& c) {
  const LinearMeasurement y = measurement(c);
  const auto product = covariance_product(c.mixture);
  if (c.type == "DPSSampler")
    return check_run(c, c.mixture, DPS{DDIM{1}, y, product, c.args.number("zeta", 1), Coupling::batch});
  if (c.type == "PGDMSampler") return check_run(c, c.mixture, PseudoinverseGuidance{ddim(c), y, product});
  require(c.type == "DDIMSampler", "no rule for ", c.type);
  if (c.id.starts_with("tmpd")) return check_denoiser_of(c, tmpd(c.mixture, y, product));
  if (c.id.starts_with("diffpir")) return check_denoiser_of(c, diffpir(c.mixture, y, c.number("lmbda")));
  const std::string gmres = "mmps_gmres_", conjugate = "mmps_cg_";
  require(c.id.starts_with(gmres) || c.id.starts_with(conjugate), "no rule for ", c.id);
  const bool with_gmres = c.id.starts_with(gmres);
  const int iterations = std::stoi(c.id.substr((with_gmres ? gmres : conjugate).size()));
  const Solver solver = with_gmres ? Solver::gmres : Solver::conjugate_gradients;
  check_denoiser_of(c, mmps(c.mixture, y, product, iterations, solver));
}

/// Each step is walked `iterations` times. Three draws each time: for the step, for the known part, for the way up, the
/// last time for nothing. We need one for both parts: they share no number.
void check_azula_repaint(const Case& c) {
  require(c.type == "RePaintSampler", "no rule for ", c.type);
  const Grid grid = tests::azula_grid(c);
  compare_azula_levels(c, grid);
  const Batch mask = c.state("mask");
  const int iterations = c.args.integer("iterations", 1);
  const tests::RecordedNoise recorded = tests::recorded_noise(c);
  std::int64_t row = 0;  // down, up, …, down of each step
  const std::int64_t rows = 2 * iterations - 1;
  const tests::RecordedNoise noise = [&](Batch& z, std::int64_t, std::int64_t) {
    const bool up = row % rows % 2 == 1;
    const std::int64_t first = 3 * (iterations * (row / rows) + row % rows / 2);
    recorded(z, up ? first + 2 : first, 0);
    if (!up) {
      Batch known = z;
      recorded(known, first + 1, 0);
      z = (mask.array() == 1).select(known, z);
    }
    ++row;
  };
  std::vector<Batch> x{c.state("x_init")};
  const tests::Observer observer = [&](const Step&, const Batch& now, const Batch&) {
    if ((row - 1) % rows % 2 == 1 || row % rows == 0) x.push_back(now);  // where the denoiser is asked next
    return true;
  };
  sample(tests::Denoise(c.mixture), Inpainting{ddim(c), mask, c.state("known"), 1, iterations}, x.front(), grid, noise,
         observer);
  compare(c, "x", x, c.states("x"));
}

/// The walk by hand, for the peer goes up in unit steps of its chain, and with the β of timesteps k, …, k + jump − 1
/// where those of the levels that the state passes are jump − 1 less.
void check_diffusers_repaint(const Case& c) {
  const tests::Reference set = c.object("set_timesteps");
  const Discrete chain = tests::diffusers::chain(c.args);
  const int stride = chain.steps() / set.integer("num_inference_steps");
  set.settled({"jump_length", "jump_n_sample"});  // by the list of timesteps
  require(!c.args.flag("clip_sample", true), "no rule for clip_sample = true");
  const double eta = c.args.number("eta", 0);
  const auto level = [&](int k) { return k < 0 ? clean : chain(k + 1); };
  Table walk;
  std::vector<bool> compared;
  const std::vector<double> timesteps = c.numbers("timesteps");
  double last = timesteps.front() + 1;
  for (const double t : timesteps) {
    const int k = int(t), before = int(last);
    if (t < last) {
      walk.push_back({level(k), level(k - stride), DDIM{eta}.row(level(k), level(k - stride))});
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
  const tests::RecordedNoise recorded = tests::recorded_noise(c);
  std::size_t row = 0;
  Inpainting{DDIM{}, c.state("mask"), c.state("known")}.walk(
      tests::Denoise(c.mixture), walk, x.front(), [&](Batch& z, std::int64_t i) { recorded(z, i, 0); },
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
