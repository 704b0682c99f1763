// diffusers' training schedules, the timesteps of its samplers and their spacings in σ. What it calls sigma is σ/α.
//   DDPM, DDIM and PNDM take the spacings as they stand; the multistep solvers take those of n + 1 steps and drop the last; the
//   k-samplers leave "linspace" unrounded. The mid-stages of PNDM, Heun and KDPM2 are entries of the list.
//   Between integer timesteps the peer takes σ/α linear in the timestep, and a timestep linear in ln(σ/α). Neither is a
//   schedule of this library, where ln α is linear in between (`Discrete`): both are written out below, on our levels.
//   Sigmas by Beta quantiles (use_beta_sigmas) are no grid of this library. Of these cases the timesteps are compared, computed
//   from the peer's own sigmas.

#include "diffusers.hpp"

using namespace tweedie;
using tests::Case;

namespace {

using Numbers = std::vector<double>;

enum class Family {
  plain,
  multistep,
  k
};
Family family(const Case& c) {
  const auto is = [&c](std::initializer_list<const char*> names) {
    return std::any_of(names.begin(), names.end(), [&c](const char* name) { return c.type == name; });
  };
  if (is({"DDPMScheduler", "DDIMScheduler", "PNDMScheduler"})) return Family::plain;
  if (is({"DPMSolverMultistepScheduler", "UniPCMultistepScheduler", "DEISMultistepScheduler"}))
    return Family::multistep;
  if (is({"EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler", "HeunDiscreteScheduler", "LMSDiscreteScheduler",
          "KDPM2DiscreteScheduler"}))
    return Family::k;
  throw std::invalid_argument("no rule for " + c.type);
}
std::string spacing(const Case& c) {
  return c.args.text("timestep_spacing", family(c) == Family::plain ? "leading" : "linspace");
}

/// The chain with the defaults of the class. Where α_T = 0, the samplers that divide by it put ᾱ_T = 2⁻²⁴ in its place.
Discrete chain(const Case& c) {
  const bool stable_diffusion = c.type == "HeunDiscreteScheduler" || c.type == "KDPM2DiscreteScheduler";
  const Discrete schedule =
      stable_diffusion ? tests::diffusers::chain(c.args, 0.00085, 0.012) : tests::diffusers::chain(c.args);
  if (family(c) == Family::plain || schedule(schedule.steps()).alpha > 0) return schedule;
  Numbers bars;
  for (int n = 1; n <= schedule.steps(); ++n) bars.push_back(std::pow(schedule(n).alpha, 2));
  bars.back() = std::ldexp(1, -24);
  return Discrete::from_alpha_bars(bars);
}

double sigma_of(const Level& t) {
  return std::exp(-lambda(t));
}
/// σ/α at timestep k, linear between integers.
double sigma_at(const Discrete& schedule, double k) {
  const double below = std::floor(k), part = k - below, low = sigma_of(schedule(below + 1));
  return part == 0 ? low : low + part * (sigma_of(schedule(below + 2)) - low);
}
/// The timestep of σ/α, linear in its logarithm between integers and held to the chain.
double timestep_of(const Discrete& schedule, double sigma) {
  int n = 1;
  while (n + 2 <= schedule.steps() && -lambda(schedule(n + 1)) <= std::log(sigma)) ++n;
  const double low = -lambda(schedule(n)), high = -lambda(schedule(n + 1));
  return n - 1 + std::clamp((std::log(sigma) - low) / (high - low), 0.0, 1.0);
}

/// The timesteps at which a step begins.
Numbers step_timesteps(const Case& c, int T) {
  const int n = c.integer("n"), offset = c.args.integer("steps_offset", 0);
  const std::string name = spacing(c);
  if (family(c) == Family::multistep && name != "trailing") {
    Numbers list = tests::diffusers::timesteps(tests::diffusers::times(name, n + 1, T, offset));
    list.pop_back();
    return list;
  }
  if (family(c) == Family::k && name == "linspace") {
    Numbers list = n == 1 ? Numbers{1} : uniform(n - 1, T, 1);
    for (double& time : list) time -= 1;
    return list;
  }
  return tests::diffusers::timesteps(tests::diffusers::times(name, n, T, offset));
}

/// All but the first and, unless the list is of beginnings, the last come twice: as the end of a step and the beginning
/// of the next.
Numbers heun_stages(const Numbers& list, bool last_twice) {
  Numbers stages{list.front()};
  for (std::size_t i = 1; i < list.size(); ++i)
    stages.insert(stages.end(), i + 1 < list.size() || last_twice ? 2 : 1, list[i]);
  return stages;
}

/// Each step, then its mid-stage at the geometric mean of the two sigmas.
Numbers kdpm2_stages(const Discrete& schedule, const Numbers& list) {
  Numbers stages{list.front()};
  for (std::size_t i = 1; i < list.size(); ++i) {
    const double product = sigma_at(schedule, list[i - 1]) * sigma_at(schedule, list[i]);
    stages.push_back(timestep_of(schedule, std::sqrt(product)));
    stages.push_back(list[i]);
  }
  return stages;
}

/// Three Runge-Kutta steps, each with its middle and its end twice, then one evaluation a step.
Numbers pndm_stages(const Case& c, const Numbers& list, int T) {
  if (c.args.flag("skip_prk_steps", false)) {  // the second of the list is visited twice
    Numbers stages = list;
    stages.insert(stages.begin() + 1, list.at(1));
    return stages;
  }
  const int half = T / c.integer("n") / 2;
  Numbers stages{list.front()};
  for (std::size_t i = 1; i <= 3; ++i) {
    const double middle = list.at(i) + half;
    stages.insert(stages.end(), {middle, middle, list[i], list[i]});
  }
  stages.insert(stages.end(), list.begin() + 4, list.end());
  return stages;
}

void check_betas(const Case& c) {
  const Discrete schedule = tests::diffusers::chain(c.args);
  Numbers index, betas, bars;
  if (c.has("index"))
    index = c.numbers("index");
  else
    for (int k = 0; k < schedule.steps(); ++k) index.push_back(k);
  for (const double k : index) {
    const Level level = schedule(k + 1);
    betas.push_back(forward_variance(level, schedule(k)));
    bars.push_back(level.alpha * level.alpha);
  }
  compare(c, "betas", betas, c.numbers("betas"));
  compare(c, "alphas_cumprod", bars, c.numbers("alphas_cumprod"));
}

void check_alpha_bar(const Case& c) {
  const int T = c.args.integer("num_diffusion_timesteps");
  const double max_beta = c.args.number("max_beta", 0.999);
  const std::string name = c.args.choice("alpha_transform_type", "cosine", {"cosine", "exp", "laplace"});
  const Discrete schedule = name == "cosine" ? Discrete::cosine(T, 0.008, max_beta)
                            : name == "exp"  ? Discrete::exponential(T, max_beta)
                                             : Discrete::laplace(T, max_beta);
  Numbers betas;
  for (int n = 1; n <= T; ++n) betas.push_back(forward_variance(schedule(n), schedule(n - 1)));
  compare(c, "betas", betas, c.numbers("betas"));
}

void check_timesteps(const Case& c) {
  const Discrete schedule = chain(c);
  Numbers ours = step_timesteps(c, schedule.steps());
  if (c.type == "HeunDiscreteScheduler") ours = heun_stages(ours, true);
  if (c.type == "KDPM2DiscreteScheduler") ours = kdpm2_stages(schedule, ours);
  if (c.type == "PNDMScheduler") ours = pndm_stages(c, ours, schedule.steps());
  compare(c, "timesteps", ours, c.numbers("timesteps"));
}

/// The n sigmas before the one that is appended; from ours where there is such a grid.
Numbers spaced_sigmas(const Case& c, const Discrete& schedule, const Numbers& theirs) {
  const int n = c.integer("n");
  c.args.settled({"use_karras_sigmas", "use_exponential_sigmas", "use_lu_lambdas", "use_beta_sigmas"});  // one is true
  const Numbers starts = step_timesteps(c, schedule.steps());
  const bool whole = family(c) == Family::multistep;  // the range of the chain, not of the timesteps
  const double from = c.args.number("sigma_max", sigma_at(schedule, whole ? schedule.steps() - 1 : starts.front()));
  const double to = c.args.number("sigma_min", sigma_at(schedule, whole ? 0 : starts.back()));
  Grid grid;
  if (c.args.flag("use_karras_sigmas", false))
    grid = karras(schedule, n - 1, from, to);
  else if (c.args.flag("use_exponential_sigmas", false))
    grid = exponential(schedule, n - 1, from, to);
  else if (c.args.flag("use_lu_lambdas", false))
    grid = uniform_lambda(schedule, n - 1, -std::log(from), -std::log(to));
  Numbers sigmas;
  for (const Level& t : grid) sigmas.push_back(sigma_of(t));
  if (c.args.flag("use_beta_sigmas", false)) {
    const std::size_t repeat = c.type == "HeunDiscreteScheduler" ? 2 : 1;  // theirs: see above
    for (std::size_t i = 0; i < std::size_t(n); ++i) sigmas.push_back(theirs.at(i == 0 ? 0 : repeat * i));
  }
  require(!sigmas.empty(), "no rule for its sigmas");
  return sigmas;
}

void check_sigmas(const Case& c) {
  const Discrete schedule = chain(c);
  const Numbers theirs = c.numbers("sigmas");
  Numbers sigmas = spaced_sigmas(c, schedule, theirs), timesteps;
  const double largest = *std::max_element(sigmas.begin(), sigmas.end());

  // The multistep solvers name integers: karras and Lu rounded (DPM-Solver's cosine chain apart), the others cut.
  const bool rounded =
      (c.args.flag("use_karras_sigmas", false) || c.args.flag("use_lu_lambdas", false)) &&
      !(c.type == "DPMSolverMultistepScheduler" && c.args.text("beta_schedule", "linear") == "squaredcos_cap_v2");
  for (const double sigma : sigmas) {
    const double k = timestep_of(schedule, sigma);
    timesteps.push_back(family(c) == Family::k ? k : rounded ? std::nearbyint(k) : std::floor(k + 1e-9));
  }
  // DEIS, and UniPC that ends at sigma_min, repeat the last; the others end at the chain's own.
  const std::string final_type = c.args.choice("final_sigmas_type", "zero", {"zero", "sigma_min"});
  const bool repeats = c.type == "DEISMultistepScheduler" || c.type == "UniPCMultistepScheduler";
  if (final_type == "zero" && c.type != "DEISMultistepScheduler")
    sigmas.push_back(0);
  else
    sigmas.push_back(repeats ? sigmas.back() : sigma_of(schedule(1)));
  if (c.type == "HeunDiscreteScheduler") {
    sigmas = heun_stages(sigmas, false);
    timesteps = heun_stages(timesteps, true);
  }
  compare(c, "sigmas", sigmas, theirs);
  compare(c, "timesteps", timesteps, c.numbers("timesteps"));

  // The standard deviation of the peer's start: 1 for x = αx₀ + σε; for x = x₀ + (σ/α)ε the marginal's of unit data, or
  // less its data.
  const double start = family(c) != Family::k ? 1 : spacing(c) == "leading" ? std::hypot(largest, 1) : largest;
  compare(c, "init_noise_sigma", start, c.number("init_noise_sigma"));
}

void check(const Case& c) {
  if (c.type == "betas_for_alpha_bar") return check_alpha_bar(c);
  if (c.has("betas")) return check_betas(c);
  if (c.has("sigmas")) return check_sigmas(c);
  if (c.has("timesteps")) return check_timesteps(c);
  throw std::invalid_argument("no rule for " + c.type);
}

}  // namespace

TEST_CASE("Golden: diffusers' schedules", "[golden]") {
  tests::check_family("schedules", {{tests::raises, "the peer throws"}}, check);
}
