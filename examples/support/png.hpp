#pragma once
// PNG files, by libpng's simplified interface.

#include <string>

#include "canvas.hpp"
#include "picture.hpp"

namespace examples {

/// The picture in the file, colours turned to grey. Throws std::runtime_error, naming the file, unless it is a readable
/// PNG of width × height pixels; the size is checked before the pixels are decoded.
Picture read_png(const std::string& path, int width, int height);

/// Throws std::runtime_error, naming the file, unless it can be written: the moment to find out is before the work, not
/// after. Makes the folders that it stands in where they are missing, and leaves a file that is there as it is.
void check_writable(const std::string& path);

/// Writes the file, and the folders that it stands in where they are missing. Throws std::runtime_error, naming the
/// file, where it cannot.
void write_png(const std::string& path, const Picture& picture);
void write_png(const std::string& path, const Canvas& canvas);

}  // namespace examples
