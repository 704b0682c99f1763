#pragma once
// Words on a grey picture, in letters of 5 × 8 dots: enough to tell the rows of a sheet apart, without a font library.

#include <string_view>

#include "picture.hpp"

namespace examples {

/// A letter with the space about it, in dots.
inline constexpr int letter_width = 6, letter_height = 9;

/// Writes `text` with its upper left corner at (x, y), each dot a square of `scale` pixels. What is not printable ASCII
/// becomes a question mark; what lies outside the picture is left out.
void write(Picture& picture, int x, int y, std::string_view text, int scale = 2, std::uint8_t shade = 0);

}  // namespace examples
