#include "marginals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <tweedie/sample/sample_many.hpp>
#include <tweedie/sampler/exponential_euler.hpp>
#include <tweedie/schedule/grids.hpp>

#include "support/text_table.hpp"

namespace probability_flow {

namespace {

/// The law of u·x: a mixture of normal numbers.
class Projection {
 public:
  Projection(const Mixture& law, const Eigen::Vector2d& u) : weights_(law.weights()) {
    for (const auto& component : law.components()) {
      means_.push_back(u.dot(component.mean()));
      deviations_.push_back(std::sqrt(u.dot(component.covariance().matrix() * u)));
    }
  }
  /// P(u·x ≤ value).
  double distribution(double value) const {
    double sum = 0;
    for (std::size_t k = 0; k < means_.size(); ++k)
      sum += weights_[Eigen::Index(k)] * std::erfc((means_[k] - value) / (deviations_[k] * std::sqrt(2))) / 2;
    return sum;
  }

 private:
  Eigen::VectorXd weights_;
  std::vector<double> means_, deviations_;
};

}  // namespace

double largest_difference(const Eigen::MatrixXd& samples, const Mixture& law) {
  constexpr int directions = 8;
  double largest = 0;
  for (int j = 0; j < directions; ++j) {
    const double angle = std::numbers::pi * j / directions;
    const Eigen::Vector2d u(std::cos(angle), std::sin(angle));
    const Projection projection(law, u);
    Eigen::RowVectorXd values = u.transpose() * samples;
    std::sort(values.begin(), values.end());
    for (Eigen::Index i = 0; i < values.size(); ++i) {  // the samples' function jumps there from i/n to (i + 1)/n
      const double exact = projection.distribution(values[i]), n = double(values.size());
      largest = std::max({largest, exact - double(i) / n, double(i + 1) / n - exact});
    }
  }
  return largest;
}

void print_marginals(const Mixture& model, int count, int seed, int threads) {
  const tweedie::Level from = schedule(1.0), to = schedule(end_time);
  const Mixture law = model.marginal(to);
  fmt::print("Largest difference of a distribution function from the exact one, {} samples at time {}:\n\n", count,
             end_time);
  const examples::TextTable table({{"steps", 12}, {"ς² = 0", 10}, {"g²", 10}, {"2g²", 10}});
  for (const int steps : {20, 80, 320}) {
    const tweedie::Grid grid = uniform_lambda(schedule, steps, lambda(from), lambda(to));
    std::vector<std::string> cells{fmt::format("{}", steps)};
    for (const double noise : {0.0, 1.0, std::sqrt(2.0)}) {
      const Eigen::MatrixXd x =
          sample_many(model, tweedie::ExponentialEuler{.noise = noise}, grid,
                      {.dimension = 2, .count = count, .seed = std::uint64_t(seed), .threads = unsigned(threads)});
      cells.push_back(fmt::format("{:.4f}", largest_difference(x, law)));
    }
    table.row(cells);
  }
  std::mt19937_64 engine{std::uint64_t(seed)};
  std::vector<std::string> cells{"exact draws"};  // three times, as a measure of chance
  for (int i = 0; i < 3; ++i) cells.push_back(fmt::format("{:.4f}", largest_difference(law.draw(count, engine), law)));
  table.row(cells);
}

}  // namespace probability_flow
