#pragma once
// The numbers for other programs.

#include <string_view>

#include "result.hpp"

namespace solvers {

/// What is the same for all runs.
struct Setting {
  int seed, count;
  std::string picture;   ///< its file
  Measured exact, flow;  ///< of draws from the model itself, and of the ends of the flow
};

/// A JSON object; what is none or not finite is null.
std::string json(const Setting& setting, const std::vector<Result>& results);

/// A JSON string: quotation marks, backslashes and control characters escaped.
std::string quoted(std::string_view text);

}  // namespace solvers
