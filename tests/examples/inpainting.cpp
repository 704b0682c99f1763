// The program `inpainting`: every method beside the exact posterior, and its recorded output.

#include <map>
#include <nlohmann/json.hpp>

#include "docs/pages.hpp"
#include "program.hpp"
#include "support/test.hpp"

namespace {
constexpr const char* names[] = {"exact draws", "exact denoiser", "no measurement",        "replacement", "RePaint",
                                 "DPS",         "diffpir",        "PseudoinverseGuidance", "pigdm",       "mmps, 1",
                                 "mmps, 5"};
}

TEST_CASE("inpainting: every method beside the exact posterior") {
  const tests::Folder folder("inpainting");
  const std::string sheet = folder / "sheet.png", numbers = folder / "numbers.json";
  const tests::Outcome outcome = tests::run_program(
      INPAINTING_PROGRAM, "--digits 2 --samples 4 --steps 15 --json '" + numbers + "' --out '" + sheet + "'");
  INFO(outcome.output);
  REQUIRE(outcome.code == 0);
  const auto report = nlohmann::json::parse(tests::read(numbers));
  CHECK(report["runs"].size() == 12);
  std::map<std::string, nlohmann::json> runs;
  for (const auto& run : report["runs"]) runs[run["method"]] = run;
  for (const char* name : names) {
    INFO(name);
    REQUIRE(runs.count(name) == 1);
    CHECK(runs[name]["off"] > 0);
  }
  const auto off = [&](const char* name) { return double(runs[name]["off"]); };
  CHECK(off("exact draws") < 0.06);
  CHECK(off("exact denoiser") < 0.06);
  CHECK(off("mmps, 5") < off("no measurement"));
  CHECK(off("replacement") < off("no measurement"));
  CHECK(std::abs(double(runs["exact draws"]["residual"]) - 1) < 0.3);
  CHECK(runs["replacement"]["residual"] < 1e-9);
  CHECK(runs["no measurement"]["residual"] > 3);
  // The rows of a covariance of pixels may sum to less than 0, and TMPD then has no value.
  REQUIRE(runs.count("tmpd") == 1);
  CHECK(runs["tmpd"]["off"].is_null() == tests::contains(outcome.output, "Stopped: tmpd: "));
  CHECK(std::filesystem::file_size(sheet) > 5000);
}

TEST_CASE("inpainting: the recorded table has a line for each, and says what mmps gains") {
  const std::string recorded = tests::read("examples/inpainting/output.txt");
  std::map<std::string, double> off;
  for (const char* name : names) {
    INFO(name);
    const std::vector<double> row = tests::numbers_of_line(recorded, name + std::string(" "));
    REQUIRE(row.size() == 4);
    off[name] = row[0];
  }
  for (const char* other : {"replacement", "DPS", "diffpir", "PseudoinverseGuidance", "pigdm", "mmps, 1"})
    CHECK(off["mmps, 5"] < off[other]);
}

TEST_CASE("inpainting refuses wrong arguments with one sentence") {
  tests::Outcome outcome = tests::run_program(INPAINTING_PROGRAM, "--digits 11");
  CHECK(outcome.code == 1);
  CHECK(tests::contains(outcome.output, "inpainting: ", "--digits", "1 to 10"));
  outcome = tests::run_program(INPAINTING_PROGRAM, "--noise 0");
  CHECK(outcome.code == 1);
  CHECK(tests::contains(outcome.output, "inpainting: ", "--noise", "positive"));
}
