// diffusers' DDPMScheduler.
//   Its noise is left out at timestep 0, not at the last step: a list that ends above 0 has noise on its last row too.
//   Its variance is at least 1e-20.
//   Its "fixed_large_log" takes the square root of ln β, which is NaN. The mathematics is exp(½ ln β) = √β, and so are we.

#include "diffusers.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;

namespace {

std::string variance_type(const Case& c) {
  return c.args.choice("variance_type", "fixed_small",
                       {"fixed_small", "fixed_small_log", "fixed_large", "fixed_large_log", "learned_range"});
}

double floored(double variance) {
  return std::fmax(variance, 1e-20);
}

Table table(const std::string& type, const Grid& grid) {
  const std::function<double(const Level&, const Level&)> variance =
      type.starts_with("fixed_large") ? forward_variance : posterior_variance;
  Table table = tabulate(DDPM{[&](const Level& t, const Level& s) { return floored(variance(t, s)); }}, grid);
  Step& last = table.back();
  if (last.from.time > 1) last.row.z = std::sqrt(floored(variance(last.from, last.to)));
  return table;
}

/// The output's second half, tanh(x), says where ln of the variance lies between those of the two fixed ones.
Batch learned_variance(const Batch& x, const Level& t, const Level& s) {
  const double low = std::log(floored(posterior_variance(t, s))), high = std::log(forward_variance(t, s));
  return (low + (high - low) * (x.array().tanh() + 1) / 2).exp();
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
  c.only("state_space", "vp");
  const Discrete chain = tests::diffusers::chain(c.args);
  const std::vector<double> visited = tests::diffusers::times(c, "leading");
  const std::string type = variance_type(c);
  const Table rows = table(type, levels(chain, visited));
  const Prediction kind = tests::diffusers::prediction(c);
  const tests::Limit limit = tests::diffusers::limit(c.args, true);
  const tests::Denoise denoise = tests::limited(tests::exact_network(kind, c.mixture), limit);

  compare(c, "timesteps", tests::diffusers::timesteps(visited), c.numbers("timesteps"));
  compare_levels(c, rows);
  const auto drawn = std::count_if(rows.begin(), rows.end(), [](const Step& step) { return step.row.z != 0; });
  CHECK(drawn == std::int64_t(c.states("noise").size()));

  if (kind == Prediction::eps && rows.front().from.alpha == 0) return check_refused(c, kind, rows);
  if (type == "learned_range") {
    const LastRow last = rows.back().from.time > 1 ? LastRow::noise : LastRow::mean;
    const tests::LearnedSampler sampler = tests::learned(learned_variance, last);
    return compare(c, "x", trajectory(c, denoise, sampler, tests::steps_of(rows)), c.states("x"));
  }
  const std::vector<Batch> x = trajectory(c, denoise, rows);
  if (type == "fixed_large_log") {
    for (const Batch& state : x) CHECK(state.allFinite());
    return compare(c, "x", x, fixed_large_log(c, denoise, rows));
  }
  compare(c, "x", x, c.states("x"));
  compare(c, "pred_x0_last", denoise(x[x.size() - 2], rows.back().from), c.state("pred_x0_last"));
}

}  // namespace

TEST_CASE("Golden: diffusers' DDPM", "[golden]") {
  tests::check_family("diffusers_ddpm", {{tests::raises, "the peer throws"}}, check);
}
