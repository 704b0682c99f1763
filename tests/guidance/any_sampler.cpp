// Every guidance that has a scale at which it gives the conditional denoiser, with every sampler, over networks of
// every kind: the run is that of the conditional law, with the same noise.

#include "golden/trajectory.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::Denoise;

namespace {

using Noise = std::function<void(MatrixXd&, std::int64_t, std::int64_t)>;

const VariancePreserving vp{};

/// Three clouds in the plane; the condition is that it is not the second.
const GaussianMixture<>& clouds() {
  static const GaussianMixture<> mixture(Eigen::Vector3d(0.5, 0.3, 0.2),
                                         (MatrixXd(2, 3) << 0.6, -0.5, 0.1, -0.4, 0.3, 0.65).finished(),
                                         std::vector<MatrixXd>{(MatrixXd(2, 2) << 0.05, 0.01, 0.01, 0.06).finished(),
                                                               (MatrixXd(2, 2) << 0.03, -0.03, -0.03, 0.1).finished(),
                                                               (MatrixXd(2, 2) << 0.02, 0.0, 0.0, 0.04).finished()});
  return mixture;
}
const std::vector<int> condition{0, 2};

/// Samplers as one type.
struct Erased {
  std::string name;
  bool to_data;            ///< whether it can go onto σ = 0
  bool by_sample = false;  ///< whether it shows the denoiser one sample at a time
  std::function<MatrixXd(const Denoise&, const MatrixXd&, const Grid&, const Noise&)> call;

  template <class D, class N, class Observer>
  MatrixXd run(const D& denoise, const MatrixXd& x, const Grid& grid, const N& noise, const Observer&) const {
    const Denoise erased = [&denoise](const MatrixXd& y, const Level& t) -> MatrixXd {
      MatrixXd out = y;
      denoise(y, t, out);
      return out;
    };
    return call(erased, x, grid, [&noise](MatrixXd& z, std::int64_t row, std::int64_t) { noise(z, row); });
  }
};
template <class S>
Erased table_of(std::string name, S sampler) {
  return {std::move(name), true, false,
          [sampler](const Denoise& denoise, const MatrixXd& x, const Grid& grid, const Noise& noise) -> MatrixXd {
            return sample(denoise, tabulate(sampler, grid), x, noise);
          }};
}
template <class S>
Erased walk_of(std::string name, S sampler, bool to_data, bool by_sample = false) {
  return {std::move(name), to_data, by_sample,
          [sampler](const Denoise& denoise, const MatrixXd& x, const Grid& grid, const Noise& noise) -> MatrixXd {
            return sample(denoise, sampler, x, grid, noise);
          }};
}

std::vector<Erased> samplers() {
  const auto at = at_lambda(vp);
  return {
      table_of("DDPM", DDPM{}),
      table_of("DDPM, forward variance", DDPM{forward_variance}),
      table_of("DDIM", DDIM{}),
      table_of("DDIM, eta 0.7", DDIM{0.7}),
      table_of("Euler-Maruyama", EulerMaruyama{}),
      table_of("Euler", EulerMaruyama{.noise = 0}),
      table_of("exponential Euler", ExponentialEuler{.noise = 1}),
      table_of("reverse diffusion", ReverseDiffusion{}),
      table_of("DPM-Solver 1", DPMSolver{.order = 1, .prediction = Prediction::eps}),
      table_of("DPM-Solver++ 2", DPMSolver{.order = 2, .moments = Moments::published}),
      table_of("DPM-Solver++ 3", DPMSolver{.order = 3}),
      table_of("SDE-DPM-Solver++ 2", DPMSolver{.order = 2, .noise = 1}),
      table_of("singlestep 2", SinglestepDPMSolver{.order = 2, .at = at}),
      table_of("singlestep 3", SinglestepDPMSolver{.order = 3, .prediction = Prediction::eps, .at = at}),
      table_of("singlestep plan", SinglestepPlan{.method = {.order = 2, .at = at}}),
      table_of("UniPC 3", UniPC{}),
      table_of("UniPC 2 in eps", UniPC{.order = 2, .prediction = Prediction::eps, .moments = Moments::flat}),
      table_of("stochastic Adams", SASolver{}),
      table_of("DEIS", DEIS{}),
      table_of("DEIS in time", DEIS{.order = 2, .time = [](double lambda) { return vp.time(lambda); }}),
      table_of("LMS", LMS{}),
      table_of("iPNDM", IPNDM{}),
      table_of("PNDM", PNDM{}),
      table_of("Heun", Heun{}),
      table_of("midpoint", Midpoint{.at = at}),
      table_of("Runge-Kutta", RungeKutta4{.at = at}),
      table_of("ancestral", Ancestral<DDIM>{.at = at}),
      table_of("ancestral midpoint", Ancestral<Midpoint>{.method = {.at = at}, .eta = 0.5, .at = at}),
      table_of("churned", Churned<Heun>{.churn = 1, .most = 50, .at = at}),
      table_of("DPM-Solver SDE", DPMSolverSDE{.at = at}),
      table_of("ER-SDE", ERSDE{}),
      table_of("TCD", TCD{.at = vp}),
      table_of("consistency", Consistency{}),
      walk_of("PNDM with Runge-Kutta", PNDMRungeKutta{.at = vp}, true),
      walk_of("adaptive flow", AdaptiveFlow{.at = at, .relative_tolerance = 1e-2, .absolute_tolerance = 1e-2}, false,
              true),
      walk_of(
          "adaptive flow of the batch",
          AdaptiveFlow{.at = at, .relative_tolerance = 1e-2, .absolute_tolerance = 1e-2, .coupling = Coupling::batch},
          false),
      walk_of("adaptive DPM-Solver", AdaptiveDPMSolver{.order = 2, .at = at}, false, true),
      walk_of("predictor-corrector", PredictorCorrector<ReverseDiffusion, Langevin>{{}, {}}, true),
      walk_of("a variance of each number",
              ElementwiseVariance{DDPM{},
                                  [](const MatrixXd& x, const Level& t) -> MatrixXd {
                                    return clouds().subset(condition).variance(x, t);
                                  }},
              true),
  };
}

struct Guided {
  std::string name;
  Denoise denoise;
};
std::vector<Guided> guided(const Denoise& given, const Denoise& whole) {
  const auto gradient = [](const MatrixXd& x, const Level& t) {
    return clouds().log_probability_gradient(condition, x, t);
  };
  return {
      {"classifier", classifier(whole, gradient, 1)},
      {"classifier-free, weight 0", classifier_free(given, whole, 0)},
      {"classifier-free, scale 1", classifier_free_scale(given, whole, 1)},
      {"composed", composed(whole, Condition{given, 0.25}, Condition{whole, 0}, Condition{given, 0.75})},
      {"in an interval", classifier_free_scale(given, whole, limited(1, -1, 1, 1))},
      {"rescaled", rescaled(given, whole, 1, 0.7)},
      {"zero star", zero_star(given, whole, 1)},
      {"tangential", tangential(given, whole, 1)},
      {"magnitude-aware", magnitude_aware(given, whole, 1)},
      {"projected", projected(given, whole, {.scale = 1, .eta = 0.3, .radius = 0.1})},
  };
}

constexpr Prediction kinds[] = {Prediction::x0, Prediction::eps, Prediction::v, Prediction::score,
                                Prediction::velocity};

}  // namespace

