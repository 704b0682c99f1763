#include "golden/bounds.hpp"
#include "golden/likelihoods.hpp"
#include "golden/limited.hpp"

namespace tests {

using namespace tweedie;

namespace {
auto typed_network(Prediction kind, const GaussianMixture<>& mixture) {
  return network(kind, [kind, mixture](const Batch& x, const Level& t) -> Batch {
    const Batch eps = -t.sigma * mixture.score(x, t);
    return target(kind, mixture(x, t), eps, t);
  });
}
}  // namespace

Denoise exact_network(Prediction kind, const GaussianMixture<>& mixture) {
  return typed_network(kind, mixture);
}

RecordedNoise recorded_noise(const Case& c) {
  return [draws = c.states("noise")](Batch& z, std::int64_t row, std::int64_t) {
    require(row >= 0 && row < std::int64_t(draws.size()), "row ", row, ": the peer drew no noise for it");
    z = draws[std::size_t(row)];
  };
}
RecordedNoise recorded_in_order(const Case& c) {
  return [noise = recorded_noise(c), next = std::int64_t{0}](Batch& z, std::int64_t, std::int64_t) mutable {
    noise(z, next++, 0);
  };
}
RecordedNoise recorded_along_path(const Case& c, const Table& table) {
  // of the state that a row leaves: its noise since the step began is `size` times `theirs`
  return [recorded = recorded_in_order(c), table, size = 0.0, theirs = Batch()](Batch& z, std::int64_t row,
                                                                                std::int64_t) mutable {
    recorded(z, row, 0);
    const Batch now = z;
    const Row& of = table[std::size_t(row)].row;
    const double carried = depth(of) > 1 ? of.x * size : 0;
    size = std::hypot(carried, of.z);
    if (carried != 0) z = (size * now - carried * theirs) / of.z;
    theirs = now;
  };
}
RecordedNoise recorded_bound_noise(const Case& c) {
  return [noise = recorded_noise(c)](Batch& z, std::int64_t row, std::int64_t) {
    noise(z, (address(Purpose::bound) - row) / 32, 0);
  };
}

Batch run(const Denoise& denoise, const Table& table, const Batch& x, const RecordedNoise& noise,
          const Observer& observer) {
  static const RecordedNoise none = [](Batch&, std::int64_t row, std::int64_t) {
    require(false, "row ", row, ": the peer drew no noise");
  };
  static const Observer blind = [](const Step&, const Batch&, const Batch&) { return true; };
  return sample(denoise, table, x, noise ? noise : none, observer ? observer : blind);
}
std::vector<Batch> states(const Denoise& denoise, const Table& table, const Batch& x, const RecordedNoise& noise) {
  std::vector<Batch> list{x};
  run(denoise, table, x, noise, [&list](const Step&, const Batch& now, const Batch&) {
    list.push_back(now);
    return true;
  });
  return list;
}
std::vector<Batch> trajectory(const Case& c, const Denoise& denoise, const Table& table) {
  return states(denoise, table, c.states("x").front(), recorded_noise(c));
}

LearnedSampler learned(StepVariance variance, LastRow last_row) {
  return {DDPM{}, std::move(variance), last_row};
}
std::vector<Batch> trajectory(const Case& c, const Denoise& denoise, const LearnedSampler& sampler,
                              const Steps& steps) {
  return trajectory<LearnedSampler>(c, denoise, sampler, steps);
}

PublishedBound bound(const Denoise& denoise, const Table& table, const Batch& x0, const RecordedNoise& noise,
                     const Bounding& how) {
  return nelbo(denoise, table, x0, noise, published_decoder, how);
}
PublishedBound bound(const Denoise& denoise, const LearnedSampler& sampler, const Grid& grid, const Batch& x0,
                     const RecordedNoise& noise, const Bounding& how) {
  return nelbo(denoise, sampler, x0, grid, noise, published_decoder, how);
}

Steps steps_of(const Table& table) {
  Steps steps;
  for (const Step& step : table) steps.push_back({step.from, step.to});
  return steps;
}
Steps steps_of(const Grid& grid) {
  Steps steps;
  for (std::size_t i = 0; i + 1 < grid.size(); ++i) steps.push_back({grid[i], grid[i + 1]});
  return steps;
}

void compare_levels(const Case& c, const std::vector<Level>& levels) {
  if (!c.has("evals")) return;
  std::vector<double> alphas, sigmas;
  for (const Level& t : levels) alphas.push_back(t.alpha), sigmas.push_back(t.sigma);
  compare(c, "evals.alpha", alphas, c.object("evals").numbers("alpha"));
  compare(c, "evals.sigma", sigmas, c.object("evals").numbers("sigma"));
}
void compare_levels(const Case& c, const Table& table) {
  std::vector<Level> levels;
  for (const Step& step : table) levels.push_back(step.from);
  compare_levels(c, levels);
}

void check_refused(const Case& c, Prediction kind, const Table& table) {
  const std::string message = refusal([&] { sample(typed_network(kind, c.mixture), table, c.states("x").front()); });
  INFO(c.id << ": " << message);
  CHECK(contains(message, "eps prediction", "alpha = 0"));
}

std::vector<Batch> flowed(const GaussianMixture<>& mixture, std::function<Level(double)> at, const Batch& x,
                          const Grid& grid) {
  std::vector<Batch> list{x};
  sample(mixture, accurate_flow(std::move(at)), x, grid, NoNoise{},
         [&list](const Step&, const Batch& now, const Batch&) { list.push_back(now); });
  return list;
}
FlowLikelihood<Batch> exact_likelihood(const Case& c, const Batch& x, const Level& from, const Level& to,
                                       std::function<Level(double)> at, double deviation) {
  return log_likelihood(c.mixture, PosteriorTrace{std::cref(c.mixture)}, x, from, to, accurate_flow(std::move(at)),
                        NormalPrior{deviation});
}
FlowLikelihood<Batch> probed(const Case& c, const Batch& x, const Batch& probe, Probe kind, const Level& from,
                             const Level& to, std::function<Level(double)> at, double deviation) {
  const Hutchinson divergence{covariance_product(std::cref(c.mixture)), 1, kind, RecordedProbe{probe}};
  auto found = log_likelihood(c.mixture, divergence, x, from, to, accurate_flow(std::move(at)), NormalPrior{deviation});
  const double size =
      std::log((to.alpha * to.alpha + to.sigma * to.sigma) / (from.alpha * from.alpha + from.sigma * from.sigma));
  found.log_density.array() += (probe.colwise().squaredNorm().transpose().array() - double(x.rows())) * size / 2;
  return found;
}

Limit clip(double range) {
  return [range](const Batch& x0) -> Batch {
    return clipped([&](const Batch&, const Level&) { return x0; }, -range, range)(x0, clean);
  };
}
Limit threshold(double quantile, double least, double largest) {
  return [=](const Batch& x0) -> Batch {
    return thresholded([&](const Batch&, const Level&) { return x0; }, quantile, least, largest)(x0, clean);
  };
}
Denoise limited(const Denoise& denoise, const Limit& limit) {
  if (!limit) return denoise;
  return [denoise, limit](const Batch& x, const Level& t) { return limit(denoise(x, t)); };
}
std::vector<Batch> two_estimates(const Case& c, const Denoise& denoise, const Limit& limit, const Table& table) {
  const RecordedNoise noise = recorded_noise(c);
  std::vector<Batch> states{c.states("x").front()};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto& [t, s, row] = table[i];
    const Batch x = states.back(), x0 = denoise(x, t), eps = (x - t.alpha * x0) / t.sigma;
    Batch z = Batch::Zero(x.rows(), x.cols());
    if (row.z != 0) noise(z, std::int64_t(i), 0);
    states.push_back(row.x0[0] * limit(x0) + row.eps[0] * eps + row.z * z);
  }
  return states;
}

}  // namespace tests
