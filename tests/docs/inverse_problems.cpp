// The tables of docs/inverse_problems.md: what methods make of a linear measurement of Gaussian data, whose posterior
// is known.

#include "generated.hpp"
#include "support/test.hpp"

namespace tests {
namespace {

using namespace tweedie;
using Eigen::MatrixXd;

/// N(μ, S) in four dimensions, neighbours alike.
const Gaussian<>& data() {
  static const Gaussian<> gaussian = [] {
    MatrixXd S(4, 4);
    for (int i = 0; i < 4; ++i)
      for (int j = 0; j < 4; ++j) S(i, j) = 0.6 * std::pow(0.7, std::abs(i - j)) + 0.02 * (i == j);
    return Gaussian<>(Eigen::Vector4d(0.4, -0.2, 0.1, 0.6), S);
  }();
  return gaussian;
}
/// Jᵀ u, the same at every x.
MatrixXd product(const MatrixXd&, const Level& t, const MatrixXd& u) {
  return t.alpha / (t.sigma * t.sigma) * (data().posterior_covariance(t) * u);
}
Grid grid(int n) {
  const VariancePreserving schedule{};
  Grid levels = uniform_lambda(schedule, n - 1, lambda(schedule(1)), lambda(schedule(1e-3)));
  levels.push_back(clean);
  return levels;
}

/// The law at the end of a run whose end is an affine function of start and noise, exactly: the answer to every one of
/// their numbers, a column each.
template <class D, class S>
Gaussian<> law(const D& denoise, const S& sampler, const Grid& levels, Eigen::Index rows) {
  const Eigen::Index d = data().dimension();
  MatrixXd x = MatrixXd::Zero(d, 1 + d + rows * d);
  x.middleCols(1, d).diagonal().setConstant(levels.front().sigma);
  const auto noise = [&](MatrixXd& z, std::int64_t row, std::int64_t) {
    z.setZero();
    z.middleCols(1 + d + row * d, d).diagonal().setOnes();
  };
  const MatrixXd end = sample(denoise, sampler, x, levels, noise);
  const MatrixXd answers = end.rightCols(end.cols() - 1).colwise() - end.col(0);
  return {end.col(0), Covariance<>::semidefinite(answers * answers.transpose())};
}

/// The same by drawing, where the end is no affine function.
template <class S>
Gaussian<> drawn_law(const S& sampler, const Grid& levels) {
  const MatrixXd end = sample(data(), sampler, prior(levels.front(), {4, 40000}, Normals{5}), levels, Normals{5});
  const Eigen::VectorXd mean = end.rowwise().mean();
  const MatrixXd centred = end.colwise() - mean;
  return {mean, Covariance<>::semidefinite(centred * centred.transpose() / double(end.cols()))};
}

double trace(const Gaussian<>& g) {
  return g.covariance().matrix().trace();
}
/// Error of the mean in standard deviations of the posterior, and the variance beside its own.
std::string against(const Gaussian<>& found, const Gaussian<>& truth, const char* format = "%.3f") {
  return " " + print(format, (found.mean() - truth.mean()).norm() / std::sqrt(trace(truth))) + " | " +
         print(format, trace(found) / trace(truth)) + " |";
}

constexpr int steps = 100;

/// One line: by the flow, and by the reverse equation.
template <class D>
std::string line(const char* name, const D& denoise, const Gaussian<>& truth) {
  const Grid levels = grid(steps);
  return std::string("| ") + name + " |" + against(law(denoise, DPMSolver{.order = 2}, levels, 0), truth) +
         against(law(denoise, DPMSolver{.order = 2, .noise = 1}, levels, steps), truth) + "\n";
}
std::string denoisers(const LinearMeasurement& y, const Gaussian<>& truth) {
  return line("the posterior's own denoiser", truth, truth) +
         line("`mmps`, 1 product", mmps(data(), y, product), truth) +
         line("`mmps`, 2 products", mmps(data(), y, product, 2), truth) +
         line("`tmpd`", tmpd(data(), y, product), truth) + line("`pigdm`", pigdm(data(), y, product), truth) +
         line("`diffpir`", diffpir(data(), y), truth) + line("`diffpir`, λ = 1", diffpir(data(), y, 1), truth);
}
constexpr const char* head =
    "| method | flow: mean | flow: variance | SDE: mean | SDE: variance |\n| --- | ---: | ---: | ---: | ---: |\n";

/// Two mixed numbers, with noise.
std::string mixed() {
  const LinearMeasurement y(MatrixXd{{1, 0, 0.5, 0}, {0, 1, 0, -0.5}}, Eigen::Vector2d(0.9, -0.8), 0.1);
  const Gaussian<> truth = posterior(data(), y);
  const Grid levels = grid(steps);
  std::string text = head + denoisers(y, truth);
  const auto own = [&](const std::string& name, const std::string& found) {
    text += "| " + name + " | | |" + found + "\n";
  };
  own("`PseudoinverseGuidance{DDPM{}}`",
      against(law(data(), PseudoinverseGuidance{DDPM{}, y, product}, levels, steps), truth));
  for (const double zeta : {0.03, 0.1, 0.3, 1.0})
    own("`DPS{DDPM{}}`, ζ = " + print("%g", zeta),
        against(drawn_law(DPS{DDPM{}, y, product, zeta}, levels), truth, "%.2f"));
  return text;
}

/// Half of the numbers, without noise.
std::string half() {
  const Eigen::Vector4d mask(1, 1, 0, 0), known(1.1, -0.6, 0, 0);
  const LinearMeasurement y = masked(mask, known, 0);
  const Gaussian<> truth = posterior(data(), y);
  const Grid levels = grid(50);
  std::string text = head + denoisers(y, truth);
  for (const auto& [jump, times] : {std::pair{1, 1}, std::pair{1, 10}, std::pair{10, 10}}) {
    const Inpainting sampler{DDPM{}, MatrixXd(mask), MatrixXd(known), jump, times};
    text += "| `Inpainting{DDPM{}}`, jump " + std::to_string(jump) + ", " + std::to_string(times) +
            (times == 1 ? " time" : " times") + " | | |" +
            against(law(data(), sampler, levels, Eigen::Index(sampler.path(levels).size())), truth) + "\n";
  }
  return text;
}

/// The filter on N(μ, s²I), on which the sampler is exact in law; the twist is not.
std::string filter() {
  const Gaussian<> isotropic(Eigen::Vector2d(0.4, -0.3), Covariance<>::isotropic(2, 0.3));
  const LinearMeasurement y(Eigen::RowVector2d(1, 0.5), MatrixXd::Constant(1, 1, 0.9), 0.3);
  const Gaussian<> truth = posterior(isotropic, y);
  const Grid levels = grid(10);
  const auto isotropic_product = [](const MatrixXd&, const Level& t, const MatrixXd& u) -> MatrixXd {
    return t.alpha * 0.3 / (t.alpha * t.alpha * 0.3 + t.sigma * t.sigma) * u;
  };
  const auto twist = measurement_twist(isotropic, y, isotropic_product);
  const ElementwiseVariance sampler{DDPM{}, isotropic, LastRow::noise};
  std::string text =
      "| particles | error of the mean | times √n | smallest effective size | drawn again |\n"
      "| ---: | ---: | ---: | ---: | ---: |\n";
  for (const int n : {64, 256, 1024, 4096}) {
    constexpr int runs = 200;
    double squares = 0, share = 0, again = 0;
    for (int run = 0; run < runs; ++run) {
      const Normals noise{std::uint64_t(1000 * n + run)};
      const auto found = twisted_filter(isotropic, sampler, twist, prior(levels.front(), {2, n}, noise), levels, noise);
      squares += (found.x * found.weights - truth.mean()).squaredNorm() / runs;
      share += *std::min_element(found.effective.begin(), found.effective.end()) / (double(n) * runs);
      again += double(found.resampled) / runs;
    }
    const double error = std::sqrt(squares / trace(truth));
    text += "| " + std::to_string(n) + " | " + print("%.4f", error) + " | " + print("%.2f", error * std::sqrt(n)) +
            " | " + print("%.2f n", share) + " | " + print("%.1f", again) + " |\n";
  }
  return text;
}

}  // namespace

std::string inverse_problem_table(const std::string& name) {
  if (name == "inverse-mixed") return mixed();
  if (name == "inverse-half") return half();
  if (name == "inverse-filter") return filter();
  return {};
}

}  // namespace tests
