#include "jacobian.hpp"

namespace inpainting {

using Eigen::MatrixXd;
using Eigen::RowVectorXd;

// With the means m_k and the Jacobians J_k of the components, J = Σ r_k J_k + (α/σ²) (Σ r_k m_k m_kᵀ − m mᵀ), m = Σ r_k
// m_k.
MatrixXd JacobianProduct::operator()(const MatrixXd& x, const tweedie::Level& t, const MatrixXd& u) const {
  constexpr double none = 1e-14;  // a share that changes nothing
  tweedie::require(t.sigma > 0, "the Jacobian at time ", t.time, ": sigma = 0");
  const MatrixXd shares = model_->responsibilities(x, t);
  MatrixXd mean = MatrixXd::Zero(x.rows(), x.cols()), within = mean, between = mean;
  for (Eigen::Index k = 0; k < shares.rows(); ++k) {
    std::vector<Eigen::Index> where;
    for (Eigen::Index i = 0; i < x.cols(); ++i)
      if (shares(k, i) > none) where.push_back(i);
    if (where.empty()) continue;
    const auto& component = model_->components()[std::size_t(k)];
    const MatrixXd v = u(Eigen::all, where), m = component.posterior_mean(x(Eigen::all, where), t);
    // The mean of a component is affine in x, and μ at αμ.
    const MatrixXd moved =
        component.posterior_mean(v.colwise() + t.alpha * component.mean(), t).colwise() - component.mean();
    const RowVectorXd along = m.cwiseProduct(v).colwise().sum();
    for (std::size_t i = 0; i < where.size(); ++i) {
      const auto j = Eigen::Index(i);
      const double share = shares(k, where[i]);
      mean.col(where[i]) += share * m.col(j);
      within.col(where[i]) += share * moved.col(j);
      between.col(where[i]) += share * along[j] * m.col(j);
    }
  }
  const RowVectorXd along = mean.cwiseProduct(u).colwise().sum();
  return within + t.alpha / (t.sigma * t.sigma) * (between - mean * along.asDiagonal());
}

}  // namespace inpainting
