// What `digits` says to a bad command line or a bad picture: one sentence with the value and the rule, exit status 1,
// no work done.

#include <algorithm>
#include <fstream>

#include "program.hpp"
#include "support/png.hpp"
#include "support/test.hpp"

namespace {

/// The sentence with which the program refuses; the test fails if it does not.
std::string refused(const std::string& arguments) {
  const tests::Outcome outcome = tests::run_digits(arguments);
  INFO("digits " << arguments << " prints:\n" << outcome.output);
  CHECK(outcome.code == 1);
  CHECK(outcome.output.rfind("digits: ", 0) == 0);
  CHECK(std::count(outcome.output.begin(), outcome.output.end(), '\n') == 1);
  return outcome.output;
}

void check(const std::string& sentence, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    INFO("\"" << word << "\" in: " << sentence);
    CHECK(tests::contains(sentence, word));
  }
}

}  // namespace

TEST_CASE("digits refuses wrong arguments with the value and the rule") {
  struct Case {
    std::string arguments;
    std::vector<std::string> words;
  };
  const std::vector<Case> cases{
      {"--sampler euler", {"--sampler", "euler", "ddpm,ddpm-large,ddim"}},
      {"--sampler", {"--sampler", "required", "missing"}},
      {"--sampler ddim --steps 0", {"--steps", "0", "1 to 1000"}},
      {"--sampler ddim --steps -3", {"--steps", "-3", "1 to 1000"}},
      {"--sampler ddim --steps many", {"--steps", "many", "1 to 1000"}},
      {"--sampler ddim --steps 2.5", {"--steps", "2.5", "1 to 1000"}},
      {"--steps 20", {"--steps 20", "needs a --sampler"}},
      {"--sampler ddim --eta -0.5", {"eta = -0.5", "must not be negative"}},
      {"--sampler ddim --eta 3", {"eta = 3", "asks for noise of variance", "the level has only"}},
      {"--sampler ddim --eta nan", {"eta = nan", "must not be negative"}},
      {"--sampler ddim --eta some", {"--eta", "some"}},
      {"--sampler ddpm --eta 1", {"--eta 1", "only for --sampler ddim"}},
      {"--schedule quartic", {"--schedule", "quartic", "vp,cosine,linear"}},
      {"--class 10", {"--class", "10", "0 to 9"}},
      {"--class -1", {"--class", "-1", "0 to 9"}},
      {"--count 0", {"--count", "0", "1 to 100000"}},
      {"--seed -1", {"--seed", "-1", "0 to 2147483647"}},
      {"--quality high", {"--quality", "not expected"}},
      {"seven", {"seven", "not expected"}},
  };
  for (const Case& c : cases) check(refused(c.arguments), c.words);
}

TEST_CASE("digits refuses a file of digits that it cannot use, naming it") {
  const tests::Folder folder("digits-data");
  const std::string out = " --out " + folder / "out.png";

  const std::string missing = folder / "missing.png";
  check(refused("--data " + missing + out), {missing, "cannot be read as a PNG", "No such file"});

  const std::string text = folder / "text.png";
  std::ofstream(text) << "These are not the digits you are looking for.\n";
  check(refused("--data " + text + out), {text, "cannot be read as a PNG", "Not a PNG"});

  const std::string small = folder / "small.png";
  examples::write_png(small, examples::Picture(20, 10));
  check(refused("--data " + small + out), {small, "20x10", "2000x1000"});

  const std::string cut = folder / "cut.png";  // a good header, and then half of the file only
  std::filesystem::copy(TWEEDIE_SOURCE_DIR "/examples/data/digits.png", cut);
  std::filesystem::permissions(cut, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
  std::filesystem::resize_file(cut, std::filesystem::file_size(cut) / 2);
  check(refused("--data " + cut + out), {cut, "cannot be read as a PNG"});
}

TEST_CASE("digits refuses a picture that it cannot write, before the work") {
  const tests::Folder folder("digits-out");
  const std::string file = folder / "file";
  std::ofstream{file};
  const std::string below = file + "/digits.png";
  check(refused("--out " + below), {below, "cannot be written", "Not a directory"});
  const std::string here = folder / "";
  check(refused("--out " + here), {here, "cannot be written", "directory"});
}

TEST_CASE("digits --help lists every option") {
  const tests::Outcome outcome = tests::run_digits("--help");
  CHECK(outcome.code == 0);
  check(outcome.output, {"--sampler ddpm|ddpm-large|ddim", "--eta", "--steps 1..1000", "--schedule vp|cosine|linear",
                         "--class 0..9", "--count", "--seed", "--threads", "--out", "--data"});
}
