// The program `digits`: its recorded output, its pictures, and its measures against counting by hand.

#include "digits/measures.hpp"

#include "docs/pages.hpp"
#include "program.hpp"
#include "support/png.hpp"
#include "support/test.hpp"

using examples::DigitSet;

namespace {

/// The columns x … x + width of a picture, row after row, of the rows y … y + height.
std::vector<std::uint8_t> cut_out(const examples::Picture& picture, int x, int y, int width, int height) {
  std::vector<std::uint8_t> pixels;
  for (int j = y; j < y + height; ++j)
    for (int i = x; i < x + width; ++i) pixels.push_back(picture.at(i, j));
  return pixels;
}

constexpr int tile = 44;  // pixels of the sheet from one digit to the next
constexpr int sheet_width = 20 * tile + 28 + 4;

}  // namespace

TEST_CASE("digits: one row of the comparison, sampled alone, prints what was recorded") {
  const tests::Folder folder("digits-recorded");
  struct Case {
    std::string sampler, title;
  };
  for (const Case& c : std::vector<Case>{{"ddim", "DDIM "}, {"ddpm", "DDPM "}}) {
    const tests::Outcome outcome =
        tests::run_digits("--sampler " + c.sampler + " --steps 10 --out " + folder / "sheet.png");
    INFO(outcome.output);
    REQUIRE(outcome.code == 0);
    CHECK(outcome.output.find('\r') == std::string::npos);  // no progress bar but on a terminal
    const std::vector<double> now = tests::numbers_of_line(outcome.output, c.title),
                              recorded = tests::numbers_of_line(tests::read("examples/digits/output.txt"), c.title);
    // steps, evaluations, Fréchet, log-density, nearest, same class, seconds
    REQUIRE(now.size() == 7);
    REQUIRE(recorded.size() == 7);
    CHECK(now[0] == 10);
    CHECK(now[0] == recorded[0]);
    CHECK(now[1] == recorded[1]);
    // Another compiler may round a point into another cluster of k-means, and so change the fit a little. Other seeds
    // move these columns by 6 %, 0.2 % and 1 %; the two samplers differ by 50 %, 0.1 % and 3 %.
    CHECK(std::abs(now[2] - recorded[2]) < 0.1 * recorded[2]);
    CHECK(std::abs(now[3] - recorded[3]) < 0.01 * recorded[3]);
    CHECK(std::abs(now[4] - recorded[4]) < 0.015 * recorded[4]);
    CHECK(std::abs(now[5] - recorded[5]) <= 2);  // percent
  }
}

TEST_CASE("digits: a class sampled alone is the row of that class on the sheet of all, on any number of threads") {
  const tests::Folder folder("digits-class");
  const std::string common = "--sampler ddpm --steps 5 --seed 3 ";
  REQUIRE(tests::run_digits(common + "--count 120 --threads 2 --out " + folder / "all.png").code == 0);
  REQUIRE(tests::run_digits(common + "--count 12 --class 3 --threads 1 --out " + folder / "threes.png").code == 0);
  REQUIRE(tests::run_digits(common + "--count 12 --class 4 --threads 1 --out " + folder / "fours.png").code == 0);
  const auto all = examples::read_png(folder / "all.png", sheet_width, 10 * tile + 4);
  const auto threes = examples::read_png(folder / "threes.png", sheet_width, tile + 4);
  const auto fours = examples::read_png(folder / "fours.png", sheet_width, tile + 4);
  const int samples = 8 * tile + 28, width = 12 * tile;  // to the right of the real digits
  CHECK(cut_out(all, samples, 3 * tile, width, tile) == cut_out(threes, samples, 0, width, tile));
  CHECK(cut_out(all, samples, 4 * tile, width, tile) == cut_out(fours, samples, 0, width, tile));
  CHECK(cut_out(all, samples, 3 * tile, width, tile) != cut_out(fours, samples, 0, width, tile));
  CHECK(examples::read_png(folder / "all-strip.png", 6 * tile + 4, 2 * tile + 4).at(0, 0) == 255);
}

TEST_CASE("digits: the measures of the real digits themselves") {
  const DigitSet real = examples::read_digits();
  std::vector<int> labels;
  for (Eigen::Index i = 0; i < real.pixels.cols(); ++i) labels.push_back(DigitSet::label(i));
  const examples::FittedMixture fit = examples::fit_mixture(real.pixels, labels);
  const digits::Mixture mixture = fit.model<float>();
  const auto fifth = Eigen::seq(0, real.pixels.cols() - 1, 5);  // of the digits, to save time
  const Eigen::MatrixXd data = real.pixels(Eigen::all, fifth);
  const digits::Yardstick yardstick(real, mixture, data);

  // Row 20 of digits begins with the first four; the last nine ends the picture.
  const auto picture = examples::read_png(examples::digits_path(), 2000, 1000);
  CHECK(real.pixels.minCoeff() == 0);
  CHECK(real.pixels.maxCoeff() == 1);
  for (int y = 0; y < 20; ++y)
    for (int x = 0; x < 20; ++x) {
      CHECK(real.of_class(4)(20 * y + x, 0) == picture.at(x, 400 + y) / 255.0);
      CHECK(real.of_class(9)(20 * y + x, 499) == picture.at(1980 + x, 980 + y) / 255.0);
    }

  digits::Samples ten;
  double nearest = 0, same_class = 0;  // by looking at every other digit
  ten.pixels.resize(DigitSet::dimension, 10);
  for (Eigen::Index i = 0; i < 10; ++i) {
    const Eigen::Index index = 60 * i;
    double least = 1e9;
    Eigen::Index which = -1;
    for (Eigen::Index j = 0; j < real.pixels.cols(); ++j) {
      const double distance = (real.pixels.col(index) - real.pixels.col(j)).norm();
      if (j != index && distance < least) least = distance, which = j;
    }
    nearest += least / 10;
    same_class += DigitSet::label(which) == DigitSet::label(index) ? 0.1 : 0;
    ten.pixels.col(i) = real.pixels.col(index).cast<float>();
    ten.labels.push_back(DigitSet::label(index));
  }
  const digits::Measures of_ten = yardstick.of_real(ten);
  CHECK(std::abs(of_ten.nearest - nearest) < 1e-4);
  CHECK(yardstick(ten).nearest == 0);
  CHECK(std::abs(of_ten.same_class - same_class) < 1e-12);
  for (int& label : ten.labels) label = 9;  // zeros and ones passed off as nines
  CHECK(yardstick(ten).same_class == 0);

  digits::Samples same{data.cast<float>(), {}};
  for (Eigen::Index i = 0; i < data.cols(); ++i) same.labels.push_back(DigitSet::label(5 * i));
  CHECK(yardstick(same).frechet < 1e-6);
  digits::Samples shifted = same;  // the means apart by s in each of 400 pixels, the covariances equal: 400 s²
  shifted.pixels.array() += 0.05f;
  CHECK(std::abs(yardstick(shifted).frechet - 1) < 1e-4);
}
