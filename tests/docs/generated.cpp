// Programs, printed output and tables in the pages come from compiled files. In a page, above the block,
//   <!-- region: examples/your_network/your_network.cpp program -->   the lines between two lines "// [program]" of that file
//   <!-- table: ddim-lambda -->                                       a table of accuracy.cpp
//   <!-- output: design-table -->                                     what a program of snippets/ prints
//   <!-- recorded: examples/few_steps/output.txt -->                  what an example printed, whose test reads that file too
// A page that differs from what they give fails, and the page as it should be is written to docs/ in the build folder.

#include "generated.hpp"
#include "pages.hpp"
#include "support/test.hpp"

namespace tests {
namespace {

/// The lines between the two marks, without the indentation that all share; empty where there are not two.
std::string region(const std::string& text, const std::string& name) {
  Lines kept;
  int marks = 0;
  std::size_t indentation = std::string::npos;
  for (const std::string& line : lines(text)) {
    if (trimmed(line) == "// [" + name + "]")
      ++marks;
    else if (marks == 1) {
      kept.push_back(line);
      indentation = std::min(indentation, line.find_first_not_of(' '));
    }
  }
  std::string code;
  if (marks == 2)
    for (const std::string& line : kept) code += (line.empty() ? "" : line.substr(indentation)) + "\n";
  return code;
}

/// The file and the name of a region. Only files that are compiled will do.
std::pair<std::string, std::string> place(const std::string& argument) {
  const std::size_t blank = argument.find(' ');
  const std::string path = argument.substr(0, blank);
  INFO(argument);
  REQUIRE(blank != argument.npos);
  REQUIRE((path.starts_with("examples/") || path.starts_with("tests/")));
  REQUIRE(path.ends_with(".cpp"));
  return {path, argument.substr(blank + 1)};
}

std::string made(const Marker& marker) {
  INFO("marker <!-- " << marker.kind << ": " << marker.argument << " -->");
  if (marker.kind == "table") return accuracy_table(marker.argument);
  if (marker.kind == "recorded") return "```text\n" + read(marker.argument) + "```\n";
  if (marker.kind == "output") return "```text\n" + output(marker.argument) + "```\n";
  REQUIRE(marker.kind == "region");
  const auto [path, name] = place(marker.argument);
  const std::string code = region(read(path), name);
  REQUIRE(code != "");
  return "```cpp\n" + code + "```\n";
}

/// The fences of C++ that no region marker precedes, by their line.
Lines without_source(const std::string& page) {
  Lines findings;
  std::string above;
  int number = 0;
  bool inside = false;
  for (const PageLine& line : page_lines(page)) {
    ++number;
    const bool fence = starts_with(line.text, "```");
    if (fence && !inside && (starts_with(line.text, "```c") || starts_with(line.text, "```C")) &&
        !starts_with(line.text, "```cmake") && marker(above).kind != "region")
      findings.push_back(tweedie::sentence("line ", number, ": a program that is no region of a compiled file"));
    inside = inside != fence;
    above = line.text;
  }
  return findings;
}

}  // namespace

TEST_CASE("Programs, output and tables in the pages are those of the compiled files") {
  for (const auto& [path, text] : pages()) {
    const std::string wanted = regenerated(text, made);
    if (path != "docs/ledger.md") write_to_build(path, wanted);
    INFO(path << ": the page as it should be is written to the build folder");
    CHECK(first_difference(text, wanted) == "");
  }
}

TEST_CASE("Every program in the pages is a region of a compiled file") {
  for (const auto& [path, text] : pages()) {
    INFO(path);
    for (const std::string& finding : without_source(text)) FAIL_CHECK(finding);
  }
}

TEST_CASE("A copied program, a stale block and a missing region are noticed") {
  CHECK(without_source("```cpp\nint x;\n```\n").size() == 1);
  CHECK(without_source("<!-- region: a.cpp b -->\n```cpp\nint x;\n```\n").empty());
  CHECK(without_source("```text\n```cpp\n```\n").empty());

  const auto give = [](const Marker& marker) {
    return marker.kind == "table" ? std::string("| new |\n") : std::string("```cpp\nnew\n```\n");
  };
  CHECK(regenerated("a\n<!-- region: f n -->\n```cpp\nold\nold\n```\nb\n", give) ==
        "a\n<!-- region: f n -->\n```cpp\nnew\n```\nb\n");
  CHECK(regenerated("<!-- table: t -->\n| old |\n| - |\n\nb\n", give) == "<!-- table: t -->\n| new |\n\nb\n");
  CHECK(regenerated("<!-- table: t -->\n\nb\n", give) == "<!-- table: t -->\n| new |\n\nb\n");
  CHECK(regenerated("<!-- a remark -->\n```text\nx\n```\n", give) == "<!-- a remark -->\n```text\nx\n```\n");

  CHECK(region("  // [a]\n  if (x)\n    y();\n\n  // [a]\n", "a") == "if (x)\n  y();\n\n");
  CHECK(region("// [a]\nx\n", "a") == "");
  CHECK(region("// [b]\nx\n// [b]\n", "a") == "");
}

}  // namespace tests
