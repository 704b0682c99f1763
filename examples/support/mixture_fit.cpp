#include "mixture_fit.hpp"

#include <algorithm>
#include <set>

#include "k_means.hpp"
#include "leading_directions.hpp"

namespace examples {

namespace {

/// F with FFᵀ the covariance of the points about their mean.
Eigen::MatrixXd covariance_factor(const Eigen::MatrixXd& points) {
  const Eigen::VectorXd mean = points.rowwise().mean();
  return (points.colwise() - mean) / std::sqrt(double(points.cols()));
}

/// The positions at which `value` stands.
std::vector<int> where(const std::vector<int>& values, int value) {
  std::vector<int> found;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] == value) found.push_back(int(i));
  return found;
}

}  // namespace

std::vector<int> FittedMixture::components(int label) const {
  return where(labels, label);
}

FittedMixture fit_mixture(const Eigen::MatrixXd& points, const std::vector<int>& labels, const MixtureRecipe& recipe) {
  tweedie::require(points.cols() == Eigen::Index(labels.size()) && points.cols() > 0, "fit_mixture: there are ",
                   points.cols(), " points and ", labels.size(), " labels");
  const std::set<int> classes(labels.begin(), labels.end());
  const auto K = Eigen::Index(classes.size()) * recipe.components;
  FittedMixture fit{.weights = Eigen::VectorXd(K),
                    .means = Eigen::MatrixXd(points.rows(), K),
                    .factors = {},
                    .rest = recipe.rest,
                    .labels = {}};
  for (const int label : classes) {
    const Eigen::MatrixXd members = points(Eigen::all, where(labels, label));
    const std::vector<int> cluster = k_means(members, recipe.components, recipe.seed);
    // The class's covariance enters with a small share: beyond these directions it hardly moves the leading ones of the
    // sum (on the digits 3e-4 of their norm), and a cluster's decomposition is of the order of its own points.
    const Eigen::MatrixXd wide = leading_directions(covariance_factor(members), 4 * recipe.rank);
    for (int j = 0; j < recipe.components; ++j) {
      const Eigen::MatrixXd part = members(Eigen::all, where(cluster, j));
      Eigen::MatrixXd F(points.rows(), part.cols() + wide.cols());
      F << std::sqrt(recipe.own) * covariance_factor(part), std::sqrt(recipe.shared) * wide;
      const auto k = Eigen::Index(fit.factors.size());
      fit.weights[k] = double(part.cols()) / double(points.cols());
      fit.means.col(k) = part.rowwise().mean();
      fit.factors.push_back(leading_directions(F, recipe.rank));
      fit.labels.push_back(label);
    }
  }
  return fit;
}

}  // namespace examples
