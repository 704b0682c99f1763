#include "report.hpp"

#include <fmt/format.h>

namespace digits {

namespace {

std::vector<std::string> cells(const std::string& name, const std::string& steps, const std::string& evaluations,
                               const Measures& m, const std::string& seconds) {
  return {name,
          steps,
          evaluations,
          fmt::format("{:.3f}", m.frechet),
          fmt::format("{:.1f}", m.log_density),
          fmt::format("{:.3f}", m.nearest),
          fmt::format("{:.1f} %", 100 * m.same_class),
          seconds};
}

}  // namespace

Report::Report()
    : table_({{"sampler", 20},
              {"steps", 7},
              {"evaluations", 13},
              {"Fréchet", 10},
              {"log-density", 13},
              {"nearest", 10},
              {"same class", 12},
              {"seconds", 9}}) {
}

void Report::row(const std::string& name, const Measures& measures) const {
  table_.row(cells(name, "-", "-", measures, "-"));
}

void Report::row(const std::string& name, std::size_t steps, const Run& run, const Measures& measures) const {
  table_.row(cells(name, fmt::format("{}", steps), fmt::format("{:g}", run.evaluations), measures,
                   fmt::format("{:.2f}", run.seconds)));
}

void Report::explain() {
  fmt::print(
      "\nFréchet      squared Wasserstein distance between the Gaussians of the samples' moments and of the data's\n"
      "log-density  mean log p(x) under the fitted mixture, nats\n"
      "nearest      mean Euclidean distance to the nearest real digit (of a real digit: to the nearest other)\n"
      "same class   share of samples whose nearest real digit is of the class that was asked for\n");
}

}  // namespace digits
