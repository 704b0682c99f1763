#pragma once
// The files of the repository as text, and the little of Markdown that the tests of the documentation need.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

using Lines = std::vector<std::string>;
/// Path from the root of the repository, '/' between folders → text.
using Texts = std::map<std::string, std::string>;

/// The text of a file of the repository. Fails the test where there is none.
std::string read(const std::string& path);
bool exists(const std::string& path);

/// The files below `folder` (or the file of that name) whose names end in `extension`.
Texts texts_below(const std::string& folder, std::string_view extension);

/// README.md and docs/*.md.
Texts pages();

/// Writes what a file should hold to the same path in the build folder, from where a maintainer copies it.
void write_to_build(const std::string& path, const std::string& text);

/// "line 12: <…>, but should be <…>" for the first line that differs; empty where none does.
std::string first_difference(const std::string& text, const std::string& wanted);

Lines lines(std::string_view text);
std::string trimmed(std::string_view text);
bool starts_with(std::string_view line, std::string_view beginning);

/// Splits "| a | b |" at the bars that no backslash precedes.
Lines cells(std::string_view row);

/// The text of a heading (without its #s), empty for a line that is none.
std::string heading(std::string_view line);

/// GitHub's anchor of a heading: lower case, letters, digits, '-' and '_' kept, blanks made '-', the rest dropped.
std::string anchor(std::string_view heading);

/// A line with whether it stands in a fence (or is one of its two ends).
struct PageLine {
  std::string text;
  bool fenced;
};
std::vector<PageLine> page_lines(std::string_view page);

/// Ids such as DDPM-3 in a text, whatever their letters.
std::set<std::string> ids_in(std::string_view text);

/// A marker <!-- kind: argument --> says where the block below it comes from.
struct Marker {
  std::string kind, argument;
};
/// Both empty for a line that is no marker.
Marker marker(std::string_view line);

/// The page with the block (a fence, or the rows of a table) below each marker replaced by made(marker).
std::string regenerated(const std::string& page, const std::function<std::string(const Marker&)>& made);

}  // namespace tests
