// The tables of the pages: what a sampler makes of Gaussian data, N(1.3, 0.25), with the best denoiser. push_forward gives the
// law of the result exactly, so the tables hold no random number.

#include "generated.hpp"
#include "support/test.hpp"

namespace tests {
namespace {

using namespace tweedie;

Gaussian<> data() {
  return {Eigen::VectorXd::Constant(1, 1.3), Covariance<double>(Eigen::MatrixXd::Constant(1, 1, 0.25).eval())};
}
double variance(const Gaussian<>& law) {
  return law.covariance().matrix()(0, 0);
}

/// n steps in time, from t = 1 onto the data.
Grid time_grid(int n) {
  return levels(VariancePreserving{}, uniform(n));
}
/// n steps in λ, from t = 1 to λ = 5, where σ/α = 0.0067.
Grid lambda_grid(int n) {
  const VariancePreserving schedule;
  return uniform_lambda(schedule, n, lambda(schedule(1)), 5);
}

struct Error {
  double ratio;     ///< of the standard deviation to that of the data noised to the last level
  double distance;  ///< W₂ between the two
};

template <class S>
Error error(const S& sampler, const Grid& grid) {
  const Gaussian<> result = push_forward(tabulate(sampler, grid), data()), truth = data().marginal(grid.back());
  return {std::sqrt(variance(result) / variance(truth)), wasserstein2(result, truth)};
}

std::string print(const char* format, double value) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

/// Three columns for each sampler: ratio of the standard deviation, W₂, and the order log₂(W₂ of n steps / W₂ of 2n steps).
template <class... S>
std::string errors(Grid (*grid)(int), const std::vector<std::string>& names, const S&... samplers) {
  std::string text = "| steps |", rule = "| ---: |";
  for (const std::string& name : names) {
    text += " " + name + ": deviation | W₂ | order |";
    rule += " ---: | ---: | ---: |";
  }
  text += "\n" + rule + "\n";
  for (const int n : {5, 10, 20, 50, 100, 160, 1000}) {
    text += "| " + std::to_string(n) + " |";
    const auto add = [&](const auto& sampler) {
      const Error coarse = error(sampler, grid(n)), fine = error(sampler, grid(2 * n));
      text += " " + print("%.4f", coarse.ratio) + " | " + print("%.2e", coarse.distance) + " | " +
              print("%.2f", std::log2(coarse.distance / fine.distance)) + " |";
    };
    (add(samplers), ...);
    text += "\n";
  }
  return text;
}

/// θ of DDIM-6: the angle of (α s, σ).
double angle(const Level& t) {
  return std::atan2(t.sigma, t.alpha * std::sqrt(variance(data())));
}

/// The variance that DDIM leaves, as a share of that of the data: by push_forward, by the product of DDIM-6, and on the best grid.
std::string product_of_cosines() {
  std::string text = "| steps | push_forward | ∏ cos² Δθ | best grid |\n| ---: | ---: | ---: | ---: |\n";
  for (const int n : {5, 10, 20, 50, 100, 1000}) {
    const Grid grid = time_grid(n);
    double product = 1;
    for (std::size_t i = 0; i + 1 < grid.size(); ++i)
      product *= std::pow(std::cos(angle(grid[i]) - angle(grid[i + 1])), 2);
    const double best = std::pow(std::cos((angle(grid.front()) - angle(grid.back())) / n), 2 * n);
    text += "| " + std::to_string(n);
    for (const double share :
         {variance(push_forward(tabulate(DDIM{}, grid), data())) / variance(data()), product, best})
      text += " | " + print("%.6f", share);
    text += " |\n";
  }
  return text;
}

}  // namespace

std::string accuracy_table(const std::string& name) {
  const std::vector<std::string> ddpm{"small", "large"}, ddim{"η = 0", "η = 0.5", "η = 1"};
  const DDPM small, large{.variance = forward_variance};
  if (name == "ddpm-time") return errors(time_grid, ddpm, small, large);
  if (name == "ddpm-lambda") return errors(lambda_grid, ddpm, small, large);
  if (name == "ddim-time") return errors(time_grid, ddim, DDIM{}, DDIM{.eta = 0.5}, DDIM{.eta = 1});
  if (name == "ddim-lambda") return errors(lambda_grid, ddim, DDIM{}, DDIM{.eta = 0.5}, DDIM{.eta = 1});
  if (name == "ddim-cosines") return product_of_cosines();
  FAIL("there is no table " << name);
  return {};
}

}  // namespace tests
