#pragma once
// A colour picture on which shades, lines and discs are laid over each other, their edges smooth.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace examples {

struct Colour {
  float red, green, blue;  ///< from 0 to 1
};

/// A place in pixels: the pixel (x, y) reaches from there to (x + 1, y + 1), y downward.
struct Point {
  double x, y;
};

class Canvas {
 public:
  Canvas(int width, int height, Colour ground);

  int width() const { return width_; }
  int height() const { return height_; }
  Colour at(int x, int y) const { return pixels_[index(x, y)]; }

  /// One pixel; opacity 0 leaves it as it is, 1 covers it.
  void blend(int x, int y, Colour colour, double opacity);
  /// A line through the points, `thickness` pixels wide with round ends; its opacity goes evenly from that of the first
  /// point to that of the last. Where it crosses itself it does not cover twice. What lies outside the canvas is left
  /// out.
  void line(std::span<const Point> points, double thickness, Colour colour, double first = 1, double last = 1);
  void disc(Point centre, double radius, Colour colour, double opacity = 1);

  /// Red, green and blue of each pixel, row after row from the top.
  std::vector<std::uint8_t> bytes() const;

 private:
  std::size_t index(int x, int y) const { return std::size_t(y) * std::size_t(width_) + std::size_t(x); }

  int width_, height_;
  std::vector<Colour> pixels_;
  std::vector<float> cover_;  // of the line that is being drawn; 0 between two
};

}  // namespace examples