TEST_CASE("Guidance: every guidance x every sampler x every kind of network, at scale 1, samples the conditional law") {
  const MatrixXd x = prior(vp(1), {2, 4}, Normals{3});
  const Grid to_data = levels(vp, {1, 0.75, 0.5, 0.3, 0.15, 0}), above = levels(vp, {1, 0.75, 0.5, 0.3, 0.15});
  std::vector<std::pair<Denoise, Denoise>> networks;
  for (const Prediction kind : kinds)
    networks.push_back({tests::exact_network(kind, clouds().subset(condition)), tests::exact_network(kind, clouds())});
  int products = 0;
  for (const Erased& sampler : samplers()) {
    const Grid& grid = sampler.to_data ? to_data : above;
    const MatrixXd expected = sample(Denoise(clouds().subset(condition)), sampler, x, grid, Normals{4}),
                   without = sample(Denoise(clouds()), sampler, x, grid, Normals{4});
    CHECK(tests::largest_difference(expected, without) > 1e-2);  // the condition matters
    for (std::size_t k = 0; k < networks.size(); ++k) {
      const auto& [given, whole] = networks[k];
      const auto agrees = [&](const std::string& name, const MatrixXd& end) {
        INFO(name << " with " << sampler.name << ", network " << k);
        const double difference = tests::largest_difference(end, expected);
        CHECK(difference <= 1e-9);
        ++products;
      };
      for (const Guided& g : guided(given, whole)) agrees(g.name, sample(g.denoise, sampler, x, grid, Normals{4}));
      const double momentum = sampler.by_sample ? 0 : -0.5;
      const AdaptiveProjected wrapped{sampler, whole, {.scale = 1, .radius = 0.1, .momentum = momentum}};
      agrees("adaptive projected", sample(given, wrapped, x, grid, Normals{4}));
    }
  }
  CHECK(products == 39 * 5 * 11);
}

TEST_CASE("AdaptiveProjected: a momentum is not gathered from one sample to another") {
  const MatrixXd x = prior(vp(1), {2, 4}, Normals{3});
  const Grid grid = levels(vp, {1, 0.5, 0.2});
  for (const Erased& sampler : samplers()) {
    if (!sampler.by_sample) continue;
    const AdaptiveProjected wrapped{sampler, Denoise(clouds()), {.scale = 2, .momentum = -0.5}};
    const auto run = [&](const MatrixXd& from) { sample(Denoise(clouds()), wrapped, from, grid, Normals{4}); };
    CHECK(tests::contains(tests::refusal([&] { run(x); }), "AdaptiveProjected", "1 of 4 samples", "Coupling::batch"));
    CHECK_NOTHROW(run(MatrixXd(x.col(0))));
  }
}
