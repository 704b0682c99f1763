#include "report.hpp"

#include <fmt/format.h>

#include <cmath>

namespace guided_digits {

Report::Report()
    : table_({{"method", 18}, {"scale", 6}, {"accuracy", 10}, {"Fréchet", 10}, {"diversity", 11}, {"off", 10}}) {
}

void Report::row(const Result& result) const {
  const Measures& m = result.measures;
  table_.row({result.method, result.scale ? fmt::format("{:g}", *result.scale) : "-",
              fmt::format("{:.1f} %", 100 * m.accuracy), fmt::format("{:.3f}", m.frechet),
              fmt::format("{:.3f}", m.diversity), result.off ? fmt::format("{:.5f}", *result.off) : "-"});
}

void Report::explain(int steps) {
  fmt::print(
      "\naccuracy   share of samples that the exact classifier takes for digits of the class that was asked for\n"
      "Fréchet    squared Wasserstein distance between the Gaussians of the moments of a class's samples and of its "
      "law, mean over the classes\n"
      "diversity  trace of the covariance of a class's samples over that of its law, mean over the classes\n"
      "off        root mean square, per pixel, of the difference from the digits of the conditional denoiser, of the "
      "same noise\n"
      "All but the exact draws are {} steps of DDIM. Of finitely many samples the Fréchet distance is not 0: the exact "
      "draws are the mark.\n",
      steps);
}

std::string json(int seed, int count, int steps, const std::vector<Result>& results) {
  const auto number = [](std::optional<double> value) {
    return value && std::isfinite(*value) ? fmt::format("{}", *value) : "null";
  };
  std::vector<std::string> runs;
  for (const Result& result : results)
    runs.push_back(
        fmt::format(R"(    {{"method": "{}", "scale": {}, "accuracy": {}, "frechet": {}, "diversity": {}, "off": {}}})",
                    result.method, number(result.scale), number(result.measures.accuracy),
                    number(result.measures.frechet), number(result.measures.diversity), number(result.off)));
  return fmt::format("{{\n  \"seed\": {},\n  \"count\": {},\n  \"steps\": {},\n  \"runs\": [\n{}\n  ]\n}}\n", seed,
                     count, steps, fmt::join(runs, ",\n"));
}

}  // namespace guided_digits
