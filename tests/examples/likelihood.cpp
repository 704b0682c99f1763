// The program `likelihood`: its routes against each other, and against its recorded output.

#include "docs/pages.hpp"
#include "program.hpp"
#include "support/png.hpp"
#include "support/test.hpp"

namespace {

using Numbers = std::vector<double>;

/// The line of the flow with its exact divergence at a tolerance: bits/dim, largest error, evaluations.
Numbers flow(const std::string& output, const char* tolerance) {
  const Numbers found = tests::numbers_of_line(output, std::string("flow, exact divergence       ") + tolerance);
  REQUIRE(found.size() == 3);
  return found;
}

/// What holds for any options.
void check_routes(const std::string& output, const std::string& probes) {
  INFO(output);
  const Numbers exact = tests::numbers_of_line(output, "exact  ");
  REQUIRE(exact.size() == 2);
  CHECK(flow(output, "1e-03")[1] > flow(output, "1e-05")[1]);
  CHECK(flow(output, "1e-05")[1] < 0.5);
  CHECK(flow(output, "1e-06")[1] < 0.2);
  CHECK(std::abs(flow(output, "1e-06")[0] - exact[0]) < 0.001);
  const Numbers estimated = tests::numbers_of_line(output, "flow, " + probes + " probes");
  REQUIRE(estimated.size() == 5);  // with the tolerance
  CHECK(std::abs(estimated[1] - exact[0]) < 4 * estimated[2]);
  CHECK(estimated[4] > 2 * std::stod(probes) * flow(output, "1e-05")[2]);
}

/// The number after these words.
double after(const std::string& output, const std::string& words) {
  const std::size_t at = output.find(words);
  REQUIRE(at != std::string::npos);
  return std::stod(output.substr(at + words.size()));
}

}  // namespace

TEST_CASE("likelihood: three routes to the density of held-out digits agree") {
  const tests::Folder folder("likelihood");
  const std::string sheet = folder / "sheet.png", recorded = tests::read("examples/likelihood/output.txt");
  const std::string options = "--count 2 --probes 4 --out " + sheet;
  const tests::Outcome outcome = tests::run_program(LIKELIHOOD_PROGRAM, options);
  INFO(outcome.output);
  REQUIRE(outcome.code == 0);
  check_routes(outcome.output, "4");
  // It does not depend on the options; another compiler may fit a little otherwise.
  CHECK(std::abs(after(outcome.output, "held out: ") - after(recorded, "held out: ")) < 0.01);
  CHECK(examples::read_png(sheet, 18 * 44 + 4 + 28, 10 * 44 + 4).at(0, 0) == 255);
  CHECK(tests::run_program(LIKELIHOOD_PROGRAM, options + " --threads 1").output == outcome.output);
}

TEST_CASE("likelihood: the recorded routes agree, and the noise of the end costs little") {
  const std::string recorded = tests::read("examples/likelihood/output.txt");
  check_routes(recorded, "8");
  const Numbers exact = tests::numbers_of_line(recorded, "exact  ");
  CHECK(std::abs(after(recorded, "without noise: ") - exact.at(0)) < 0.005);
  CHECK(after(recorded, "By probes, ") >= 16);  // of 20, where Student's law with 7 degrees of freedom has 18
}

TEST_CASE("likelihood refuses wrong arguments with one sentence") {
  const tests::Outcome outcome = tests::run_program(LIKELIHOOD_PROGRAM, "--probes 1");
  CHECK(outcome.code == 1);
  CHECK(tests::contains(outcome.output, "likelihood: ", "--probes", "2 to"));
}
