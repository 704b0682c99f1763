#pragma once
// Which of the T levels of a discrete chain n steps visit, as published samplers choose them. Each returns n + 1
// integers as times of `Discrete`, noisiest first and ending with 0, the data. A published timestep k (counted from 0)
// is k + 1 here. numpy's rounding is kept, of halves to even and of the steps that lead to a half.

#include <charconv>
#include <string_view>

#include "schedule.hpp"

namespace tweedie {

namespace detail {
inline void check_steps(const char* spacing, int n, int T) {
  require(n >= 1 && n <= T, spacing, ": n = ", n, " steps cannot be spread over a chain of ", T);
}
}  // namespace detail

/// k = i·⌊T/n⌋ + offset, i = n − 1 … 0: the noisiest levels are left out (diffusers' "leading", steps_offset = offset).
inline std::vector<double> leading(int n, int T = 1000, int offset = 0) {
  detail::check_steps("leading", n, T);
  const int stride = T / n;
  require(offset >= 0 && (n - 1) * stride + offset < T, "leading: offset = ", offset, " puts the noisiest of ", n,
          " steps outside the chain of ", T);
  std::vector<double> times;
  for (int i = n - 1; i >= 0; --i) times.push_back(1 + i * stride + offset);
  times.push_back(0);
  return times;
}

/// k = round of n equally spaced numbers from T − 1 to 0 (diffusers' "linspace" for DDPM and DDIM).
inline std::vector<double> linspace(int n, int T = 1000) {
  detail::check_steps("linspace", n, T);
  const double step = n == 1 ? 0 : (T - 1) / double(n - 1);  // rounded before it is multiplied, as numpy's is
  std::vector<double> times;
  for (int i = n - 1; i >= 0; --i) times.push_back(1 + std::nearbyint(i == n - 1 && n > 1 ? T - 1 : i * step));
  times.push_back(0);
  return times;
}

/// k + 1 = round(T − i T/n), i = 0 … n − 1: the noisiest level is the chain's last (diffusers' "trailing").
inline std::vector<double> trailing(int n, int T = 1000) {
  detail::check_steps("trailing", n, T);
  const double step = (T - double(T) / n) - T;  // the difference of the first two, as numpy's arange takes it
  std::vector<double> times;
  for (int i = 0; i < n; ++i) times.push_back(std::nearbyint(T + i * step));
  times.push_back(0);
  return times;
}

/// The respacing strings of improved DDPM: "ddim50" is the integer stride that gives exactly 50 steps; "10,15,20" cuts
/// the chain into three equal sections, cleanest first, and takes 10, 15 and 20 steps of them, ends included; of a section
/// of 0 steps none is taken; "50" is one section. Nichol and Dhariwal, arXiv:2102.09672v1, section 4 (guided-diffusion's space_timesteps).
inline std::vector<double> respaced(std::string_view spec, int T = 1000) {
  require(T >= 1, "respaced: the chain has T = ", T, " steps");
  const auto number = [spec](std::string_view digits) {
    while (digits.starts_with(' ')) digits.remove_prefix(1);
    while (digits.ends_with(' ')) digits.remove_suffix(1);
    int value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    require(error == std::errc{} && end == digits.data() + digits.size() && value >= 0, "respaced: \"", spec,
            "\" must be \"ddimN\" or integers, none negative, with commas between");
    return value;
  };
  std::vector<int> kept;  // counted from 0, cleanest first
  if (spec.starts_with("ddim")) {
    const int n = number(spec.substr(4));
    int stride = 1;
    while (stride < T && (T + stride - 1) / stride != n) ++stride;
    require((T + stride - 1) / stride == n, "respaced: no integer stride makes exactly ", n, " steps of ", T);
    for (int k = 0; k < T; k += stride) kept.push_back(k);
  } else {
    std::vector<int> counts;
    for (std::size_t begin = 0; begin <= spec.size();) {
      const std::size_t comma = std::min(spec.find(',', begin), spec.size());
      counts.push_back(number(spec.substr(begin, comma - begin)));
      begin = comma + 1;
    }
    const int sections = int(counts.size());
    int start = 0;
    for (int i = 0; i < sections; ++i) {
      const int size = T / sections + (i < T % sections ? 1 : 0), count = counts[std::size_t(i)];
      require(count <= size, "respaced: \"", spec, "\" asks for ", count, " steps of a section that has ", size);
      const double stride = count <= 1 ? 1 : (size - 1) / double(count - 1);
      double position = 0;  // added up, as published: the halves that rounding meets depend on it
      for (int j = 0; j < count; ++j, position += stride) kept.push_back(start + int(std::nearbyint(position)));
      start += size;
    }
  }
  require(!kept.empty(), "respaced: \"", spec, "\" takes no steps at all");
  std::vector<double> times;
  for (auto k = kept.rbegin(); k != kept.rend(); ++k) times.push_back(1 + *k);
  times.push_back(0);
  return times;
}

}  // namespace tweedie
