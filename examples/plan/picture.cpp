#include "picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "support/lettering.hpp"

namespace plan {

namespace {

using examples::Canvas;
using examples::Colour;
using examples::Point;

constexpr int width = 520, height = 242, gap = 14, line = 30, columns = 3;  // pixels; a line of words above each panel
constexpr double unit = 100;                                                // pixels
constexpr Colour ground{1, 1, 1}, paper{0.965f, 0.965f, 0.955f}, stone{0.30f, 0.33f, 0.38f}, ink{0.15f, 0.16f, 0.18f},
    touching{0.56f, 0.54f, 0.52f};
constexpr std::array<Colour, 4> scale{
    {{0.05f, 0.42f, 0.66f}, {0.10f, 0.62f, 0.47f}, {0.93f, 0.66f, 0.10f}, {0.83f, 0.20f, 0.13f}}};

/// 0: cheap; 1: dear.
Colour shade(double share) {
  const double place = std::clamp(share, 0.0, 1.0) * double(scale.size() - 1);
  const std::size_t i = std::min(std::size_t(place), scale.size() - 2);
  const float part = float(place - double(i));
  const Colour &a = scale[i], &b = scale[i + 1];
  return {a.red + part * (b.red - a.red), a.green + part * (b.green - a.green), a.blue + part * (b.blue - a.blue)};
}

void fill(Canvas& canvas, int left, int top, int w, int h, Colour colour) {
  for (int y = top; y < top + h; ++y)
    for (int x = left; x < left + w; ++x) canvas.blend(x, y, colour, 1);
}

void words(Canvas& canvas, int left, int top, const std::string& text) {
  constexpr int dots = 2;
  examples::Picture letters(int(text.size()) * examples::letter_width * dots, examples::letter_height * dots, 255);
  write(letters, 0, 0, text, dots);
  for (int y = 0; y < letters.height; ++y)
    for (int x = 0; x < std::min(letters.width, canvas.width() - left); ++x)
      if (letters.at(x, y) == 0) canvas.blend(left + x, top + y, ink, 1);
}

Point place(double x, double y) {
  return {width / 2 + unit * x, height / 2 - unit * y};
}

/// The dear ones first, so that the cheap ones lie on top.
std::vector<Eigen::Index> dear_first(const Eigen::VectorXd& cost) {
  std::vector<Eigen::Index> order(std::size_t(cost.size()));
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, [&](Eigen::Index a, Eigen::Index b) { return cost[a] > cost[b]; });
  return order;
}

void draw_path(Canvas& canvas, const Eigen::Ref<const Eigen::VectorXd>& path, double thickness, Colour colour,
               double opacity) {
  std::vector<Point> points;
  const Eigen::Matrix2Xd all = corners(path);
  for (Eigen::Index k = 0; k < all.cols(); ++k) points.push_back(place(all(0, k), all(1, k)));
  canvas.line(points, thickness, colour, opacity, opacity);
}

Canvas corridor(const Eigen::MatrixXd& paths, double least) {
  Canvas canvas(width, height, stone);
  const int top = int(place(0, wall).y);
  fill(canvas, 0, top, width, height - 2 * top, paper);
  for (const Disc& disc : discs) canvas.disc(place(disc.x, disc.y), unit * disc.radius, stone);
  const Eigen::VectorXd cost = costs(paths);
  const std::vector<Eigen::Index> order = dear_first(cost);
  for (const Eigen::Index i : order)
    if (!free_of_collision(paths.col(i))) draw_path(canvas, paths.col(i), 1.2, touching, 0.75);
  for (const Eigen::Index i : order)
    if (free_of_collision(paths.col(i))) draw_path(canvas, paths.col(i), 2, shade((cost[i] / least - 1) / 2), 0.9);
  for (const Eigen::Vector2d& end : {start, goal}) {
    canvas.disc(place(end.x(), end.y()), 9, ground);
    canvas.disc(place(end.x(), end.y()), 7, ink);
  }
  canvas.disc(place(goal.x(), goal.y()), 4, ground);
  return canvas;
}

void copy(const Canvas& from, Canvas& to, int left, int top) {
  for (int y = 0; y < from.height(); ++y)
    for (int x = 0; x < from.width(); ++x) to.blend(left + x, top + y, from.at(x, y), 1);
}

/// "cost 9 ▒▒▒▒ 27 and more", and what is grey.
void legend(Canvas& canvas, int top, double least) {
  constexpr int length = 240, thickness = 12, letters = 14;
  const std::string low = fmt::format("cost {:.0f}", least), high = fmt::format("{:.0f} and more", 3 * least);
  int left = gap;
  words(canvas, left, top, low);
  left += int(low.size() + 1) * letters;
  for (int i = 0; i < length; ++i) fill(canvas, left + i, top + 2, 1, thickness, shade(double(i) / (length - 1)));
  left += length + letters;
  words(canvas, left, top, high);
  left += int(high.size() + 3) * letters;
  fill(canvas, left, top + 6, 60, 3, touching);
  words(canvas, left + 60 + letters, top, "touches a disc or a wall");
}

}  // namespace

Canvas draw(const std::vector<Panel>& panels, double least) {
  const int rows = (int(panels.size()) + columns - 1) / columns;
  Canvas canvas(columns * width + (columns + 1) * gap, rows * (line + height + gap) + line + gap, ground);
  for (int i = 0; i < int(panels.size()); ++i) {
    const Panel& panel = panels[std::size_t(i)];
    const int left = gap + i % columns * (width + gap), top = gap / 2 + i / columns * (line + height + gap);
    words(canvas, left, top + 7, panel.title);
    copy(corridor(panel.paths, least), canvas, left, top + line);
  }
  legend(canvas, rows * (line + height + gap) + gap, least);
  return canvas;
}

}  // namespace plan
