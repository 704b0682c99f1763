#include "command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <limits>

namespace examples {

struct CommandLine::Parser : CLI::App {
  using CLI::App::App;

  /// `values` stands behind the name in --help.
  template <class T>
  CLI::Option* add(const std::string& name, T& value, const std::string& help, const std::string& values) {
    return add_option(name, value, help)->type_name(values);
  }
  template <class T>
  void add_integer(const std::string& name, T& value, int least, int most, const std::string& help) {
    add(name, value, help, fmt::format("{}..{}", least, most))->check(CLI::Range(least, most).description(""));
  }
};

CommandLine::CommandLine(const std::string& purpose) : parser_(std::make_unique<Parser>(purpose)) {
  parser_->option_defaults()->always_capture_default();
}
CommandLine::~CommandLine() = default;

void CommandLine::option(const std::string& name, int& value, int least, int most, const std::string& help) {
  parser_->add_integer(name, value, least, most, help);
}
void CommandLine::option(const std::string& name, std::optional<int>& value, int least, int most,
                         const std::string& help) {
  parser_->add_integer(name, value, least, most, help);
}
void CommandLine::option(const std::string& name, std::optional<double>& value, const std::string& help) {
  parser_->add(name, value, help, "NUMBER");
}
void CommandLine::option(const std::string& name, std::string& value, const std::string& help) {
  parser_->add(name, value, help, "FILE");
}
void CommandLine::option(const std::string& name, std::string& value, const std::vector<std::string>& choices,
                         const std::string& help) {
  parser_->add(name, value, help, fmt::format("{}", fmt::join(choices, "|")))
      ->check(CLI::IsMember(choices).description(""));
}

void CommandLine::seed(int& value) {
  option("--seed", value, 0, std::numeric_limits<int>::max(), "of the noise");
}
void CommandLine::threads(int& value) {
  option("--threads", value, 0, 1024, "0: as many as the machine has");
}
void CommandLine::data(std::string& value) {
  option("--data", value, "the real digits, a PNG as examples/data/digits.png");
}

bool CommandLine::parse(int argc, const char* const* argv) {
  try {
    parser_->parse(argc, argv);
    return true;
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", parser_->help());
    return false;
  } catch (const CLI::ParseError& error) {
    throw std::invalid_argument(fmt::format("{} (--help lists the options)", error.what()));
  }
}

int run_example(const char* name, const std::function<void()>& body) {
  try {
    body();
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", name, error.what());
    return 1;
  }
}

}  // namespace examples
