#include "canvas.hpp"

#include <algorithm>
#include <cmath>

namespace examples {

namespace {

double distance(Point p, Point a, Point b) {
  const double x = b.x - a.x, y = b.y - a.y, length2 = x * x + y * y;
  const double along = length2 == 0 ? 0 : std::clamp(((p.x - a.x) * x + (p.y - a.y) * y) / length2, 0.0, 1.0);
  return std::hypot(p.x - a.x - along * x, p.y - a.y - along * y);
}

}  // namespace

Canvas::Canvas(int width, int height, Colour ground)
    : width_(width),
      height_(height),
      pixels_(std::size_t(width) * std::size_t(height), ground),
      cover_(pixels_.size(), 0.0f) {
}

void Canvas::blend(int x, int y, Colour colour, double opacity) {
  Colour& pixel = pixels_[index(x, y)];
  const auto mix = [share = float(opacity)](float& channel, float over) { channel += share * (over - channel); };
  mix(pixel.red, colour.red), mix(pixel.green, colour.green), mix(pixel.blue, colour.blue);
}

void Canvas::line(std::span<const Point> points, double thickness, Colour colour, double first, double last) {
  // The share of a pixel that a line covers falls from 1 to 0 over the width of one pixel about its edge.
  const double reach = thickness / 2 + 0.5;
  int left = width_, right = 0, top = height_, bottom = 0;  // of all that is touched
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Point a = points[i], b = points[std::min(i + 1, points.size() - 1)];
    const double opacity = first + (last - first) * double(i + 1) / double(points.size());
    const auto from = [&](double value, int size) { return int(std::clamp(std::floor(value), 0.0, double(size))); };
    const int x0 = from(std::min(a.x, b.x) - reach, width_), x1 = from(std::max(a.x, b.x) + reach + 1, width_),
              y0 = from(std::min(a.y, b.y) - reach, height_), y1 = from(std::max(a.y, b.y) + reach + 1, height_);
    for (int y = y0; y < y1; ++y)
      for (int x = x0; x < x1; ++x) {
        float& cover = cover_[index(x, y)];
        const double covered = std::clamp(reach - distance({x + 0.5, y + 0.5}, a, b), 0.0, std::min(1.0, thickness));
        cover = std::max(cover, float(opacity * covered));
      }
    left = std::min(left, x0), right = std::max(right, x1), top = std::min(top, y0), bottom = std::max(bottom, y1);
  }
  for (int y = top; y < bottom; ++y)
    for (int x = left; x < right; ++x)
      if (float& cover = cover_[index(x, y)]; cover > 0) {
        blend(x, y, colour, double(cover));
        cover = 0;
      }
}

void Canvas::disc(Point centre, double radius, Colour colour, double opacity) {
  line(std::array{centre}, 2 * radius, colour, opacity, opacity);
}

std::vector<std::uint8_t> Canvas::bytes() const {
  std::vector<std::uint8_t> all;
  all.reserve(3 * pixels_.size());
  for (const Colour& pixel : pixels_)
    for (const float channel : {pixel.red, pixel.green, pixel.blue})
      all.push_back(std::uint8_t(std::lround(255 * std::clamp(channel, 0.0f, 1.0f))));
  return all;
}

}  // namespace examples
