// The program `plan`: a small run of it, and its recorded output.

#include "docs/pages.hpp"
#include "program.hpp"
#include "support/test.hpp"

namespace {

struct Line {
  double free, cost, best;
};

/// Of the line that begins with `name`: "… free % cost best ways …".
Line line_of(const std::string& table, const std::string& name) {
  const std::size_t at = table.find('\n' + name);
  REQUIRE(at != std::string::npos);
  const std::string text = table.substr(at + 1, table.find('\n', at + 1) - at - 1);
  const std::size_t percent = text.find('%');
  REQUIRE(percent != std::string::npos);
  const std::string before = text.substr(0, text.find_last_not_of(' ', percent - 1) + 1);
  Line line{std::stod(before.substr(before.rfind(' '))), 0, 0};
  std::istringstream(text.substr(percent + 1)) >> line.cost >> line.best;
  return line;
}

/// What holds of a run of any size.
void check_table(const std::string& output, const std::string& steps) {
  const Line chance = line_of(output, "chance "), choice = line_of(output, "importance choice "),
             diffusion = line_of(output, "diffusion" + std::string(18 - steps.size(), ' ') + steps);
  CHECK(diffusion.free > chance.free + 30);
  CHECK(choice.free > chance.free);
  CHECK(diffusion.cost < chance.cost / 2);
  CHECK(diffusion.best <= diffusion.cost);
}

}  // namespace

TEST_CASE("plan: a small run, its table and its picture") {
  const tests::Folder folder("plan");
  const std::string picture = folder / "plan.png";
  const std::string few = "--steps 8 --candidates 128 --paths 12 --out " + picture;
  const tests::Outcome outcome = tests::run_program(PLAN_PROGRAM, few);
  INFO(outcome.output);
  REQUIRE(outcome.code == 0);
  check_table(outcome.output, "8");
  CHECK(tests::contains(outcome.output, "effective", "error", picture));
  CHECK(std::filesystem::file_size(picture) > 10000);
}

TEST_CASE("plan: the recorded run") {
  const std::string recorded = tests::read("examples/plan/output.txt");
  check_table(recorded, "20");
  // As many candidates, one level after the other, come to cheaper paths than all at once.
  CHECK(line_of(recorded, "diffusion" + std::string(16, ' ') + "20").cost <
        line_of(recorded, "importance choice ").cost);
}

TEST_CASE("plan refuses wrong arguments with one sentence") {
  const tests::Outcome steps = tests::run_program(PLAN_PROGRAM, "--steps 1");
  CHECK(steps.code == 1);
  CHECK(tests::contains(steps.output, "plan: ", "--steps", "2 to 200"));
  const tests::Outcome one = tests::run_program(PLAN_PROGRAM, "--candidates 1");
  CHECK(one.code == 1);
  CHECK(tests::contains(one.output, "plan: ", "--candidates"));
  const tests::Outcome nowhere = tests::run_program(PLAN_PROGRAM, "--out /dev/null/plan.png");
  CHECK(nowhere.code == 1);
  CHECK(tests::contains(nowhere.output, "plan: ", "/dev/null/plan.png"));
}
