// The same marginals, three equations.
//
// For every noise ς ≥ 0 the reverse equation dx = [f − ½(g² + ς²) ∇ log p_t] dt + ς dw̄ has the marginals p_t of the
// forward one. ς = 0 is an ordinary differential equation, the probability flow. A way of it is smooth, leads back to
// where it came from, and tells the density at its end:
//
//   ς² = 0, g², 2g²                             samples of one law         `ExponentialEuler`, `sample_many`
//   log p_t(x) = log p_T + ∫ ∇·(dx/dt) dt       the density of a sample    `log_likelihood`
//   dx/dt = α' x̂₀ + σ' ε̂                        for any integrator         `AdaptiveFlow`, `ProbabilityFlow`
//
// The data are a mixture of Gaussians in the plane, whose denoiser, marginals and densities are exact: what is printed
// are the errors of the integrations alone.

#include <fmt/format.h>

#include "densities.hpp"
#include "integrators.hpp"
#include "marginals.hpp"
#include "picture.hpp"
#include "support/command_line.hpp"
#include "support/png.hpp"

namespace {

struct Options {
  int count = 20000;
  int points = 200;
  int seed = 7;
  int threads = 0;
  std::string out = "out/probability_flow.png";
};

void show(const Options& options) {
  using namespace probability_flow;
  examples::check_writable(options.out);
  const Mixture model = pinwheel();
  examples::write_png(options.out, three_panels(model, options.seed));
  print_marginals(model, options.count, options.seed, options.threads);
  print_densities(model, options.points, options.seed);
  print_integrators(model, options.points, options.seed);
  fmt::print(
      "\nN(0, σ²I)    the largest error where the law at time 1 is taken for that of noise alone\n"
      "evaluations  of the denoiser, for each sample\n"
      "{}: ways from noise to data, ς² = 0, g² and 2g², each in the colour of the arm in which it ends\n",
      options.out);
}

}  // namespace

int main(int argc, char** argv) {
  return examples::run_example("probability_flow", [&] {
    Options options;
    examples::CommandLine line(
        "Shows three equations with the same marginals, the density that one of them tells, and what integrates it.");
    line.option("--count", options.count, 10, 1000000, "samples of each equation, whose law is compared");
    line.option("--points", options.points, 1, 100000,
                "samples whose density is found, and starts that are integrated");
    line.seed(options.seed);
    line.threads(options.threads);
    line.option("--out", options.out, "the picture");
    if (line.parse(argc, argv)) show(options);
  });
}
