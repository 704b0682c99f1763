#include "pages.hpp"

#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/test.hpp"

namespace tests {

namespace fs = std::filesystem;

namespace {
const fs::path root = TWEEDIE_SOURCE_DIR;

bool upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool digit(char c) {
  return c >= '0' && c <= '9';
}
bool word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
}
}  // namespace

std::string read(const std::string& path) {
  std::ifstream file(root / path, std::ios::binary);
  INFO(path);
  REQUIRE(file.good());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool exists(const std::string& path) {
  return fs::exists(root / path);
}

Texts texts_below(const std::string& folder, std::string_view extension) {
  Texts texts;
  const auto add = [&](const fs::path& file) {
    const std::string path = file.lexically_relative(root).generic_string();
    if (path.ends_with(extension)) texts[path] = read(path);
  };
  if (fs::is_regular_file(root / folder)) add(root / folder);
  if (fs::is_directory(root / folder))
    for (const auto& entry : fs::recursive_directory_iterator(root / folder))
      if (entry.is_regular_file()) add(entry.path());
  return texts;
}

Texts pages() {
  Texts all = texts_below("docs", ".md");
  for (const char* page : {"README.md", "CONTRIBUTING.md"}) all.merge(texts_below(page, ".md"));
  return all;
}

void write_to_build(const std::string& path, const std::string& text) {
  const fs::path file = fs::path(TWEEDIE_BINARY_DIR) / path;
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

std::string first_difference(const std::string& text, const std::string& wanted) {
  const Lines a = lines(text), b = lines(wanted);
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const std::string now = i < a.size() ? a[i] : "(no line)", then = i < b.size() ? b[i] : "(no line)";
    if (now != then) return tweedie::sentence("line ", i + 1, ": <", now, ">, but should be <", then, ">");
  }
  return text == wanted ? "" : "they differ in the end of the last line";
}

Lines lines(std::string_view text) {
  Lines all;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    all.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return all;
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t"), last = text.find_last_not_of(" \t");
  return first == text.npos ? "" : std::string(text.substr(first, last - first + 1));
}

bool starts_with(std::string_view line, std::string_view beginning) {
  return trimmed(line).starts_with(beginning);
}

Lines cells(std::string_view row) {
  Lines all;
  std::string cell;
  const std::string line = trimmed(row);
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (line[i] == '|' && line[i - 1] != '\\') {
      all.push_back(trimmed(cell));
      cell.clear();
    } else {
      cell += line[i];
    }
  }
  return all;
}

std::string heading(std::string_view line) {
  const auto level = line.find_first_not_of('#');
  return level == line.npos || level == 0 || level > 6 || line[level] != ' ' ? "" : trimmed(line.substr(level));
}

std::string anchor(std::string_view heading) {
  std::string slug;
  for (const char c : heading)
    if (word(c) || c == ' ') slug += c == ' ' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return slug;
}

std::vector<PageLine> page_lines(std::string_view page) {
  std::vector<PageLine> all;
  bool inside = false;
  for (std::string& line : lines(page)) {
    const bool fence = starts_with(line, "```");
    all.push_back({std::move(line), inside || fence});
    inside = inside != fence;
  }
  return all;
}

std::set<std::string> ids_in(std::string_view text) {
  std::set<std::string> ids;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && word(text[end])) ++end;
    if (end == i) {
      ++i;
      continue;
    }
    const std::string_view token = text.substr(i, end - i);
    i = end;
    const std::size_t dash = token.find('-');
    if (dash == token.npos || dash < 2 || dash + 1 == token.size() || !upper(token[0])) continue;
    bool id = true;
    for (std::size_t k = 0; k < token.size(); ++k)
      id = id && (k < dash ? upper(token[k]) || digit(token[k]) : k == dash || digit(token[k]));
    if (id) ids.emplace(token);
  }
  return ids;
}

Marker marker(std::string_view line) {
  const std::string text = trimmed(line);
  if (!text.starts_with("<!-- ") || !text.ends_with(" -->")) return {};
  const std::string inner = trimmed(std::string_view(text).substr(4, text.size() - 7));
  const std::size_t colon = inner.find(": ");
  if (colon == inner.npos || inner.substr(0, colon).find(' ') != inner.npos) return {};
  return {inner.substr(0, colon), trimmed(inner.substr(colon + 1))};
}

std::string regenerated(const std::string& page, const std::function<std::string(const Marker&)>& made) {
  const std::vector<PageLine> all = page_lines(page);
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i) {
    text += all[i].text + "\n";
    if (all[i].fenced) continue;
    const Marker found = marker(all[i].text);
    if (found.kind.empty()) continue;
    text += made(found);
    if (i + 1 < all.size() && all[i + 1].fenced) {
      ++i;  // past the fence that opens
      do ++i;
      while (i < all.size() && !starts_with(all[i].text, "```"));
    } else {
      while (i + 1 < all.size() && starts_with(all[i + 1].text, "|")) ++i;
    }
  }
  return text;
}

}  // namespace tests
