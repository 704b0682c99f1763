#include <filesystem>
#include <fstream>

#include "support/test.hpp"

TEST_CASE("require throws the sentence that it is given, and nothing when the rule holds") {
  CHECK_NOTHROW(tweedie::require(true, "never"));
  CHECK(tests::refusal([] {
          tweedie::require(false, "eta = ", 0.1, " of ", 3, " and ", std::size_t{4}, ", ", std::string("so"));
        }) == "eta = 0.1 of 3 and 4, so");
  CHECK(tests::refusal([] { tweedie::require(false, "of ", tweedie::shape(Eigen::MatrixXd(2, 1000))); }) ==
        "of 2x1000");
}

TEST_CASE("every header comes by require.hpp, which tells a compiler what it needs, before any code of its own") {
  namespace fs = std::filesystem;
  const fs::path include = fs::path(TWEEDIE_SOURCE_DIR) / "include/tweedie";
  int headers = 0;
  for (const auto& entry : fs::recursive_directory_iterator(include)) {
    const std::string name = fs::relative(entry.path(), include).generic_string();
    if (!entry.is_regular_file() || name == "version.hpp" || name == "schedule/require.hpp") continue;
    ++headers;
    CAPTURE(name);
    std::ifstream file(entry.path());
    bool comes_by = false;
    for (std::string line; std::getline(file, line) && line.rfind("namespace", 0) != 0;)
      comes_by = comes_by || line.rfind("#include \"", 0) == 0;  // each of which comes by it
    CHECK(comes_by);
  }
  CHECK(headers > 100);
}
