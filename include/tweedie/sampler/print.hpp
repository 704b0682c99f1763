#pragma once
// A table to look at: aligned columns, one line a row, only the coefficients that the table uses.

#include <string>

#include "row.hpp"

namespace tweedie {

/// The rows of a table as text: index, the two times and half log-SNRs, and the coefficients. `std::cout <<
/// to_string(table)`.
inline std::string to_string(const Table& table) {
  const auto cell = [](const char* format, auto value) {
    char text[32];
    std::snprintf(text, sizeof text, format, value);
    return std::string(text);
  };
  const std::size_t slots = depth(table);
  std::vector<bool> x0(slots), eps(slots);
  for (const Step& step : table)
    for (std::size_t k = 0; k < slots; ++k) {
      if (step.row.x0[k] != 0) x0[k] = true;
      if (step.row.eps[k] != 0) eps[k] = true;
    }

  std::string text = cell("%5s", "row") + cell("%11s", "time t") + cell("%11s", "time s") + cell("%10s", "lambda t") +
                     cell("%10s", "lambda s") + cell("%13s", "x");
  for (std::size_t k = 0; k < slots; ++k) {
    if (x0[k]) text += cell("%13s", sentence("x0[", k, "]").c_str());
    if (eps[k]) text += cell("%13s", sentence("eps[", k, "]").c_str());
  }
  text += cell("%13s", "z") + "\n";
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto& [from, to, row] = table[i];
    text += cell("%5zu", i) + cell("%11.5g", from.time) + cell("%11.5g", to.time) + cell("%10.4f", lambda(from)) +
            cell("%10.4f", lambda(to)) + cell("%13.6g", row.x);
    for (std::size_t k = 0; k < slots; ++k) {
      if (x0[k]) text += cell("%13.6g", row.x0[k]);
      if (eps[k]) text += cell("%13.6g", row.eps[k]);
    }
    text += cell("%13.6g", row.z) + "\n";
  }
  return text;
}

}  // namespace tweedie
