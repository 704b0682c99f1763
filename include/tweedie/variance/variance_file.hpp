#pragma once
// A VarianceTable as a plain text file, every number with the digits that bring it back exactly:
//   tweedie variance 1
//   form diagonal, dimension 2, levels 1
//   level 0.5 0.87 0.49          time, alpha, sigma
//   variance 0.12 0.09           of a full table column by column
//   error 0.001 0.0009

#include <charconv>
#include <cstdio>
#include <memory>
#include <string>

#include "variance_table.hpp"

namespace tweedie {

namespace detail {

inline const char* form_name(VarianceForm form) {
  switch (form) {
    case VarianceForm::scalar: return "scalar";
    case VarianceForm::diagonal: return "diagonal";
    case VarianceForm::full: break;
  }
  return "full";
}

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

inline File open_file(const std::string& path, const char* mode, const char* purpose) {
  File file(std::fopen(path.c_str(), mode), std::fclose);
  if (!file) throw std::runtime_error(sentence("variance table: the file ", path, " cannot be opened for ", purpose));
  return file;
}

/// Reads words and numbers, and says where a file is not what it should be.
class WordReader {
 public:
  explicit WordReader(const std::string& path) : path_(path), file_(open_file(path, "r", "reading")) {}

  std::string word() {
    std::string text;
    int c = get();
    while (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',') c = get();
    for (; c != EOF && c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != ','; c = get()) text += char(c);
    if (c != EOF) unget(c);
    return text;
  }
  void expect(const char* wanted) {
    const std::string found = word();
    check(found == wanted, sentence("'", wanted, "'"), found);
  }
  double number() {
    const std::string found = word();
    double value = 0;
    const auto [end, error] = std::from_chars(found.data(), found.data() + found.size(), value);  // whatever the locale
    check(!found.empty() && error == std::errc{} && end == found.data() + found.size(), "a number", found);
    return value;
  }
  Eigen::Index count() {
    const double value = number();
    check(value >= 1 && value <= 1e9 && value == std::floor(value), "a whole number of at least 1", sentence(value));
    return Eigen::Index(value);
  }
  void end() {
    const std::string found = word();
    check(found.empty(), "the end", found);
  }
  void check(bool holds, const std::string& wanted, const std::string& found) const {
    if (!holds)
      throw std::runtime_error(
          sentence("variance table: ", path_, ", line ", line_, ": ", wanted, " is expected, but there is ",
                   found.empty() ? std::string("the end of the file") : sentence("'", found, "'")));
  }

 private:
  int get() {
    const int c = std::fgetc(file_.get());
    if (c == '\n') ++line_;
    return c;
  }
  void unget(int c) {
    if (c == '\n') --line_;
    std::ungetc(c, file_.get());
  }

  std::string path_;
  File file_;
  int line_ = 1;
};

}  // namespace detail

/// Throws std::runtime_error, naming the file, where it cannot be written.
template <class Real>
void save(const BasicVarianceTable<Real>& table, const std::string& path) {
  std::string text = sentence("tweedie variance 1\nform ", detail::form_name(table.form()), ", dimension ",
                              table.dimension(), ", levels ", table.entries().size(), "\n");
  const auto line = [&text](const char* name, const auto* first, Eigen::Index count) {
    text += name;
    for (Eigen::Index i = 0; i < count; ++i) {
      char digits[32];  // the shortest that bring the number back
      text += ' ';
      text.append(digits, std::to_chars(digits, digits + sizeof digits, first[i]).ptr);
    }
    text += '\n';
  };
  for (const auto& [level, variance, error] : table.entries()) {
    const double numbers[] = {level.time, level.alpha, level.sigma};
    line("level", numbers, 3);
    line("variance", variance.data(), variance.size());
    line("error", error.data(), error.size());
  }
  const detail::File file = detail::open_file(path, "w", "writing");
  if (std::fwrite(text.data(), 1, text.size(), file.get()) != text.size() || std::fflush(file.get()) != 0)
    throw std::runtime_error(sentence("variance table: writing to ", path, " failed"));
}

/// The table that `save` wrote; its levels have no rates. Throws std::runtime_error, naming the file and the line, for
/// any other text.
template <class Real = double>
BasicVarianceTable<Real> load_variance(const std::string& path) {
  using Result = BasicVarianceTable<Real>;
  detail::WordReader in(path);
  in.expect("tweedie"), in.expect("variance"), in.expect("1");
  in.expect("form");
  const std::string name = in.word();
  const bool scalar = name == "scalar", diagonal = name == "diagonal";
  in.check(scalar || diagonal || name == "full", "'scalar', 'diagonal' or 'full'", name);
  const VarianceForm form = scalar ? VarianceForm::scalar : diagonal ? VarianceForm::diagonal : VarianceForm::full;
  in.expect("dimension");
  const Eigen::Index d = in.count(), columns = form == VarianceForm::full ? d : 1;
  in.check(d <= 100'000'000 / columns, "a dimension that a table can have", sentence(d));
  in.expect("levels");
  const Eigen::Index levels = in.count();
  std::vector<typename Result::Entry> entries;
  const auto matrix = [&](const char* heading) {
    in.expect(heading);
    typename Result::Matrix m(d, columns);
    for (Eigen::Index i = 0; i < m.size(); ++i) m.data()[i] = Real(in.number());
    return m;
  };
  for (Eigen::Index i = 0; i < levels; ++i) {
    in.expect("level");
    const double time = in.number(), alpha = in.number(), sigma = in.number();
    const auto variance = matrix("variance"), error = matrix("error");
    entries.push_back({{.time = time, .alpha = alpha, .sigma = sigma}, variance, error});
  }
  in.end();
  try {
    return Result(form, std::move(entries));
  } catch (const std::invalid_argument& error) {
    throw std::runtime_error(sentence("variance table: ", path, ": ", error.what()));
  }
}

}  // namespace tweedie
