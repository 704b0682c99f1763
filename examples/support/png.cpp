#include "png.hpp"

#include <fmt/format.h>
#include <png.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace examples {

namespace {

/// libpng's description of a picture, freed whatever happens.
struct Image : png_image {
  Image() : png_image{} { version = PNG_IMAGE_VERSION; }
  ~Image() { png_image_free(this); }
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;
};

void make_folders(const std::string& path) {
  std::error_code ignored;  // a folder that cannot be made shows when the file is opened
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
}

void write(const std::string& path, int width, int height, png_uint_32 format,
           const std::vector<std::uint8_t>& pixels) {
  make_folders(path);
  Image image;
  image.width = png_uint_32(width);
  image.height = png_uint_32(height);
  image.format = format;
  if (!png_image_write_to_file(&image, path.c_str(), 0, pixels.data(), 0, nullptr))
    throw std::runtime_error(fmt::format("{}: it cannot be written: {}", path, image.message));
}

}  // namespace

Picture read_png(const std::string& path, int width, int height) {
  Image image;
  const auto refuse = [&] {
    throw std::runtime_error(fmt::format("{}: it cannot be read as a PNG picture: {}", path, image.message));
  };
  if (!png_image_begin_read_from_file(&image, path.c_str())) refuse();
  if (image.width != png_uint_32(width) || image.height != png_uint_32(height))
    throw std::runtime_error(fmt::format("{}: the picture has {}x{} pixels, but must have {}x{}", path, image.width,
                                         image.height, width, height));
  image.format = PNG_FORMAT_GRAY;
  Picture picture(width, height);
  if (!png_image_finish_read(&image, nullptr, picture.pixels.data(), 0, nullptr)) refuse();
  return picture;
}

void check_writable(const std::string& path) {
  make_folders(path);
  std::error_code ignored;
  const bool before = std::filesystem::exists(path, ignored);
  if (!std::ofstream(path, std::ios::app))
    throw std::runtime_error(fmt::format("{}: it cannot be written: {}", path, std::strerror(errno)));
  if (!before) std::filesystem::remove(path, ignored);
}

void write_png(const std::string& path, const Picture& picture) {
  write(path, picture.width, picture.height, PNG_FORMAT_GRAY, picture.pixels);
}
void write_png(const std::string& path, const Canvas& canvas) {
  write(path, canvas.width(), canvas.height(), PNG_FORMAT_RGB, canvas.bytes());
}

}  // namespace examples
