// A function or class that is no template is instantiated with all that its body needs by every file that includes its
// header, used or not: a product of two matrices alone costs a second. So whatever names a dynamic matrix of double or
// float is a template.

#include "pages.hpp"
#include "support/test.hpp"

namespace tests {
namespace {

/// Whether code names Eigen::MatrixXd, Eigen::ArrayXf and the like.
bool names_dynamic(const std::string& code) {
  static const std::string space = "Eigen::";
  for (std::size_t at = code.find(space); at != code.npos; at = code.find(space, at + 1)) {
    std::size_t end = at + space.size();
    while (end < code.size() && std::isalnum(static_cast<unsigned char>(code[end]))) ++end;
    if (code[end - 2] == 'X' && (code[end - 1] == 'd' || code[end - 1] == 'f')) return true;
  }
  return false;
}
bool is_member(const std::string& code) {
  const std::string declaration = trimmed(code);
  return starts_with(declaration, "Eigen::") && declaration.back() == ';' && declaration.find('(') == code.npos;
}

/// The lines of headers that say MatrixXd and the like in a declaration that is no template, but for data members,
/// which cost little.
Lines heavy_lines(const Texts& headers) {
  Lines found;
  for (const auto& [path, text] : headers) {
    bool in_template = false;
    std::size_t number = 0;
    for (const std::string& line : lines(text)) {
      ++number;
      in_template = in_template || starts_with(line, "template");
      const std::string code = line.substr(0, line.find("//"));
      if (!in_template && !starts_with(line, "using ") && names_dynamic(code) && !is_member(code))
        found.push_back(path + ":" + std::to_string(number) + ": " + trimmed(line));
      const bool outermost = !line.empty() && line.front() != ' ';
      if (outermost && (line.front() == '}' || line.back() == ';')) in_template = false;  // the declaration ends
    }
  }
  return found;
}

}  // namespace

TEST_CASE("Headers: what names a dynamic matrix is a template, and costs those alone who use it") {
  const Lines heavy = heavy_lines(texts_below("include/tweedie", ".hpp"));
  for (const std::string& line : heavy) FAIL_CHECK(line);
  CHECK(heavy.empty());
}

TEST_CASE("Headers: the rule finds functions and classes that are no templates") {
  const auto finds = [](const std::string& text) { return heavy_lines({{"a.hpp", text}}).size(); };
  CHECK(finds("inline Eigen::MatrixXd twice(const Eigen::MatrixXd& x) {\n  return 2 * x;\n}\n") == 1);
  CHECK(finds("class Kept {\n  Eigen::VectorXd x_;\n  Eigen::VectorXd twice() const { return 2 * x_; }\n};\n") == 1);
  CHECK(finds("template <class T>\nEigen::MatrixXd twice(const T& x) {\n  Eigen::MatrixXd y = x;\n  return y;\n}\n") ==
        0);
  CHECK(finds("template <class T>\nvoid a() {\n}\ninline void b() {\n  use(Eigen::ArrayXf(3));\n}\n") == 1);
  CHECK(finds("// of Eigen::MatrixXd\nusing Matrix = Eigen::MatrixXd;\n") == 0);
}

}  // namespace tests
