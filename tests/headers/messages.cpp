// Programs that are wrong, and the first error of a compiler, which must be a sentence that says what to do. messages.cmake
// compiles each alone, by its number; number 0 is right.

#include <tweedie/denoiser/clipped.hpp>
#include <tweedie/denoiser/network.hpp>
#include <tweedie/sample/sample.hpp>
#include <tweedie/sampler/ddim.hpp>
#include <tweedie/schedule/grids.hpp>
#include <tweedie/schedule/variance_preserving.hpp>

using namespace tweedie;
using Eigen::MatrixXd;
using Eigen::MatrixXf;

int main() {
  [[maybe_unused]] const Grid grid = levels(VariancePreserving{}, uniform(20));
  [[maybe_unused]] const MatrixXd x = MatrixXd::Ones(2, 3);
  [[maybe_unused]] const auto same = [](const MatrixXd& at, const Level&) -> MatrixXd { return at; };
#if CASE == 0
  sample(clipped(network(Prediction::v, same), -1, 1), DDIM{}, x, grid);
#elif CASE == 1   // a callable returns an Eigen expression
  const double scale = 0.5;
  sample([&](const MatrixXd& at, const Level&) { return at * scale; }, DDIM{}, x, grid);
#elif CASE == 2   // a callable takes its output by value
  sample([](const MatrixXd& at, const Level&, MatrixXd out) { out = at; }, DDIM{}, x, grid);
#elif CASE == 3   // the state has another scalar
  sample([](const MatrixXf& at, const Level&) -> MatrixXf { return at; }, DDIM{}, x, grid);
#elif CASE == 4   // the state has another scalar
  sample(network(Prediction::eps, [](const MatrixXd& at, double) -> MatrixXd { return at; }), DDIM{},
         MatrixXf(MatrixXf::Ones(2, 3)), grid);
#elif CASE == 5   // a callable returns numbers of another scalar
  sample([](const auto& at, const Level&) -> MatrixXf { return at.template cast<float>(); }, DDIM{}, x, grid);
#elif CASE == 6   // a sampler walks a Grid of levels, not times
  const MatrixXd end = sample(same, DDIM{}, x, uniform(20));
#elif CASE == 7   // the kind comes first
  const auto denoise = network(same, Prediction::eps);
#elif CASE == 8   // a time map says what it takes
  const auto denoise = network(Prediction::eps, same, [](auto n) { return n - 1; });
#elif CASE == 9   // the schedule comes first
  const Grid swapped = levels(uniform(20), VariancePreserving{});
#elif CASE == 10  // a callable returns an Eigen expression
  sample(network(Prediction::eps, [&](const MatrixXd& at, double t) { return at * t; }), DDIM{}, x, grid);
#elif CASE == 11  // noise takes the state that it fills by value
  sample(same, DDIM{.eta = 1}, x, grid, [](MatrixXd z) { z.setRandom(); });
#elif CASE == 12  // a network is callable
  sample(network(Prediction::eps, [](const MatrixXd& at) -> MatrixXd { return at; }), DDIM{}, x, grid);
#elif CASE == 13  // an observer returns nothing, or a bool
  sample(same, DDIM{}, x, grid, NoNoise{}, [](const Step&, const MatrixXd& y, const MatrixXd&) { return y.col(0); });
#endif
}
