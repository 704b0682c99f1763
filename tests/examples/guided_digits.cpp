// The program `guided_digits`: what it says of guidance by an exact classifier, and its recorded output.

#include <nlohmann/json.hpp>

#include "docs/pages.hpp"
#include "program.hpp"
#include "support/test.hpp"

TEST_CASE("guided_digits: the two guidances are one, and at scale 1 the conditional denoiser") {
  const tests::Folder folder("guided-digits");
  const std::string sheet = folder / "sheet.png", numbers = folder / "numbers.json";
  const tests::Outcome outcome =
      tests::run_program(GUIDED_DIGITS_PROGRAM, "--count 30 --steps 8 --json '" + numbers + "' --out '" + sheet + "'");
  INFO(outcome.output);
  REQUIRE(outcome.code == 0);
  const auto report = nlohmann::json::parse(tests::read(numbers));
  CHECK(report["count"] == 30);
  const auto& runs = report["runs"];
  REQUIRE(runs.size() == 12);  // draws, the denoiser of the class, and two guidances at five scales
  CHECK(runs[0]["method"] == "exact draws");
  CHECK(runs[0]["accuracy"] == 1);
  CHECK(runs[1]["method"] == "conditional");
  for (std::size_t i = 2; i < 7; ++i) {
    const auto &one = runs[i], &other = runs[i + 5];
    INFO(one.dump() << '\n' << other.dump());
    CHECK(one["method"] == "classifier");
    CHECK(other["method"] == "classifier-free");
    CHECK(one["scale"] == other["scale"]);
    for (const char* measure : {"frechet", "diversity", "off"})
      CHECK(std::abs(double(one[measure]) - double(other[measure])) < 2e-3 * (1 + double(one[measure])));
    CHECK(std::abs(double(one["accuracy"]) - double(other["accuracy"])) < 0.05);
  }
  CHECK(runs[3]["scale"] == 1);
  CHECK(runs[3]["off"] < 1e-3);
  CHECK(runs[8]["off"] < 1e-6);
  CHECK(std::abs(double(runs[3]["accuracy"]) - double(runs[1]["accuracy"])) < 0.05);
  CHECK(runs[2]["accuracy"] < runs[3]["accuracy"]);  // too weak
  CHECK(runs[6]["frechet"] > runs[3]["frechet"]);    // too strong
  CHECK(std::filesystem::file_size(sheet) > 5000);
}

TEST_CASE("guided_digits: the recorded table says the same") {
  const std::string recorded = tests::read("examples/guided_digits/output.txt");
  const std::vector<double> conditional = tests::numbers_of_line(recorded, "conditional ");
  REQUIRE(conditional.size() == 3);
  for (const char* scale : {"0.5", "  1", "  2", "  4", "  8"}) {
    const std::vector<double> one = tests::numbers_of_line(recorded, std::string("classifier           ") + scale),
                              other = tests::numbers_of_line(recorded, std::string("classifier-free      ") + scale);
    INFO(scale);
    REQUIRE(one.size() == 4);
    REQUIRE(other.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) CHECK(std::abs(one[i] - other[i]) < 0.01 * (1 + one[i]));
    if (std::string(scale) == "  1")
      for (std::size_t i = 0; i < 3; ++i) CHECK(std::abs(one[i] - conditional[i]) < 0.01 * (1 + conditional[i]));
  }
}

TEST_CASE("guided_digits refuses wrong arguments with one sentence") {
  const tests::Outcome outcome = tests::run_program(GUIDED_DIGITS_PROGRAM, "--count 19");
  CHECK(outcome.code == 1);
  CHECK(tests::contains(outcome.output, "guided_digits: ", "--count", "20 to 100000"));
}
