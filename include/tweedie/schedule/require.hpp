#pragma once
// Every refusal of the library goes through `require`: an exception whose sentence names the value and the rule it breaks.

#include <concepts>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>

#if defined(__FAST_MATH__) && !defined(TWEEDIE_ALLOW_FAST_MATH)
#error \
    "tweedie: -ffast-math makes NaN and infinity invisible, and both ends of a schedule rely on them. Compile without it, or define TWEEDIE_ALLOW_FAST_MATH."
#endif

namespace tweedie {

/// Joins words and numbers to one sentence; numbers are printed with ten significant digits.
template <class... Parts>
std::string sentence(const Parts&... parts) {
  std::string text;
  const auto append = [&text](const auto& part) {
    using Part = std::remove_cvref_t<decltype(part)>;
    if constexpr (std::floating_point<Part>) {
      char digits[32];
      std::snprintf(digits, sizeof digits, "%.10g", static_cast<double>(part));
      text += digits;
    } else if constexpr (std::integral<Part>) {
      text += std::to_string(part);
    } else {
      text += std::string_view(part);
    }
  };
  (append(parts), ...);
  return text;
}

/// Throws std::invalid_argument with the sentence made of `parts` unless `holds`. The sentence is only made when it is thrown.
template <class... Parts>
void require(bool holds, const Parts&... parts) {
  if (!holds) throw std::invalid_argument(sentence(parts...));
}

}  // namespace tweedie
