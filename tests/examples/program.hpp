#pragma once
// Runs a program of the examples and reads what it says.

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace tests {

struct Outcome {
  int code;            ///< exit status
  std::string output;  ///< both outputs together
};

/// PROGRAM ARGUMENTS, which the shell takes apart.
inline Outcome run_program(const std::string& program, const std::string& arguments) {
  std::FILE* pipe = popen(("'" + program + "' " + arguments + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen failed");
  Outcome outcome{0, {}};
  std::array<char, 4096> buffer;
  while (std::fgets(buffer.data(), int(buffer.size()), pipe) != nullptr) outcome.output += buffer.data();
  const int status = pclose(pipe);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

inline Outcome run_digits(const std::string& arguments) {
  return run_program(DIGITS_PROGRAM, arguments);
}

/// The numbers of the line of a table that starts with `name`; "-", "+-" and "%" are passed over. Empty where there is
/// no such line.
inline std::vector<double> numbers_of_line(const std::string& table, const std::string& name) {
  std::istringstream lines(table);
  std::vector<double> found;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(name, 0) != 0) continue;
    std::istringstream words(line.substr(name.size()));
    for (std::string word; words >> word;)
      if (word != "%" && word != "-" && word != "+-") found.push_back(std::stod(word));
    return found;
  }
  return found;
}

/// A folder of this test alone, empty at first and gone afterwards.
class Folder {
 public:
  explicit Folder(const std::string& name) : path_(std::filesystem::path(TWEEDIE_BINARY_DIR) / ("test-" + name)) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace tests
