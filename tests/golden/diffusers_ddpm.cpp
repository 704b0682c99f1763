// diffusers' DDPMScheduler.
//   Its noise is left out at timestep 0, not at the last step: a list that ends above 0 has noise on its last row too.
//   Its variance is at least 1e-20.
//   Its "fixed_large_log" takes the square root of ln β, which is NaN. The mathematics is exp(½ ln β) = √β, and so are we.

#include "diffusers.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;

namespace {

bool learned(const Case& c) {
  return c.args.text("variance_type", "fixed_small").starts_with("learned");
}
bool large(const Case& c) {
  return c.args.text("variance_type", "fixed_small").starts_with("fixed_large");
}

std::vector<double> times(const Case& c, int T) {
  const tests::Reference set = c.object("set_timesteps");
  if (!set.has("timesteps"))
    return tests::diffusers::times(c.args.text("timestep_spacing", "leading"), set.integer("num_inference_steps"), T,
                                   c.args.integer("steps_offset", 0));
  std::vector<double> times = set.numbers("timesteps");
  for (double& n : times) n += 1;
  times.push_back(0);
  return times;
}

Table table(const Case& c, const Grid& grid) {
  const std::function<double(const Level&, const Level&)> variance = large(c) ? forward_variance : posterior_variance;
  Table table = tabulate(DDPM{[&](const Level& t, const Level& s) { return std::fmax(variance(t, s), 1e-20); }}, grid);
  Step& last = table.back();
  if (last.from.time > 1) last.row.z = std::sqrt(std::fmax(variance(last.from, last.to), 1e-20));
  return table;
}

/// Ho's algorithm 2 as it is printed, with √β = exp(½ ln β): what the peer would compute if it did not take √(ln β).
std::vector<Batch> fixed_large_log(const Case& c, const tests::Denoise& denoise, const Table& table) {
  const auto noise = c.states("noise");
  std::vector<Batch> x{c.states("x").front()};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Level &t = table[i].from, &s = table[i].to;
    const double bar_t = t.alpha * t.alpha, bar_s = s.alpha * s.alpha, alpha = bar_t / bar_s, beta = 1 - alpha;
    Batch next = std::sqrt(bar_s) * beta / (1 - bar_t) * denoise(x.back(), t) +
                 std::sqrt(alpha) * (1 - bar_s) / (1 - bar_t) * x.back();
    if (t.time > 1) next += std::exp(0.5 * std::log(beta)) * noise[i];
    x.push_back(next);
  }
  return x;
}

void check(const Case& c) {
  const Discrete chain = tests::diffusers::chain(c.args);
  const std::vector<double> visited = times(c, chain.steps());
  const Table rows = table(c, levels(chain, visited));
  const Prediction kind = tests::diffusers::prediction(c);
  const auto model = tests::exact_network(kind, c.mixture);

  compare(c, "timesteps", tests::diffusers::timesteps(visited), c.numbers("timesteps"));
  compare_levels(c, rows);
  const auto drawn = std::count_if(rows.begin(), rows.end(), [](const Step& step) { return step.row.z != 0; });
  CHECK(drawn == std::int64_t(c.states("noise").size()));

  if (learned(c)) {  // the output's second half is tanh(x) for "learned_range"
    require(c.args.text("variance_type") == "learned_range" && visited[visited.size() - 2] == 1, "no rule for ",
            c.args.text("variance_type"), " on this list");
    std::vector<std::pair<Level, Level>> steps;
    for (const Step& step : rows) steps.push_back({step.from, step.to});
    const LearnedVariance sampler{DDPM{},
                                  learned_range([](const Batch& x, double) -> Batch { return x.array().tanh(); })};
    const auto denoise = tests::limited(model, tests::diffusers::limit(c.args));
    return compare(c, "x", trajectory(c, denoise, sampler, steps), c.states("x"));
  }
  if (kind == Prediction::eps && rows.front().from.alpha == 0)
    return check_refused(c, [&] { sample(model, rows, c.states("x").front(), tests::RecordedNoise(c)); });

  const tests::Denoise denoise = tests::limited(model, tests::diffusers::limit(c.args));
  const std::vector<Batch> x = trajectory(c, denoise, rows);
  if (c.args.text("variance_type", "") == "fixed_large_log") {
    for (const Batch& state : x) CHECK(state.allFinite());
    return compare(c, "x", x, fixed_large_log(c, denoise, rows));
  }
  compare(c, "x", x, c.states("x"));
  compare(c, "pred_x0_last", denoise(x[x.size() - 2], rows.back().from), c.state("pred_x0_last"));
}

}  // namespace

TEST_CASE("Golden: diffusers' DDPM", "[golden]") {
  tests::check_family("diffusers_ddpm", {}, check);
}
