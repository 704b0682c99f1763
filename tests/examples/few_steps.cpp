// The program `few_steps` against its recorded output, which the page on the optimal variance shows.

#include "docs/pages.hpp"
#include "program.hpp"
#include "support/png.hpp"
#include "support/test.hpp"

namespace {

using Numbers = std::vector<double>;

/// The line of a sampler, its levels and its number of steps.
Numbers line(const std::string& output, const std::string& sampler, const std::string& levels) {
  const std::string name = sampler + std::string(22 - sampler.size(), ' ') + " " + levels + "     10 ";
  const Numbers found = tests::numbers_of_line(output, name);
  INFO("<" << name << "> in:\n" << output);
  REQUIRE(!found.empty());
  return found;
}

}  // namespace

TEST_CASE("few_steps: ten steps print the bounds and the table of faults that were recorded") {
  const tests::Folder folder("few-steps");
  const std::string recorded = tests::read("examples/few_steps/output.txt");
  const tests::Outcome outcome =
      tests::run_program(FEW_STEPS_PROGRAM, "--steps 10 --count 20 --out " + folder / "sheet.png");
  INFO(outcome.output);
  REQUIRE(outcome.code == 0);

  // Fréchet, log-density, bits a pixel and their error. The bits do not depend on the samples; another compiler may fit
  // a little otherwise.
  for (const char* levels : {"uniform", "optimal"}) {
    double small = 0;
    for (const char* sampler : {"DDPM, small", "DDPM, large", "Analytic-DPM", "Extended, diagonal"}) {
      const Numbers now = line(outcome.output, sampler, levels), then = line(recorded, sampler, levels);
      REQUIRE(now.size() == 4);
      REQUIRE(then.size() == 4);
      CHECK(std::abs(now[2] - then[2]) < 0.03 * then[2]);
      CHECK(std::abs(now[3] - then[3]) < 0.3 * then[3]);
      if (std::string(sampler) == "DDPM, small") small = now[2];
      if (std::string(sampler) == "Analytic-DPM") CHECK(now[2] < small);  // what the page says of the bound
    }
    CHECK(line(outcome.output, "DDIM", levels).size() == 2);
  }
  CHECK(line(outcome.output, "Extended, full", "uniform").size() == 2);

  // The residual of the faulty denoiser is positive at every level; the others fail where they are said to.
  for (const char* name : {"exact       1.00", "faulty      1.00", "faulty      0.50"}) {
    const Numbers now = tests::numbers_of_line(outcome.output, name), then = tests::numbers_of_line(recorded, name);
    REQUIRE(now.size() == 7);
    REQUIRE(then.size() == 7);
    for (std::size_t i = 0; i < 7; ++i) CHECK(std::abs(now[i] - then[i]) <= 1e-4 + 0.001 * std::abs(then[i]));
    CHECK(now[1] > 0);
  }
  CHECK(tests::numbers_of_line(outcome.output, "faulty      0.50")[5] < 0);
  CHECK(examples::read_png(folder / "sheet.png", 10 * 44 + 4, 11 * 44 + 4).at(0, 0) == 255);
}

TEST_CASE("few_steps: the ratios that the pages quote are those of the recorded table") {
  const std::string recorded = tests::read("examples/few_steps/output.txt");
  const auto frechet = [&](const char* sampler) { return line(recorded, sampler, "uniform")[0]; };
  const auto ratio = [&](const char* a, const char* b) {
    char text[16];
    std::snprintf(text, sizeof text, "%.2f", frechet(a) / frechet(b));
    return std::string(text);
  };
  CHECK(tests::contains(recorded, "to DDPM small " + ratio("Analytic-DPM", "DDPM, small"),
                        "to DDPM large " + ratio("Analytic-DPM", "DDPM, large"),
                        "diagonal " + ratio("Extended, diagonal", "Analytic-DPM"),
                        "full " + ratio("Extended, full", "Analytic-DPM")));
}

TEST_CASE("few_steps refuses wrong arguments with one sentence") {
  const tests::Outcome outcome = tests::run_program(FEW_STEPS_PROGRAM, "--steps 1");
  CHECK(outcome.code == 1);
  CHECK(tests::contains(outcome.output, "few_steps: ", "--steps", "2 to 400"));
}
