// The tables of the pages: what a sampler makes of Gaussian data, N(1.3, 0.25), with the best denoiser. push_forward
// gives the law of the result exactly, so the tables hold no random number.

#include "generated.hpp"
#include "ledger/mixtures.hpp"

namespace tests {

std::string print(const char* format, double value) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

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

/// Three columns for each sampler: ratio of the standard deviation, W₂, and the order log₂(W₂ of n steps / W₂ of 2n
/// steps).
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

/// The variance that DDIM leaves, as a share of that of the data: by push_forward, by the product of DDIM-6, and on the
/// best grid.
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

/// The ratio of the deviation to that of the data: without and with the optimal variance, without and with noise on the
/// last row. Of the last the largest error of DDPM with either variance and DDIM with η = 0 and 0.5.
std::string optimal_variance() {
  std::string text =
      "| steps | DDPM small | DDPM large | DDIM | DDPM small, last row with noise | optimal, `LastRow::mean` | "
      "optimal, "
      "`LastRow::noise`: largest error |\n| ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n";
  const auto v = [](const Level& t) { return data().posterior_variances(t)[0]; };
  const auto ratio = [](const Table& table) {
    return std::sqrt(variance(push_forward(table, data())) / variance(data()));
  };
  for (const int n : {2, 5, 20, 100, 1000}) {
    const Grid grid = time_grid(n);
    const std::vector<Table> plain{tabulate(DDPM{}, grid), tabulate(DDPM{forward_variance}, grid),
                                   tabulate(DDIM{}, grid), tabulate(DDIM{0.5}, grid)};
    double worst = 0;
    for (const Table& table : plain)
      worst = std::max(worst, std::abs(ratio(with_variance(table, v, LastRow::noise)) - 1));
    Table last = plain[0];
    last.back().row.z = std::sqrt(v(last.back().from));
    text += "| " + std::to_string(n);
    for (const Table& table : {plain[0], plain[1], plain[2], last, with_variance(plain[0], v)})
      text += " | " + print("%.4f", ratio(table));
    text += std::string(" | ") + (worst < 1e-12 ? "below 1e-12" : print("%.1e", worst)) + " |\n";
  }
  return text;
}

/// The standard deviation of each estimator's mean over 1e5 samples, relative to v, by quadrature over x₀ and ε.
std::string estimators() {
  std::string text = "| u | v | residual | x0 | eps |\n| ---: | ---: | ---: | ---: | ---: |\n";
  const auto& mixture = narrow_modes();
  const double m = mixture.moments().mean()[0];
  constexpr int side = 97;  // the trapezoid rule, ±6 deviations
  Eigen::ArrayXd z = Eigen::ArrayXd::LinSpaced(side, -6, 6), weight = (-0.5 * z.square()).exp();
  weight /= weight.sum();
  for (const int n : {3, 15, 30, 45, 60}) {
    const Level t = su_level(n);
    const double factor = t.sigma * t.sigma / (t.alpha * t.alpha);
    Eigen::Array3d first = Eigen::Array3d::Zero(), second = first;
    for (std::size_t k = 0; k < 3; ++k) {
      const auto& part = mixture.components()[k];
      for (int i = 0; i < side; ++i) {
        const double x0 = part.mean()[0] + std::sqrt(part.covariance().matrix()(0, 0)) * z[i];
        const Eigen::MatrixXd x = (t.alpha * x0 + t.sigma * z).matrix().transpose();
        const Eigen::ArrayXd x0_hat = mixture(x, t).transpose(),
                             eps_hat = (x.transpose().array() - t.alpha * x0_hat) / t.sigma;
        const Eigen::ArrayXd w = mixture.weights()[Eigen::Index(k)] * weight[i] * weight;
        const Eigen::ArrayXd statistics[] = {(x0 - x0_hat).square(), (x0 - m) * (x0 - m) - (x0_hat - m).square(),
                                             factor * (1 - eps_hat.square())};
        for (int j = 0; j < 3; ++j) {
          first[j] += (w * statistics[j]).sum();
          second[j] += (w * statistics[j].square()).sum();
        }
      }
    }
    const double v = expected_variance(mixture, t);
    text += "| " + print("%.2f", n / 60.0) + " | " + print("%.4f", v);
    for (int j = 0; j < 3; ++j) text += " | " + print("%.1e", std::sqrt((second[j] - first[j] * first[j]) / 1e5) / v);
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
  if (name == "reverse-time")
    return errors(time_grid, {"Euler", "reverse diffusion", "ancestral"}, EulerMaruyama{}, ReverseDiffusion{}, large);
  if (name == "reverse-lambda")
    return errors(lambda_grid, {"ς = 0.5 g", "ς = g", "ς = 1.4 g"}, ExponentialEuler{0.5}, ExponentialEuler{1},
                  ExponentialEuler{1.4});
  if (name == "flow-lambda")
    return errors(lambda_grid, {"Euler", "reverse diffusion", "DDIM", "Heun"}, EulerMaruyama{0}, ReverseDiffusion{0},
                  DDIM{}, Heun{});
  if (name.starts_with("solver-"))
    if (const std::string table = solver_table(name); !table.empty()) return table;
  if (name.starts_with("inverse-"))
    if (const std::string table = inverse_problem_table(name); !table.empty()) return table;
  if (name == "optimal-variance") return optimal_variance();
  if (name == "variance-estimators") return estimators();
  FAIL("there is no table " << name);
  return {};
}

}  // namespace tests
