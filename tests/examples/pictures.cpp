// PNG files and the sheet.

#include <fstream>

#include "program.hpp"
#include "support/png.hpp"
#include "support/sheet.hpp"
#include "support/test.hpp"

TEST_CASE("a PNG holds what was written, and its folders are made") {
  const tests::Folder folder("png");
  examples::Picture picture(5, 3);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i) picture.pixels[i] = std::uint8_t(17 * i);
  const std::string path = folder / "new/folder/picture.png";
  examples::write_png(path, picture);
  CHECK(examples::read_png(path, 5, 3).pixels == picture.pixels);
  CHECK(picture.at(4, 2) == 17 * 14);
  const std::string refusal = tests::refusal<std::runtime_error>([&] { examples::read_png(path, 3, 5); });
  CHECK(tests::contains(refusal, path, "5x3", "3x5"));
}

TEST_CASE("check_writable leaves no trace") {
  const tests::Folder folder("writable");
  const std::string path = folder / "picture.png";
  examples::check_writable(path);
  CHECK(!std::filesystem::exists(path));
  std::ofstream(path) << "kept";
  examples::check_writable(path);
  CHECK(std::filesystem::file_size(path) == 4);
  const std::string below = path + "/picture.png";
  CHECK(tests::contains(tests::refusal<std::runtime_error>([&] { examples::check_writable(below); }), below,
                        "cannot be written"));
  CHECK(
      tests::contains(tests::refusal<std::runtime_error>([&] { examples::write_png(below, examples::Picture(1, 1)); }),
                      below, "cannot be written"));
}

TEST_CASE("a sheet places tiles where they belong and clips what is no shade") {
  examples::Sheet sheet(2, 3, 2, 1);  // tiles of 2 × 2, twice as large on the sheet; a gap before column 1
  const examples::Picture& picture = sheet.picture();
  CHECK(picture.width == 4 + 3 * (4 + 4) + 28);
  CHECK(picture.height == 4 + 2 * (4 + 4));
  sheet.place(1, 2, Eigen::Vector4f(0, 1, 5, -5));
  const int x = 4 + 2 * (4 + 4) + 28, y = 4 + (4 + 4);  // of the tile's corner
  const int paper = picture.at(x, y);
  CHECK(paper < 255);  // is told from the ground
  CHECK(paper > 200);
  CHECK(picture.at(x + 1, y + 1) == paper);
  CHECK(picture.at(x + 2, y) == 0);
  CHECK(picture.at(x, y + 3) == 0);
  CHECK(picture.at(x + 3, y + 3) == paper);
  for (const auto& [i, j] : std::vector<std::pair<int, int>>{{x - 1, y}, {x, y - 1}, {x + 4, y}, {x, y + 4}, {4, 4}})
    CHECK(picture.at(i, j) == 255);
}
