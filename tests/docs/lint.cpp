// The pages keep to the part of Markdown that GitHub and a documentation generator render alike: display mathematics in
// ```math fences; inline mathematics as $…$ where it has nothing that Markdown takes for its own, as $`…`$ elsewhere;
// links that resolve.

#include "pages.hpp"
#include "support/test.hpp"

namespace tests {
namespace {

/// Removes each span between `open` and `close`; `inner` sees what it held.
template <class Inner>
std::string without(const std::string& line, std::string_view open, std::string_view close, const Inner& inner) {
  std::string left;
  std::size_t at = 0;
  for (;;) {
    const std::size_t begin = line.find(open, at);
    const std::size_t end = begin == line.npos ? line.npos : line.find(close, begin + open.size());
    if (end == line.npos) return left + line.substr(at);
    left += line.substr(at, begin - at);
    inner(line.substr(begin + open.size(), end - begin - open.size()));
    at = end + close.size();
  }
}

/// What Markdown would change in $…$.
bool needs_backticks(const std::string& math) {
  for (std::size_t i = 0; i < math.size(); ++i) {
    const char c = math[i], next = i + 1 < math.size() ? math[i + 1] : ' ';
    if (c == '*' || c == '|') return true;
    if (c == '\\' && !std::isalpha(static_cast<unsigned char>(next))) return true;
    if ((c == '}' || c == ')' || c == ']') && next == '_') return true;
  }
  return false;
}

/// Where a link of `page` leads: path from the root and anchor.
std::pair<std::string, std::string> target(const std::string& page, const std::string& link) {
  const std::size_t hash = std::min(link.find('#'), link.size());
  const std::string file = link.substr(0, hash), fragment = hash < link.size() ? link.substr(hash + 1) : "";
  if (file.empty()) return {page, fragment};
  Lines parts;
  const std::size_t slash = page.rfind('/');
  const std::string whole = (slash == page.npos ? "" : page.substr(0, slash + 1)) + file + "/";
  for (std::size_t at = 0; at < whole.size();) {
    const std::size_t end = whole.find('/', at);
    const std::string part = whole.substr(at, end - at);
    at = end + 1;
    if (part == ".." && !parts.empty())
      parts.pop_back();
    else if (part != "." && !part.empty())
      parts.push_back(part);
  }
  std::string path;
  for (const std::string& part : parts) path += (path.empty() ? "" : "/") + part;
  return {path, fragment};
}

std::set<std::string> anchors(const std::string& page) {
  std::set<std::string> all;
  for (const PageLine& line : page_lines(page))
    if (!line.fenced && !heading(line.text).empty()) all.insert(anchor(heading(line.text)));
  return all;
}

/// What is wrong with a page, one sentence each. `texts` are the pages that links may lead into; `present` tells other
/// files.
Lines lint(const std::string& path, const Texts& texts, const std::function<bool(const std::string&)>& present) {
  Lines findings;
  std::set<std::string> headings;
  int number = 0;
  std::size_t columns = 0;  // of the table that the last line belongs to
  bool open = false;
  for (const auto& [text, fenced] : page_lines(texts.at(path))) {
    ++number;
    const auto bad = [&](const std::string& what) {
      findings.push_back(tweedie::sentence(path, ":", number, ": ", what));
    };
    if (starts_with(text, "```")) open = !open;
    if (fenced) {
      columns = 0;
      continue;
    }

    const bool row = starts_with(text, "|");
    if (row && columns != 0 && cells(text).size() != columns)
      bad(tweedie::sentence("a row of ", cells(text).size(), " cells in a table of ", columns));
    columns = row ? (columns == 0 ? cells(text).size() : columns) : 0;

    std::string rest = text;
    const auto cell_safe = [&](const std::string& inner) {
      for (std::size_t i = 0; row && i < inner.size(); ++i)
        if (inner[i] == '|' && (i == 0 || inner[i - 1] != '\\'))
          bad("a bar inside <" + inner + "> ends the table cell");
    };
    rest = without(rest, "$`", "`$", cell_safe);
    rest = without(rest, "`", "`", cell_safe);
    for (std::size_t at; (at = rest.find("\\$")) != rest.npos;) rest.erase(at, 2);  // a dollar, and no mathematics
    if (rest.find("$$") != rest.npos) bad("display mathematics needs a ```math fence, not two dollar signs");
    if (rest.find("\\f$") != rest.npos || rest.find("\\f[") != rest.npos || rest.find("@ref ") != rest.npos ||
        rest.find("\\ref ") != rest.npos)
      bad("a Doxygen command");
    rest = without(rest, "$", "$", [&](const std::string& math) {
      if (math.empty() || math.front() == ' ' || math.back() == ' ')
        bad("a blank beside the dollar sign of <" + math + ">");
      else if (needs_backticks(math))
        bad("write <" + math + "> between $` and `$");
    });
    if (rest.find('$') != rest.npos) bad("a dollar sign without its partner");

    if (const std::string title = heading(text); !title.empty()) {
      if (title.find("{#") != title.npos) bad("a heading with {#id}, which GitHub shows");
      if (title.find('$') != title.npos) bad("mathematics in a heading, whose anchor no one can foretell");
      if (!std::all_of(title.begin(), title.end(), [](char c) { return c > 0; }))
        bad("a heading with letters beyond ASCII, whose anchor differs between renderers");
      if (!headings.insert(anchor(title)).second) bad("a second heading with the anchor of <" + title + ">");
    }

    const auto check_link = [&](const std::string& link) {
      if (link.starts_with("https://") || link.starts_with("http://") || link.starts_with("mailto:")) return;
      const auto [file, fragment] = target(path, link);
      if (!texts.contains(file) && !present(file))
        bad("the link <" + link + "> leads to no file");
      else if (!fragment.empty() && (!texts.contains(file) || !anchors(texts.at(file)).contains(fragment)))
        bad("the link <" + link + "> leads to no heading");
    };
    without(rest, "](", ")", check_link);
    without(rest, "src=\"", "\"", check_link);
    without(rest, "href=\"", "\"", check_link);
  }
  if (open) findings.push_back(path + ": the last fence stays open");
  return findings;
}

std::string joined(const Lines& findings) {
  std::string text;
  for (const std::string& line : findings) text += line + "\n";
  return text;
}

}  // namespace

TEST_CASE("The pages are in the common subset of Markdown, and their links resolve") {
  const Texts texts = pages();
  REQUIRE(!texts.empty());
  for (const auto& [path, text] : texts) CHECK(joined(lint(path, texts, exists)) == "");
}

TEST_CASE("The lint finds each thing that it forbids") {
  const auto findings = [](const std::string& page) {
    return lint("docs/page.md", {{"docs/page.md", page}, {"docs/other.md", "# Other\n\n## A part, named\n"}},
                [](const std::string& path) { return path == "docs/picture.png" || path == "include/header.hpp"; });
  };
  const std::string good =
      "# Title\n\nText with $x_t$, $`\\{x\\}_t`$, `code $ 1` and 5 \\$.\n\n```math\n\\|x\\|_2\n```\n\n"
      "| a | $b$ |\n| - | - |\n| `x\\|y` | 2 |\n\n"
      "[a](other.md), [b](other.md#a-part-named), [c](#title), [d](../include/header.hpp), ![e](picture.png), "
      "[f](https://example.org/x#y)\n";
  CHECK(joined(findings(good)) == "");

  const std::vector<std::string> forbidden{
      "$$x$$",
      "$\\{x\\}$",
      "$x\\,y$",
      "$\\hat{x}_0$",
      "$a*b$",
      "$p(x|y)$",
      "$ x$",
      "a $ alone",
      "# Title {#id}",
      "# Title $x$",
      "# Größe",
      "# One\n\n## One",
      "\\f$x\\f$",
      "[a](missing.md)",
      "[a](other.md#nowhere)",
      "[a](#nowhere)",
      "[a](../include/missing.hpp)",
      "![a](missing.png)",
      "<img src=\"missing.png\">",
      "| a | b |\n| - | - |\n| 1 |",
      "| a |\n| - |\n| $`x|y`$ |",
      "```math\nx",
  };
  for (const std::string& page : forbidden) {
    INFO(page);
    CHECK(!findings(page).empty());
  }
}

}  // namespace tests
