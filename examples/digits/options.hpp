#pragma once
// What may be chosen on the command line of `digits`.

#include <optional>
#include <string>
#include <tweedie/sampler/row.hpp>

namespace digits {

struct Options {
  std::string sampler;        ///< ddpm, ddpm-large or ddim; empty: compare them all
  std::optional<double> eta;  ///< of ddim
  int steps = 20;
  std::string schedule = "vp";  ///< vp, cosine or linear
  std::optional<int> digit;     ///< the class; none: all ten
  int count = 1000;             ///< samples in all
  int seed = 7;
  int threads = 0;  ///< 0: as many as the machine has
  std::string out = "out/digits.png";
  std::string data;  ///< the picture of real digits
};

/// None where --help was asked for. Throws std::invalid_argument with a sentence.
std::optional<Options> parse(int argc, const char* const* argv);

/// n steps of the schedule that the options name, down to the data.
tweedie::Grid grid(const Options& options, int n);

/// The table of a sampler by its name on the command line.
tweedie::Table table(const std::string& sampler, double eta, const tweedie::Grid& grid);

}  // namespace digits
