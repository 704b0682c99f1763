// The ledger: every closed form has an id, and the id leads from the formula to the header that implements it, the page
// that derives it and the test that checks it. docs/ledger.md holds the one list of ids, kinds and formulas, written by
// hand; its last three columns are found here:
//   header   a file below include/ with the id between square brackets, [DDPM-3] or [DDPM-2, DDPM-3]
//   page     a heading of a page that begins with it, "### DDPM-3: the posterior"
//   test     a test case whose name begins with it, "DDPM-3: …"
// A law needs all three, a remark a page and a test, a recipe a page; later is listed, so that it can be cited, and
// owes its page and test.

#include "pages.hpp"
#include "support/test.hpp"

namespace tests {
namespace {

constexpr const char* list = "docs/ledger.md";

struct Found {
  std::set<std::string> headers, pages, tests;  ///< links, relative to docs/
};

std::string prefix(const std::string& id) {
  return id.substr(0, id.find('-'));
}

/// The id of a row of the list; empty for any other line.
std::string id_of(const std::string& line) {
  if (!starts_with(line, "|")) return {};
  const Lines row = cells(line);
  const std::set<std::string> ids = ids_in(row.front());
  return ids.size() == 1 && row.size() >= 3 ? *ids.begin() : std::string();
}

std::string link(const std::string& name, const std::string& path) {
  return "[" + name + "](" + path + ")";
}

/// Where each id is implemented, derived and checked.
std::map<std::string, Found> find_ids(const Texts& texts) {
  std::map<std::string, Found> found;
  for (const auto& [path, text] : texts) {
    if (path.starts_with("include/")) {
      const std::string name = path.substr(std::string("include/tweedie/").size());
      for (const std::string& line : lines(text))
        for (std::size_t open = line.find('['); open != line.npos; open = line.find('[', open + 1))
          for (const std::string& id : ids_in(line.substr(open, line.find(']', open) - open)))
            found[id].headers.insert(link(name, "../" + path));
    } else if (path.starts_with("docs/")) {
      const std::string name = path.substr(5);
      for (const PageLine& line : page_lines(text)) {
        const std::string title = line.fenced ? "" : heading(line.text);
        if (const std::size_t colon = title.find(':'); colon != title.npos)
          for (const std::string& id : ids_in(title.substr(0, colon)))
            found[id].pages.insert(link(name, name + "#" + anchor(title)));
      }
    } else if (path.starts_with("tests/")) {
      const std::string opening = "TEST_CASE(\"", name = path.substr(6);
      for (std::size_t at = text.find(opening); at != text.npos; at = text.find(opening, at + 1)) {
        const std::size_t begin = at + opening.size();
        for (const std::string& id : ids_in(text.substr(begin, text.find_first_of(":\"", begin) - begin)))
          found[id].tests.insert(link(name, "../" + path));
      }
    }
  }
  return found;
}

std::string joined(const std::set<std::string>& links) {
  std::string text;
  for (const std::string& each : links) text += (text.empty() ? "" : ", ") + each;
  return text;
}

/// docs/ledger.md with its last three columns as they should be.
std::string written(const Texts& texts) {
  std::map<std::string, Found> found = find_ids(texts);
  std::string text;
  for (const std::string& line : lines(texts.at(list))) {
    const std::string id = id_of(line);
    if (id.empty()) {
      text += line + "\n";
      continue;
    }
    const Lines row = cells(line);
    const Found& at = found[id];
    text += "| " + id + " | " + row[1] + " | " + row[2];
    for (const auto* column : {&at.headers, &at.pages, &at.tests})
      text += column->empty() ? " |" : " | " + joined(*column);
    text += " |\n";
  }
  return text;
}

/// What the ledger lacks, one sentence each.
Lines problems(const Texts& texts) {
  Lines all;
  std::map<std::string, std::string> kinds;
  std::set<std::string> prefixes;
  for (const std::string& line : lines(texts.at(list)))
    if (const std::string id = id_of(line); !id.empty()) {
      if (!kinds.emplace(id, cells(line)[1]).second) all.push_back(id + " is listed twice");
      if (cells(line)[2].empty()) all.push_back(id + " has no formula");
      prefixes.insert(prefix(id));
    }

  std::map<std::string, Found> found = find_ids(texts);
  for (const auto& listed : kinds) {
    const std::string &id = listed.first, &kind = listed.second;
    const Found& at = found[id];
    const auto needs = [&](const char* what, const std::set<std::string>& links) {
      if (links.empty()) all.push_back(tweedie::sentence(id, " is a ", kind, " and has no ", what));
    };
    if (kind != "law" && kind != "remark" && kind != "recipe" && kind != "later")
      all.push_back(id + " is of the unknown kind <" + kind + ">");
    if (kind == "law") needs("header", at.headers);
    if (kind == "law" || kind == "remark") needs("test", at.tests);
    if (kind == "law" || kind == "remark" || kind == "recipe") needs("page", at.pages);
    if (at.pages.size() > 1) all.push_back(id + " is derived twice: " + joined(at.pages));
  }
  for (const auto& [id, at] : found)
    if (!kinds.contains(id))
      all.push_back(id + " is not listed, but stands in " +
                    joined(!at.headers.empty() ? at.headers
                           : !at.pages.empty() ? at.pages
                                               : at.tests));
  for (const auto& [path, text] : texts)
    for (const std::string& id : ids_in(text))
      if (prefixes.contains(prefix(id)) && !kinds.contains(id) && !found.contains(id))
        all.push_back(id + " is not listed, but is named in " + path);
  return all;
}

}  // namespace

TEST_CASE("The ledger has what each of its ids needs, and docs/ledger.md says where") {
  Texts texts = pages();
  texts.merge(texts_below("include/tweedie", ".hpp"));
  texts.merge(texts_below("tests", ".cpp"));
  texts.merge(texts_below("examples", ".cpp"));
  for (const std::string& problem : problems(texts)) FAIL_CHECK(problem);

  const std::string wanted = written(texts);
  write_to_build(list, wanted);
  INFO("the file as it should be is written to the build folder");
  CHECK(first_difference(texts.at(list), wanted) == "");
}

TEST_CASE("The ledger notices each kind of gap") {
  const std::string heads = "| id | kind | formula | header | page | test |\n| - | - | - | - | - | - |\n";
  const Texts whole{
      {list, heads + "| LAW-1 | law | $x$ | | | |\n| LAW-2 | remark | $y$ | | | |\n| LAW-3 | recipe | $z$ | | | |\n"
                     "| LAW-4 | later | $w$ | | | |\n"},
      {"docs/law.md", "# Laws\n\n### LAW-1: one\n\n### LAW-2, LAW-3: two and three\n\nAs LAW-4 says.\n"},
      {"include/tweedie/law.hpp", "// x   [LAW-1, LAW-4]\n"},
      {"tests/law.cpp", "TEST_CASE(\"LAW-1, LAW-2: hold\") {}\n"}};
  CHECK(problems(whole).empty());
  CHECK(tests::contains(written(whole),
                        "| LAW-1 | law | $x$ | [law.hpp](../include/tweedie/law.hpp) | "
                        "[law.md](law.md#law-1-one) | [law.cpp](../tests/law.cpp) |",
                        "| LAW-3 | recipe | $z$ | | [law.md](law.md#law-2-law-3-two-and-three) | |"));

  const auto after = [&](const std::string& path, const std::string& old_text, const std::string& new_text) {
    Texts changed = whole;
    std::string& text = changed.at(path);
    const std::size_t at = text.find(old_text);
    REQUIRE(at != text.npos);
    text.replace(at, old_text.size(), new_text);
    const Lines found = problems(changed);
    return found.empty() ? std::string() : found.front();
  };
  CHECK(after("include/tweedie/law.hpp", "LAW-1, ", "") == "LAW-1 is a law and has no header");
  CHECK(after("docs/law.md", "### LAW-1", "### Law 1") == "LAW-1 is a law and has no page");
  CHECK(after("tests/law.cpp", "LAW-1, ", "") == "LAW-1 is a law and has no test");
  CHECK(after("tests/law.cpp", ", LAW-2", "") == "LAW-2 is a remark and has no test");
  CHECK(after("docs/law.md", ", LAW-3", "") == "LAW-3 is a recipe and has no page");
  CHECK(after("docs/law.md", "As LAW-4", "### LAW-1: again") ==
        "LAW-1 is derived twice: [law.md](law.md#law-1-again-says), "
        "[law.md](law.md#law-1-one)");
  CHECK(after(list, "| law |", "| lemma |") == "LAW-1 is of the unknown kind <lemma>");
  CHECK(after(list, "| $x$ |", "| |") == "LAW-1 has no formula");
  CHECK(after(list, "LAW-4", "LAW-3") == "LAW-3 is listed twice");
  CHECK(tests::contains(after("include/tweedie/law.hpp", "LAW-4", "LOW-5"), "LOW-5 is not listed"));
  CHECK(tests::contains(after("tests/law.cpp", "LAW-1", "LAW-1, LAW-6"), "LAW-6 is not listed"));
  CHECK(tests::contains(after("docs/law.md", "LAW-4", "LAW-7"), "LAW-7 is not listed"));
}

}  // namespace tests
