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

TEST_CASE("a number of a sentence has as many digits as tell it from every other, and no more") {
  const auto text = [](auto number) { return tweedie::Word(number).text(); };
  CHECK(text(0.1) == "0.1");
  CHECK(text(1e-5) == "1e-05");
  CHECK(text(1234567.) == "1234567");
  CHECK(text(-0.25) == "-0.25");
  CHECK(text(1. / 3) == "0.3333333333333333");
  CHECK(text(0.1 + 0.2) == "0.30000000000000004");
  CHECK(text(1.171182982) == "1.171182982");
  CHECK(text(1.171182982) != text(std::nextafter(1.171182982, 2)));
  CHECK(text(1e300) == "1e+300");
  CHECK(text(5e-324) == "4.940656458e-324");
  CHECK(text(0.1f) == "0.1");
  CHECK(text(1 / 3.f) == "0.33333334");
  CHECK(text(16777217.f) == "16777216");
  CHECK(text(0.1L) == "0.1");
  CHECK(text(1.0L + std::numeric_limits<long double>::epsilon()) != "1");
  CHECK(text(std::numeric_limits<double>::infinity()) == "inf");
  CHECK(text(std::nan("")) == "nan");
  for (double x = 1e-20; x < 1e20; x *= 1.37)
    for (const double y : {x, std::nextafter(x, 0), -std::nextafter(x, 1e99)}) CHECK(std::stod(text(y)) == y);
}
