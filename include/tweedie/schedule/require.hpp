#pragma once
// Every refusal of the library goes through `require`: an exception whose sentence names the value and the rule it
// breaks. All headers come by here first, so this is where a compiler that cannot serve is told what to do.

#if __cplusplus < 202002L
#error "tweedie: this is C++20; compile with -std=c++20, or with CMake link tweedie::tweedie, which asks for it"
#include <tweedie/compile_with_std_c++20>  // there is no such file: it ends the compilation here, before other errors
#endif

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>

#if (defined(__FAST_MATH__) || __FINITE_MATH_ONLY__ + 0) && !defined(TWEEDIE_ALLOW_FAST_MATH)
#error \
    "tweedie: -ffast-math and -ffinite-math-only make NaN and infinity invisible, and both ends of a schedule rely on them. Compile without (-fno-finite-math-only), or define TWEEDIE_ALLOW_FAST_MATH."
#endif

namespace tweedie {

/// A word or a number of a sentence, as text. A number has as many digits as tell it from every other of its type: the
/// shortest "%g" that reads back as it is, ten significant digits where they do (six of a float).
class Word {
 public:
  Word(const char* text) : text_(text) {}
  Word(const std::string& text) : text_(text) {}
  Word(std::string_view text) : text_(text) {}
  template <std::integral Number>
  Word(Number number) : text_(std::to_string(number)) {}
  template <std::floating_point Number>
  Word(Number number) {
    using Limits = std::numeric_limits<Number>;
    char text[64];
    for (int digits = sizeof(Number) < sizeof(double) ? 6 : 10; digits <= Limits::max_digits10; ++digits) {
      std::snprintf(text, sizeof text, "%.*Lg", digits, static_cast<long double>(number));
      if (static_cast<Number>(std::strtold(text, nullptr)) == number) break;
    }
    text_ = text;
  }
  /// The shape of a state, "2x1000". A sentence is given the shape and not its words, which nobody reads while all is
  /// well.
  template <std::size_t N>
  Word(const std::array<std::ptrdiff_t, N>& shape) {
    for (std::size_t i = 0; i < N; ++i) {
      if (i > 0) text_ += 'x';
      text_ += std::to_string(shape[i]);
    }
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// Joins words and numbers.
inline std::string sentence(std::initializer_list<Word> words) {
  std::string text;
  for (const Word& word : words) text += word.text();
  return text;
}
template <class... Words>
std::string sentence(const Words&... words) {
  return sentence({Word(words)...});
}

/// Throws std::invalid_argument with the sentence made of `words` unless `holds`. The sentence is only made when it is
/// thrown.
template <class... Words>
void require(bool holds, const Words&... words) {
  if (!holds) throw std::invalid_argument(sentence({Word(words)...}));
}

}  // namespace tweedie
