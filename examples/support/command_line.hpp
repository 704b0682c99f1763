#pragma once
// The command lines of the examples: CLI11 behind a small face, so that its header is compiled once.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace examples {

/// Options are declared with the variable that they set, whose value before is the default that --help shows.
class CommandLine {
 public:
  explicit CommandLine(const std::string& purpose);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  /// An integer from `least` to `most`.
  void option(const std::string& name, int& value, int least, int most, const std::string& help);
  void option(const std::string& name, std::optional<int>& value, int least, int most, const std::string& help);
  void option(const std::string& name, std::optional<double>& value, const std::string& help);
  void option(const std::string& name, std::string& value, const std::string& help);
  /// One of the words `choices`.
  void option(const std::string& name, std::string& value, const std::vector<std::string>& choices,
              const std::string& help);

  // What several examples have: --seed of the noise, --threads, --data for the real digits.
  void seed(int& value);
  void threads(int& value);
  void data(std::string& value);

  /// Sets the variables. Returns false where --help was asked for and has been printed.
  /// Throws std::invalid_argument with a sentence for what does not fit the options.
  bool parse(int argc, const char* const* argv);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

/// The whole of an example's main: 0 when `body` returns, 1 with its sentence on the error output when it throws a
/// std::exception.
int run_example(const char* name, const std::function<void()>& body);

}  // namespace examples
