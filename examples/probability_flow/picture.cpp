#include "picture.hpp"

#include <tweedie/sample/sample.hpp>
#include <tweedie/sampler/exponential_euler.hpp>
#include <tweedie/schedule/grids.hpp>

namespace probability_flow {

namespace {

using examples::Canvas;
using examples::Colour;
using examples::Point;

constexpr int side = 400, gap = 12;  // of a panel, in pixels
constexpr double reach = 3.7;        // a panel shows −reach to reach
constexpr int ways = 20, steps = 200;
constexpr Colour ground{1, 1, 1}, paper{0.975f, 0.975f, 0.97f}, shade{0.45f, 0.5f, 0.6f};
constexpr std::array<Colour, 5> palette{{{0.84f, 0.30f, 0.17f},
                                         {0.13f, 0.45f, 0.72f},
                                         {0.60f, 0.25f, 0.58f},
                                         {0.16f, 0.53f, 0.33f},
                                         {0.85f, 0.55f, 0.05f}}};

Point place(int panel, double x, double y) {
  return {panel * (side + gap) + (x / reach + 1) / 2 * side, (1 - y / reach) / 2 * side};
}

/// n points that stand for N(0, I) in the plane: a sunflower's seeds, each with the same share of the law about it.
Eigen::MatrixXd spread_normals(int n) {
  Eigen::MatrixXd z(2, n);
  for (int i = 0; i < n; ++i) {
    const double radius = std::sqrt(-2 * std::log1p(-(i + 0.5) / n)), angle = std::numbers::pi * (3 - std::sqrt(5)) * i;
    z.col(i) << radius * std::cos(angle), radius * std::sin(angle);
  }
  return z;
}

void draw_density(Canvas& canvas, int panel, const Mixture& law) {
  Eigen::MatrixXd x(2, Eigen::Index(side) * side);
  for (int j = 0; j < side; ++j)
    for (int i = 0; i < side; ++i)
      x.col(Eigen::Index(j) * side + i) << ((i + 0.5) / side * 2 - 1) * reach, (1 - (j + 0.5) / side * 2) * reach;
  const Eigen::ArrayXd density = law.log_density(x).array().exp();
  const double peak = density.maxCoeff();
  for (int j = 0; j < side; ++j)
    for (int i = 0; i < side; ++i) {
      const int left = panel * (side + gap) + i;
      canvas.blend(left, j, paper, 1);
      canvas.blend(left, j, shade, 0.6 * std::sqrt(density[Eigen::Index(j) * side + i] / peak));
    }
}

}  // namespace

Canvas three_panels(const Mixture& model, int seed) {
  const tweedie::Level from = schedule(1.0), to = schedule(end_time);
  const tweedie::Grid grid = uniform_lambda(schedule, steps, lambda(from), lambda(to));
  const tweedie::Normals noise{std::uint64_t(seed)};
  const Eigen::MatrixXd start = from.sigma * spread_normals(ways);

  Canvas canvas(3 * side + 2 * gap, side, ground);
  int panel = 0;
  for (const double noisiness : {0.0, 1.0, std::sqrt(2.0)}) {
    draw_density(canvas, panel, model.marginal(to));
    std::vector<std::vector<Point>> lines(ways);
    const auto extend = [&](const Eigen::MatrixXd& x) {
      for (std::size_t i = 0; i < lines.size(); ++i)
        lines[i].push_back(place(panel, x(0, Eigen::Index(i)), x(1, Eigen::Index(i))));
    };
    extend(start);
    const Eigen::MatrixXd end = sample(model, tweedie::ExponentialEuler{.noise = noisiness}, start, grid, noise,
                                       [&](const auto&, const Eigen::MatrixXd& x, const auto&) { extend(x); });
    const Eigen::MatrixXd shares = model.responsibilities(end, to);
    const auto colour = [&](std::size_t i) {
      Eigen::Index arm;
      shares.col(Eigen::Index(i)).maxCoeff(&arm);
      return palette.at(std::size_t(arm));
    };
    for (std::size_t i = 0; i < lines.size(); ++i) canvas.line(lines[i], 1.2, colour(i), 0.05, 0.9);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      canvas.disc(lines[i].front(), 3, paper);
      canvas.disc(lines[i].front(), 2, colour(i), 0.8);
      canvas.disc(lines[i].back(), 5, paper);
      canvas.disc(lines[i].back(), 4, colour(i));
    }
    ++panel;
  }
  return canvas;
}

}  // namespace probability_flow
