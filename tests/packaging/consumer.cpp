// A stranger's program, built in each of the ways in which the library can be used: DDIM on N(0, 1) data, whose
// denoiser is αx under α² + σ² = 1. Each step turns the angle θ = atan2(σ, α) and shrinks x to cos Δθ of itself
// [DDIM-6].
#include <cmath>
#include <cstdio>
#include <tweedie/tweedie.hpp>

int main() {
  const auto denoise = [](const Eigen::MatrixXd& x, const tweedie::Level& t) -> Eigen::MatrixXd { return t.alpha * x; };
  const tweedie::Grid grid = tweedie::levels(tweedie::VariancePreserving{}, tweedie::uniform(10));
  const Eigen::MatrixXd start{{1.0, -2.0, 0.5}};
  const Eigen::MatrixXd x = tweedie::sample(denoise, tweedie::DDIM{}, start, grid);

  double shrunk = 1;
  for (std::size_t i = 1; i < grid.size(); ++i)
    shrunk *= std::cos(std::atan2(grid[i - 1].sigma, grid[i - 1].alpha) - std::atan2(grid[i].sigma, grid[i].alpha));
  const double error = (x - shrunk * start).cwiseAbs().maxCoeff();
  std::printf("tweedie %d.%d.%d: a factor of %.6f, error %.1e\n", TWEEDIE_VERSION_MAJOR, TWEEDIE_VERSION_MINOR,
              TWEEDIE_VERSION_PATCH, shrunk, error);
  return error < 1e-12 ? 0 : 1;
}
