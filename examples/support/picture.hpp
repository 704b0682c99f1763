#pragma once
// A grey picture of 8 bits a pixel: what is read from a PNG and written to one.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace examples {

struct Picture {
  int width = 0, height = 0;         ///< pixels
  std::vector<std::uint8_t> pixels;  ///< row after row from the top; 0 is black

  Picture(int w, int h, std::uint8_t shade = 0) : width(w), height(h), pixels(std::size_t(w) * std::size_t(h), shade) {}

  std::uint8_t& at(int x, int y) { return pixels[std::size_t(y) * std::size_t(width) + std::size_t(x)]; }
  std::uint8_t at(int x, int y) const { return pixels[std::size_t(y) * std::size_t(width) + std::size_t(x)]; }
};

}  // namespace examples
