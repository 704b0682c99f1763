#include "json.hpp"

#include <fmt/format.h>

#include <cmath>

namespace solvers {

namespace {

std::string number(std::optional<double> value) {
  return value && std::isfinite(*value) ? fmt::format("{}", *value) : "null";
}

std::string object(const Measured& measured) {
  return fmt::format(R"({{"frechet": {}, "log_density": {}}})", number(measured.frechet), number(measured.log_density));
}

std::string object(const std::string& sampler, const Run& run) {
  return fmt::format(R"({{"sampler": {}, "asked": {}, "steps": {}, "used": {}, "off": {}, "measured": {}}})",
                     quoted(sampler), run.asked, run.steps, number(run.used), number(run.off), object(run.measured));
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string all = "\"";
  for (const char c : text)
    if (c == '"' || c == '\\')
      all += {'\\', c};
    else if (c >= 0 && c < ' ')
      all += fmt::format("\\u{:04x}", int(c));
    else
      all += c;
  return all + '"';
}

std::string json(const Setting& setting, const std::vector<Result>& results) {
  std::vector<std::string> runs;
  for (const Result& result : results)
    for (const Run& run : result.runs) runs.push_back("    " + object(result.sampler, run));
  return fmt::format(
      "{{\n  \"seed\": {},\n  \"count\": {},\n  \"picture\": {},\n  \"exact\": {},\n  \"flow\": {},\n  \"runs\": "
      "[\n{}\n  ]\n}}\n",
      setting.seed, setting.count, quoted(setting.picture), object(setting.exact), object(setting.flow),
      fmt::join(runs, ",\n"));
}

}  // namespace solvers
