#pragma once
// Runs the program `digits` and reads what it says.

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

namespace tests {

struct Outcome {
  int code;            ///< exit status
  std::string output;  ///< both outputs together
};

/// digits ARGUMENTS, which the shell takes apart.
inline Outcome run_digits(const std::string& arguments) {
  std::FILE* pipe = popen(("'" DIGITS_PROGRAM "' " + arguments + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen failed");
  Outcome outcome{0, {}};
  std::array<char, 4096> buffer;
  while (std::fgets(buffer.data(), int(buffer.size()), pipe) != nullptr) outcome.output += buffer.data();
  const int status = pclose(pipe);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
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
