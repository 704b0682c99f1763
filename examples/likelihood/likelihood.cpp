// How many bits does a digit cost that the model has never seen?
//
// A mixture is fitted to some of the digits, and asked for its density at others, by three routes that ask less and
// less of it:
//
//   log_density(x)                                   in closed form, which only an exact model has
//   log_likelihood, PosteriorTrace                   along the flow, with the exact divergence of its denoiser
//   log_likelihood, Hutchinson, difference_product   along the flow, with the denoiser alone: a network's only route
//
// All three are of the digit with a little noise, where the flow begins; the density of the digit as it is stands
// beside them. `Dequantised` says what makes bits of it: grey levels with uniform noise, of which the bits bound those
// of the grey levels. A latent is more than a number: the picture goes along arcs between those of two digits, and back
// to digits.

#include <fmt/format.h>

#include "interpolation.hpp"
#include "routes.hpp"
#include "support/command_line.hpp"
#include "support/png.hpp"
#include "support/text_table.hpp"

namespace {

using Eigen::VectorXd;

struct Options {
  int count = 20;
  int probes = 8;
  int seed = 7;
  int threads = 0;
  std::string out = "out/likelihood.png";
  std::string data = examples::digits_path();
};

double bits(const VectorXd& log_density) {
  return likelihood::grey.bits_per_dimension(-log_density.mean(), examples::DigitSet::dimension);
}

void compare(const Options& options) {
  using namespace likelihood;
  examples::check_writable(options.out);
  const HeldOut digits = hold_out(examples::read_digits(options.data), options.count, options.seed);
  examples::write_png(options.out, interpolations(digits));

  const Mixture model = digits.fit.model<double>();
  const tweedie::Level end = schedule(end_time);
  Eigen::MatrixXd x = digits.spread;
  tweedie::Normals{std::uint64_t(options.seed)}(x, address(tweedie::Purpose::noised));
  x = end.alpha * digits.spread + end.sigma * x;
  const VectorXd exact = model.log_density(x, end);

  fmt::print("{} held-out digits, {} pixels each, at time {}: alpha = {:.6f}, sigma = {:.5f}\n\n", x.cols(), x.rows(),
             end_time, end.alpha, end.sigma);
  const examples::TextTable table(
      {{"route", 24}, {"tolerance", 10}, {"bits/dim", 10}, {"+-", 8}, {"largest error", 15}, {"evaluations", 13}});
  table.row({"exact", "-", fmt::format("{:.4f}", bits(exact)), "-", "-", "1"});
  const auto row = [&](const std::string& name, double tolerance, const Found& found) {
    const double error = found.standard_error.norm() / double(options.count);  // of the mean
    table.row({name, fmt::format("{:.0e}", tolerance), fmt::format("{:.4f}", bits(found.log_density)),
               error > 0 ? fmt::format("{:.4f}", error / (double(x.rows()) * std::numbers::ln2)) : "-",
               fmt::format("{:.3f}", (found.log_density - exact).cwiseAbs().maxCoeff()),
               fmt::format("{:.0f}", found.evaluations)});
  };
  const std::vector<double> tolerances{1e-3, 1e-4, 1e-5, 1e-6};
  examples::Progress progress(options.count * long(tolerances.size() + 1));
  for (const double tolerance : tolerances) {
    const Found found = by_exact_divergence(model, x, tolerance, options.threads, progress);
    progress.hide();
    row("flow, exact divergence", tolerance, found);
  }
  constexpr double tolerance = 1e-5;  // the probes are the larger error by far
  const Found found = by_probes(model, x, tolerance, options.probes, options.seed, options.threads, progress);
  progress.hide();
  row(fmt::format("flow, {} probes", options.probes), tolerance, found);
  const auto within = ((found.log_density - exact).cwiseAbs().array() <= 2 * found.standard_error.array()).count();

  fmt::print(
      "\nThe same digits without noise: {:.4f} bits/dim, and all {} that are held out: {:.4f}, in closed form.\n"
      "By probes, {} of {} digits lie within two of their standard errors from the exact log-density.\n"
      "\nbits/dim       -log2 p of the dequantised grey levels, per pixel: a bound of the bits of the grey levels\n"
      "+-             standard error of bits/dim from the probes, not from the choice of the digits\n"
      "largest error  of log p of one digit, from the exact route, nats\n"
      "evaluations    of the denoiser for a digit; not those that the exact divergence asks of the model\n"
      "{}: two held-out digits and the way between their latents, of one class on the left, of two on the right\n",
      bits(model.log_density(digits.spread)), digits.digits.cols(), bits(model.log_density(digits.digits)), within,
      options.count, options.out);
}

}  // namespace

int main(int argc, char** argv) {
  return examples::run_example("likelihood", [&] {
    Options options;
    examples::CommandLine line(
        "Finds the bits per dimension of digits that the model has not seen, in closed form and by the probability\n"
        "flow, and goes from digit to digit through their latents.");
    line.option("--count", options.count, 1, 1000, "held-out digits");
    line.option("--probes", options.probes, 2, 1000, "of the estimated divergence");
    line.seed(options.seed);
    line.threads(options.threads);
    line.option("--out", options.out, "the picture");
    line.data(options.data);
    if (line.parse(argc, argv)) compare(options);
  });
}
