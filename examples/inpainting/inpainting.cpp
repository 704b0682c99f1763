// The lower half of a digit is hidden. Which method fills it in as it may have been?
//
// The model is that of `digits`, a mixture of all classes, and of a mixture the posterior of any linear measurement is
// exact: a mixture again, which can be drawn from. So every method is held against the law that it is meant to sample,
// with nothing learned in between.
//
//   y = A x₀ + noise·n                            the upper half, seen with noise       `masked`
//   p(x₀ | y)                                     the truth                             `posterior`
//   x_s ← α_s y + σ_s ζ where it is seen          replacement, and with ways back up    `Inpainting`
//   x_s + … Jᵀ Aᵀ …                               a gradient added to each step         `DPS`, `PseudoinverseGuidance`
//   E[x₀ | x_t, y] ≈ x̂₀ + V Aᵀ u                  a denoiser given the measurement      `mmps`, `tmpd`, `pigdm`, `diffpir`
//
// J = ∂x̂₀/∂x is exact too: for a network it would be automatic differentiation. All take the same steps of DDPM from
// the same noise. The digits are some that the mixture was fitted to; what counts is the distance from its posterior,
// not from the digit.

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <fstream>
#include <future>
#include <stdexcept>
#include <thread>

#include "methods.hpp"
#include "picture.hpp"
#include "report.hpp"
#include "support/command_line.hpp"
#include "support/png.hpp"
#include "support/progress.hpp"

namespace {

using namespace inpainting;
using Eigen::MatrixXd;
using examples::DigitSet;

struct Options {
  int digits = 4;
  int samples = 12;
  int steps = 50;
  int seed = 7;
  int threads = 0;
  std::optional<double> noise = 0.05;
  std::optional<double> zeta = 1;
  std::string out = "out/inpainting.png";
  std::string json;  ///< none where empty
  std::string data = examples::digits_path();
};

void write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  if (!(file << text << std::flush)) throw std::runtime_error(fmt::format("{}: it cannot be written", path));
}

/// The samples of every digit, and the seconds that they took, one after the other.
struct Drawn {
  std::vector<MatrixXd> samples;
  double seconds = 0;
};

Drawn drawn(const Method& method, const std::vector<Problem>& all, const Options& options) {
  Drawn drawn{std::vector<MatrixXd>(all.size())};
  std::vector<double> seconds(all.size());
  std::vector<std::exception_ptr> errors(all.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < all.size(); i = next++) {
      try {
        const auto start = std::chrono::steady_clock::now();
        const std::uint64_t seed = std::uint64_t(options.seed) * DigitSet::classes + i;
        drawn.samples[i] = method.draw(all[i], {options.samples, options.steps, seed});
        seconds[i] = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      } catch (...) {
        errors[i] = std::current_exception();
      }
    }
  };
  const int threads = options.threads > 0 ? options.threads : std::max(1, int(std::thread::hardware_concurrency()));
  std::vector<std::future<void>> workers;
  for (int i = 0; i < std::min(threads, options.digits); ++i) workers.push_back(std::async(std::launch::async, work));
  for (std::future<void>& worker : workers) worker.get();
  for (const std::exception_ptr& error : errors)  // of the first digit that has one, whichever thread met it first
    if (error) std::rethrow_exception(error);
  for (const double one : seconds) drawn.seconds += one;
  return drawn;
}

void compare(const Options& options) {
  const double noise = *options.noise, zeta = *options.zeta;
  tweedie::require(noise > 0 && noise <= 1, "--noise: ", noise, " must be positive, and at most 1");
  tweedie::require(zeta >= 0 && zeta <= 1000, "--zeta: ", zeta, " must be from 0 to 1000");
  examples::check_writable(options.out);
  if (!options.json.empty()) examples::check_writable(options.json);
  const DigitSet real = examples::read_digits(options.data);
  const examples::FittedMixture fit = examples::fit_mixture(real.pixels, real.labels());
  const Mixture model = fit.model<double>();
  const std::vector<Problem> all = problems(real, fit, model, options.digits, noise, options.seed);
  const std::vector<Method> contenders = methods(model, zeta);

  Gallery gallery(all, int(contenders.size()));
  std::vector<Result> results;
  std::vector<std::string> stopped;  // why
  const Report report;
  examples::Progress progress(long(contenders.size()));
  for (const Method& method : contenders) {
    Drawn run;
    std::optional<Measures> measures;
    try {
      run = drawn(method, all, options);
      measures = measured(all, run.samples, run.seconds);
    } catch (const std::domain_error& error) {  // a method may have no value for this measurement
      stopped.emplace_back(error.what());
    }
    results.push_back({method.name, measures});
    gallery.add(method.name, run.samples);
    progress.hide();
    report.row(results.back());
    progress.advance();
  }
  progress.hide();
  examples::write_png(options.out, gallery.picture());
  if (!options.json.empty())
    write_text(options.json, json(options.seed, options.digits, options.samples, options.steps, results));
  if (!stopped.empty()) fmt::print("\nStopped: {}\n", fmt::join(stopped, "\n         "));
  Report::explain();
  fmt::print("{}: rows as in the table, four samples of each digit, the same noise in every row but the first\n",
             options.out);
}

}  // namespace

int main(int argc, char** argv) {
  return examples::run_example("inpainting", [&] {
    Options options;
    examples::CommandLine line(
        "Fills in the hidden lower half of digits by replacement, RePaint, DPS, pseudoinverse guidance, DiffPIR, TMPD "
        "and\n"
        "MMPS, each beside the exact posterior: one table and one sheet.");
    line.option("--digits", options.digits, 1, 10, "of as many classes");
    line.option("--samples", options.samples, 2, 10000, "of each digit by each method");
    line.option("--steps", options.steps, 2, 1000, "of DDPM");
    line.option("--noise", options.noise, "standard deviation of the measurement (default: 0.05)");
    line.option("--zeta", options.zeta, "the weight of DPS (default: 1)");
    line.seed(options.seed);
    line.threads(options.threads);
    line.option("--out", options.out, "the sheet");
    line.option("--json", options.json, "the numbers as JSON");
    line.data(options.data);
    if (line.parse(argc, argv)) compare(options);
  });
}
