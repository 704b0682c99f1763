// What making the table of a sampler costs, on a grid of 1000 steps, beside the run it is made for: one sample of one
// number with a denoiser that costs nothing, the shortest run there is.

#include <tweedie/tweedie.hpp>

#include "side_by_side.hpp"

using namespace tweedie;

namespace {

template <class S>
void of_1000_steps(benchmark::State& state, const S& sampler) {
  Grid grid = levels(VariancePreserving{}, uniform(1000));
  const auto denoise = [](const Eigen::MatrixXd& x, const Level& t, Eigen::MatrixXd& out) { out = t.alpha * x; };
  const Table table = tabulate(sampler, grid);
  const Eigen::MatrixXd start = Eigen::MatrixXd::Ones(1, 1);
  side_by_side(
      state, double(table.size()), [&] { benchmark::DoNotOptimize(tabulate(sampler, grid)); },
      [&] { benchmark::DoNotOptimize(sample(denoise, table, start, Normals{1})); });
}

const auto at = at_lambda(VariancePreserving{});

BENCHMARK_CAPTURE(of_1000_steps, DDIM, DDIM{})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(of_1000_steps, Heun, Heun{})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(of_1000_steps, Midpoint, Midpoint{.at = at})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(of_1000_steps, LMS, LMS{})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(of_1000_steps, PNDM, PNDM{})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(of_1000_steps, DPMSolver, DPMSolver{.order = 3})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(of_1000_steps, UniPC, UniPC{.order = 4})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(of_1000_steps, SASolver, SASolver{.predictor = 3, .corrector = 4})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(of_1000_steps, SinglestepDPMSolver, SinglestepDPMSolver{.order = 3, .at = at})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(of_1000_steps, DEIS_in_time, DEIS{.time = [](double l) { return VariancePreserving{}.time(l); }})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(of_1000_steps, ERSDE, ERSDE{})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(of_1000_steps, Ancestral, Ancestral<Midpoint>{.method = {.at = at}, .at = at})
    ->Unit(benchmark::kMillisecond);

}  // namespace
