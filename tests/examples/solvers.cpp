// The program `solvers`: its numbers as JSON, and its recorded output, which the page on accuracy shows.

#include <map>
#include <nlohmann/json.hpp>

#include "docs/pages.hpp"
#include "program.hpp"
#include "support/test.hpp"

TEST_CASE("solvers: ten evaluations as JSON, and a sheet") {
  const tests::Folder folder("solvers");
  const std::string sheet = folder / "sheet.png", numbers = folder / "numbers.json";
  const tests::Outcome outcome =
      tests::run_program(SOLVERS_PROGRAM, "--evaluations 10 --count 10 --json " + numbers + " --out " + sheet);
  INFO(outcome.output);
  REQUIRE(outcome.code == 0);
  const auto report = nlohmann::json::parse(tests::read(numbers));
  CHECK(report["seed"] == 7);
  CHECK(report["picture"] == sheet);
  std::map<std::string, double> off;
  for (const auto& run : report["runs"]) {
    INFO(run.dump());
    CHECK(run["used"] <= 10);
    CHECK(run["used"] >= 8);
    CHECK(run["measured"]["frechet"] > 0);
    if (!run["off"].is_null()) off[run["sampler"]] = run["off"];
  }
  CHECK(off.size() > 20);
  CHECK(off.count("DDPM") == 0);
  // What follows the flow at first order is further off than what does at second and third.
  for (const char* better : {"DPMSolver 2", "DPMSolver 3", "UniPC 2", "UniPC 3", "PNDM", "LMS 3, v"})
    CHECK(off[better] < off["DDIM = DPMSolver 1"]);
  CHECK(off["Heun, v"] < off["Heun"]);
  // The recorded table, on more samples, has a line for each.
  for (const auto& [sampler, value] : off) {
    INFO(sampler << " " << value);
    const std::string name = sampler + std::string(27 - sampler.size(), ' ');
    CHECK(tests::numbers_of_line(tests::read("examples/solvers/output.txt"), name).size() == 12);
  }
  CHECK(std::filesystem::file_size(sheet) > 10000);
}

TEST_CASE("solvers refuses wrong arguments with one sentence") {
  const tests::Outcome outcome = tests::run_program(SOLVERS_PROGRAM, "--evaluations 4");
  CHECK(outcome.code == 1);
  CHECK(tests::contains(outcome.output, "solvers: ", "--evaluations", "5 to 1000"));
}

TEST_CASE("your_own_sampler: its law holds") {
  const tests::Outcome outcome = tests::run_program(YOUR_OWN_SAMPLER_PROGRAM, "");
  INFO(outcome.output);
  REQUIRE(outcome.code == 0);
  const std::vector<double> known = tests::numbers_of_line(outcome.output, "DDIM "),
                            own = tests::numbers_of_line(outcome.output, "AngleAdams ");
  REQUIRE(known.size() == 4);
  REQUIRE(own.size() == 4);
  CHECK(std::abs(own[1] - 2) < 0.1);
  CHECK(own[2] < known[2]);  // ten steps
}
