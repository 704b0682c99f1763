// The program `probability_flow` against what it claims and its recorded output, and the canvas that it draws on.

#include "docs/pages.hpp"
#include "program.hpp"
#include "support/canvas.hpp"
#include "support/png.hpp"
#include "support/test.hpp"

namespace {

using Numbers = std::vector<double>;

Numbers line(const std::string& output, const std::string& name, std::size_t size) {
  const Numbers found = tests::numbers_of_line(output, name);
  INFO("<" << name << "> in:\n" << output);
  REQUIRE(found.size() == size);
  return found;
}

/// What holds for any options: n samples of each equation.
void check_claims(const std::string& output, double n) {
  INFO(output);
  const Numbers coarse = line(output, "20 ", 3), fine = line(output, "320 ", 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(fine[i] < 2 / std::sqrt(n));
    CHECK(fine[i] < coarse[i]);
    CHECK(line(output, "exact draws", 3)[i] < 2 / std::sqrt(n));
  }

  double before = 0;
  for (const double tolerance : {1e-3, 1e-5, 1e-7, 1e-9}) {
    char name[16];
    std::snprintf(name, sizeof name, "%.0e ", tolerance);
    const Numbers row = line(output, name, 4);
    CHECK(row[0] <= row[1]);
    CHECK(row[1] < 50 * tolerance);
    CHECK(row[2] > 1e-3);  // the prior's mismatch does not go away
    CHECK(row[3] > before);
    before = row[3];
  }
  for (const char* probes : {"4 ", "16 ", "64 "}) {
    const Numbers row = line(output, probes, 2);
    CHECK(row[0] < 2 * row[1]);
    CHECK(row[0] > row[1] / 2);
  }
  for (const std::string integrator : {"AdaptiveFlow", "Boost.odeint"})
    if (tests::contains(output, integrator))
      for (const double tolerance : {1e-6, 1e-9}) {
        char name[32];
        std::snprintf(name, sizeof name, "%s       %.0e", integrator.c_str(), tolerance);
        const Numbers row = line(output, name, 4);
        CHECK(row[0] < 1000 * tolerance);
        if (integrator == "AdaptiveFlow") CHECK(row[1] < 1000 * tolerance);  // of the other nothing is claimed
      }
}

}  // namespace

TEST_CASE("probability_flow: three equations have one law, and the flow tells its density and leads back") {
  const tests::Folder folder("probability-flow");
  const std::string picture = folder / "picture.png";
  const tests::Outcome outcome =
      tests::run_program(PROBABILITY_FLOW_PROGRAM, "--count 2000 --points 20 --out " + picture);
  INFO(outcome.output);
  REQUIRE(outcome.code == 0);
  check_claims(outcome.output, 2000);
  CHECK(tests::contains(outcome.output, "AdaptiveFlow"));
  CHECK(examples::read_png(picture, 3 * 400 + 2 * 12, 400).at(405, 200) == 255);  // between two panels
}

TEST_CASE("probability_flow: the recorded output bears the claims out") {
  const std::string recorded = tests::read("examples/probability_flow/output.txt");
  check_claims(recorded, 20000);
  CHECK(tests::contains(recorded, "Boost.odeint"));
}

TEST_CASE("probability_flow refuses wrong arguments with one sentence") {
  const tests::Outcome outcome = tests::run_program(PROBABILITY_FLOW_PROGRAM, "--count 1");
  CHECK(outcome.code == 1);
  CHECK(tests::contains(outcome.output, "probability_flow: ", "--count", "10 to"));
}

TEST_CASE("a canvas lays smooth lines and discs over its ground") {
  using examples::Point;
  constexpr examples::Colour white{1, 1, 1}, black{0, 0, 0}, red{1, 0, 0};
  examples::Canvas canvas(20, 10, white);
  const std::vector<Point> level{{2, 5}, {12, 5}, {2, 5}};
  canvas.line(level, 2, black, 0.5, 0.5);
  CHECK(canvas.at(8, 4).red == 0.5f);  // there and back covers once
  CHECK(canvas.at(8, 5).green == 0.5f);
  CHECK(canvas.at(8, 2).blue == 1);
  CHECK(canvas.at(15, 5).red == 1);

  canvas.disc({16, 5}, 2.25, red);
  CHECK(canvas.at(16, 5).green == 0);
  CHECK(canvas.at(16, 5).red == 1);
  CHECK(canvas.at(18, 4).green > 0);  // the edge
  CHECK(canvas.at(18, 4).green < 1);
  CHECK(canvas.at(19, 9).green == 1);
  canvas.disc({-50, 300}, 5, red);  // far outside
  canvas.disc({0, 0}, 3, red);      // half outside
  CHECK(canvas.at(0, 0).blue == 0);

  const std::vector<Point> fading{{0, 8.5}, {10, 8.5}, {20, 8.5}};
  canvas.line(fading, 1, black, 0, 1);
  CHECK(canvas.at(4, 8).red > canvas.at(15, 8).red);
  canvas.blend(19, 0, red, 0.25);
  CHECK(canvas.at(19, 0).green == 0.75f);
  const std::vector<std::uint8_t> bytes = canvas.bytes();
  REQUIRE(bytes.size() == 3 * 20 * 10);
  CHECK(int(bytes[3 * 19]) == 255);
  CHECK(int(bytes[3 * 19 + 1]) == 191);

  const tests::Folder folder("canvas");
  const std::string path = folder / "new/canvas.png";
  examples::write_png(path, canvas);
  CHECK(examples::read_png(path, 20, 10).at(12, 0) == 255);
  CHECK(examples::read_png(path, 20, 10).at(0, 0) < 255);
}
