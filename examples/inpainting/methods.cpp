#include "methods.hpp"

#include <random>
#include <tweedie/guidance/inpainting.hpp>
#include <tweedie/guidance/measurement_step.hpp>
#include <tweedie/guidance/posterior_guided.hpp>
#include <tweedie/sample/prior.hpp>
#include <tweedie/sampler/ddpm.hpp>
#include <tweedie/schedule/grids.hpp>
#include <tweedie/schedule/variance_preserving.hpp>

namespace inpainting {

namespace {

using Eigen::MatrixXd;
using tweedie::DDPM;
using tweedie::Level;

constexpr int iterations = 5;       // of conjugate gradients
constexpr int jump = 5, times = 4;  // of RePaint

MatrixXd sampled(const auto& denoise, const auto& sampler, const Run& run) {
  tweedie::Grid grid = levels(tweedie::VariancePreserving{}, tweedie::quadratic(run.steps - 1, 1, 1e-3));
  grid.push_back(tweedie::clean);
  const tweedie::Normals noise{run.seed};
  const MatrixXd start = tweedie::prior(grid.front(), {examples::DigitSet::dimension, run.samples}, noise);
  return tweedie::sample(denoise, sampler, start, grid, noise);
}

}  // namespace

std::vector<Method> methods(const Mixture& model, double zeta) {
  const auto denoise = [&model](const MatrixXd& x, const Level& t, MatrixXd& x0) { model(x, t, x0); };
  const JacobianProduct product(model);
  std::vector<Method> all;
  all.push_back({"exact draws", [](const Problem& problem, const Run& run) -> MatrixXd {
                   return problem.posterior.draw(run.samples, std::mt19937_64(run.seed));
                 }});
  all.push_back({"exact denoiser",
                 [](const Problem& problem, const Run& run) { return sampled(problem.posterior, DDPM{}, run); }});
  all.push_back({"no measurement", [=](const Problem&, const Run& run) { return sampled(denoise, DDPM{}, run); }});

  const auto by_estimate = [&](const std::string& name, const auto& guided) {
    all.push_back({name, [=](const Problem& problem, const Run& run) {
                     return sampled(guided(problem.measurement), DDPM{}, run);
                   }});
  };
  const auto by_sampler = [&](const std::string& name, const auto& sampler) {
    all.push_back(
        {name, [=](const Problem& problem, const Run& run) { return sampled(denoise, sampler(problem), run); }});
  };
  by_sampler("replacement", [](const Problem& p) {
    return tweedie::Inpainting{DDPM{}, MatrixXd(p.mask), MatrixXd(p.seen)};
  });
  by_sampler("RePaint", [](const Problem& p) {
    return tweedie::Inpainting{DDPM{}, MatrixXd(p.mask), MatrixXd(p.seen), jump, times};
  });
  by_sampler("DPS", [=](const Problem& p) { return tweedie::DPS{DDPM{}, p.measurement, product, zeta}; });
  by_sampler("PseudoinverseGuidance", [=](const Problem& p) {
    return tweedie::PseudoinverseGuidance{DDPM{}, p.measurement, product};
  });
  by_estimate("diffpir", [=](const auto& measurement) { return tweedie::diffpir(denoise, measurement); });
  by_estimate("pigdm", [=](const auto& measurement) { return tweedie::pigdm(denoise, measurement, product); });
  by_estimate("tmpd", [=](const auto& measurement) { return tweedie::tmpd(denoise, measurement, product); });
  by_estimate("mmps, 1", [=](const auto& measurement) { return tweedie::mmps(denoise, measurement, product); });
  by_estimate("mmps, 5",
              [=](const auto& measurement) { return tweedie::mmps(denoise, measurement, product, iterations); });
  return all;
}

}  // namespace inpainting
