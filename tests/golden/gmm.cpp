// The exact model itself, at levels from σ = 1e-4 to α = 0: every quantity that the reference tabulates.

#include "trajectory.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;

namespace {

/// E[ε² | x] = (α/σ)² Var[x₀ | x] + E[ε | x]², elementwise; and, without the large factor, of the components' noise:
///   E[ε² | x] = Σ r_k (diag(α²S_k C_k⁻¹) + E_k[ε | x]²),   C_k = α²S_k + σ²I
/// The reference has the first form, with Cov[x₀ | x] from differences such as S − α²S C⁻¹S. Their rounding, 2e-16,
/// becomes 2e-8 at σ = 1e-4: in 60-digit arithmetic the fourth chain's second number at level_0 is 1.00000029670083,
/// and theirs 1.00000027653421. Where that is more than the tolerance, theirs is compared as the variance that it comes
/// from.
void check_eps2(const Case& c, const Level& t, const Batch& x, const Batch& variance, const Batch& eps) {
  const double factor = t.alpha * t.alpha / (t.sigma * t.sigma);
  const Batch ours = factor * variance + eps.cwiseAbs2(), r = c.mixture.responsibilities(x, t);
  Batch exact = Batch::Zero(x.rows(), x.cols());
  for (std::size_t k = 0; k < c.mixture.components().size(); ++k) {
    const Gaussian<>& component = c.mixture.components()[k];
    const Eigen::VectorXd spread = component.covariance().diagonal_of(
        [&t](double v) { return t.alpha * t.alpha * v / (t.alpha * t.alpha * v + t.sigma * t.sigma); });
    const Batch mean = -t.sigma * component.score(x, t);
    exact += (mean.cwiseAbs2().colwise() + spread) * r.row(Eigen::Index(k)).asDiagonal();
  }
  compare(c, "eps2 by the components", ours, exact);
  const bool rounded = std::numeric_limits<double>::epsilon() * factor > c.tolerance;
  const double scale = rounded ? 1 / factor : 1;
  compare(c, "eps2", Batch(scale * ours), Batch(scale * c.state("eps2")));
}

void check(const Case& c) {
  // The rates of the rectified flow, whose velocity ε − x₀ the file calls flow; nothing else reads them.
  const Level t{.alpha = c.number("alpha"), .sigma = c.number("sigma"), .d_alpha = -1, .d_sigma = 1};
  const Batch x = c.state("x"), x0 = c.mixture(x, t), score = c.mixture.score(x, t);
  const Batch eps = -t.sigma * score;  // Tweedie's formula
  const Eigen::VectorXd log_density = c.mixture.log_density(x, t);

  compare(c, "x0", x0, c.state("x0"));
  compare(c, "score", score, c.state("score"));
  compare(c, "eps", eps, c.state("eps"));
  compare(c, "v", target(Prediction::v, x0, eps, t), c.state("v"));
  compare(c, "flow", target(Prediction::velocity, x0, eps, t), c.state("flow"));
  compare(c, "log_p", std::vector<double>(log_density.begin(), log_density.end()), c.numbers("log_p"));
  compare(c, "responsibility", c.mixture.responsibilities(x, t), c.state("responsibility"));

  const auto cov = c.states("cov_x0");
  Batch diagonal(x.rows(), x.cols());
  for (Eigen::Index i = 0; i < x.cols(); ++i) {
    const std::string what = sentence("cov_x0[", i, "]");
    compare(c, what, c.mixture.covariance(x.col(i), t), cov[std::size_t(i)]);
    diagonal.col(i) = cov[std::size_t(i)].diagonal();
  }
  const Batch variance = c.mixture.variance(x, t);
  compare(c, "the diagonal of cov_x0", variance, diagonal);
  check_eps2(c, t, x, variance, eps);

  for (int j = 0; j < int(c.mixture.components().size()); ++j) {
    const std::string component = sentence("_component_", j);
    if (c.has("eps" + component))
      compare(c, "eps" + component, Batch(-t.sigma * c.mixture.subset({j}).score(x, t)), c.state("eps" + component));
    if (!c.has("grad_log_p" + component)) continue;
    compare(c, "grad_log_p" + component, c.mixture.log_probability_gradient({j}, x, t),
            c.state("grad_log_p" + component));
    const Eigen::VectorXd probability = c.mixture.log_probability({j}, x, t).array().exp();
    compare(c, sentence("responsibility of component ", j), Batch(probability.transpose()),
            Batch(c.state("responsibility").row(j)));
  }

  // A network of each kind that outputs the reference's numbers is turned into the reference's x̂₀.
  const auto turned = [&](Prediction kind, const char* key) {
    const Batch output = c.state(key);
    return network(kind, [&output](const Batch&, const Level&) { return output; })(x, t);
  };
  compare(c, "x0 from v", turned(Prediction::v, "v"), c.state("x0"));
  compare(c, "x0 from flow", turned(Prediction::velocity, "flow"), c.state("x0"));
  if (t.alpha == 0) return;  // nor can x₀ be told from ε or the score there
  compare(c, "x0 from eps", turned(Prediction::eps, "eps"), c.state("x0"));
  compare(c, "x0 from score", turned(Prediction::score, "score"), c.state("x0"));
}

}  // namespace

TEST_CASE("Golden: the Gaussian mixture", "[golden]") {
  tests::check_family("gmm", {}, check);
}
