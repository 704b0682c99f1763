// How do I write a sampler of my own, and how do I know that it is right?
//
// Let θ be the angle between signal and noise, tan θ = σ/α, and c = √(α² + σ²). Then x_t/c = cos θ x̂₀ + sin θ ε̂, and
// the probability flow is
//   d(x/c)/dθ = cos θ ε̂ − sin θ x̂₀           (on a variance-preserving process c = 1, and the right side is v)
// where nothing is infinite at either end, neither at noise alone, θ = π/2, nor at the data, θ = 0. So a rule for
// equations of this form goes from one to the other without a special step. Here it is Adams and Bashforth's of order
// 2: the slope of the line through this estimate and the last, half way through the step. (The library has it as
// LMS{.order = 2, .slope = Slope::v}, not unrolled.)
#include <cstdio>
#include <random>
#include <tweedie/tweedie.hpp>

using namespace tweedie;

double angle(const Level& t) {
  return std::atan2(t.sigma, t.alpha);
}
double size(const Level& t) {
  return std::hypot(t.alpha, t.sigma);
}

// [sampler]
struct AngleAdams {
  Row row(const Grid& grid, std::size_t i) const {
    const Level &t = grid[i], &s = grid[i + 1];
    const double h = angle(s) - angle(t), r = i == 0 ? 0 : h / (angle(t) - angle(grid[i - 1]));
    Row row{.x = size(s) / size(t)};
    for (std::size_t k = 0; k <= std::min<std::size_t>(i, 1); ++k) {  // slot k: the estimate of k rows back
      const double weight = size(s) * h * (k == 0 ? 1 + r / 2 : -r / 2);
      row.x0[k] = -weight * std::sin(angle(grid[i - k]));
      row.eps[k] = weight * std::cos(angle(grid[i - k]));
    }
    return row;
  }
};
// [sampler]

// Every level of the process, both ends included. The sampler sees levels alone, so any other process would do.
Grid grid_of(int steps) {
  return levels(RectifiedFlow{}, uniform(steps));
}

// [law]
// What the table makes of Gaussian data is known exactly, so its error is a number, and what doubling the steps does to
// it the order.
template <Sampler S>
double error(const S& sampler, int steps) {
  const Gaussian<> data(Eigen::Vector2d(1.3, -0.4), Eigen::Matrix2d{{0.25, 0.1}, {0.1, 0.16}});
  return wasserstein2(push_forward(tabulate(sampler, grid_of(steps)), data), data);
}
template <Sampler S>
double order(const S& sampler) {
  return std::log2(error(sampler, 80) / error(sampler, 160));
}
// [law]

int main() {
  // Where the data are no Gaussian there are samples: of a mixture, against draws from itself.
  const GaussianMixture<> mixture(Eigen::Vector3d(0.5, 0.3, 0.2), Eigen::Matrix<double, 2, 3>{{-1, 1, 0.5}, {0, 1, -1}},
                                  std::vector<Covariance<>>(3, Covariance<>::isotropic(2, 0.04)));
  constexpr int count = 20000;
  const Eigen::MatrixXd start = prior(grid_of(10).front(), {2, count}, Normals{7});
  const Eigen::MatrixXd exact = mixture.draw(count, std::mt19937_64(1)),
                        again = mixture.draw(count, std::mt19937_64(2)),
                        directions = random_directions(2, 50, Normals{3});
  const auto distance = [&](const Eigen::MatrixXd& x) { return sliced_wasserstein(x, exact, directions, 1); };
  const auto line = [&](const char* name, double claimed, const auto& sampler) {
    const double observed = order(sampler);
    std::printf("%-12s %8.0f %9.2f %11.4f %11.4f\n", name, claimed, observed,
                distance(sample(mixture, sampler, start, grid_of(10))),
                distance(sample(mixture, sampler, start, grid_of(20))));
    return std::abs(observed - claimed) < 0.1;
  };

  std::printf("sampler       claimed  observed    10 steps    20 steps\n");
  const bool known = line("DDIM", 1, DDIM{}), own = line("AngleAdams", 2, AngleAdams{});
  std::printf("exact draws         -         - %11.4f %11.4f\n", distance(again), distance(again));
  std::printf(
      "\nobserved   order of convergence on Gaussian data, from the table alone\n"
      "steps      sliced Wasserstein distance of %d samples of a mixture in the plane to as many exact draws\n",
      count);
  if (!known || !own) std::printf("A sampler is not of the order that it claims.\n");
  return known && own ? 0 : 1;
}
