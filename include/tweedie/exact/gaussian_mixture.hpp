#pragma once
// A mixture of Gaussians as data, x₀ ~ Σₖ wₖ N(μₖ, Sₖ). With r_k(x) = P(k | x_t = x) ∝ wₖ N(x; αμₖ, α²Sₖ + σ²I) every
// quantity is the component's, averaged over r:
//   E[x₀ | x] = Σ r_k m_k      ∇ log p_t(x) = Σ r_k s_k      Cov[x₀ | x] = Σ r_k (V_k + (m_k − m)(m_k − m)ᵀ)   [OR-2, OR-4]
// where m_k, s_k and V_k are those of Gaussian. It is the oracle of the tests and the model of the examples.

#include <algorithm>
#include <vector>

#include "gaussian.hpp"

namespace tweedie {

template <class Scalar_ = double>
class GaussianMixture {
 public:
  using Scalar = Scalar_;
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;
  using Columns = Eigen::Ref<const Matrix>;

  /// K weights ≥ 0 with sum 1 (to 1e−6), means d × K, and K covariances: full d × d matrices, or Covariance<Scalar> of
  /// any form.
  template <class C>
  GaussianMixture(Vector weights, const Matrix& means, const std::vector<C>& covariances)
      : weights_(std::move(weights)) {
    const auto K = weights_.size();
    require(K > 0 && means.cols() == K && Eigen::Index(covariances.size()) == K, "GaussianMixture: it has ", K,
            " weights, ", means.cols(), " means and ", covariances.size(),
            " covariances, but needs the same number of each, at least one");
    for (Eigen::Index k = 0; k < K; ++k) {
      require(weights_[k] >= 0, "GaussianMixture: weight ", k, " is ", double(weights_[k]),
              ", but must not be negative");
      components_.emplace_back(Vector(means.col(k)), Covariance<Scalar>(covariances[std::size_t(k)]));
    }
    require(std::abs(double(weights_.sum()) - 1) <= 1e-6, "GaussianMixture: the weights sum to ",
            double(weights_.sum()), ", but must sum to 1");
  }

  Eigen::Index dimension() const { return components_.front().dimension(); }
  const Vector& weights() const { return weights_; }
  const std::vector<Gaussian<Scalar>>& components() const { return components_; }

  /// The mixture of these components alone, weights in proportion: the law of x₀ given that k is one of them.
  GaussianMixture subset(const std::vector<int>& which) const {
    GaussianMixture part;
    check_components(which);
    part.weights_.resize(Eigen::Index(which.size()));
    for (std::size_t i = 0; i < which.size(); ++i) {
      part.weights_[Eigen::Index(i)] = weights_[which[i]];
      part.components_.push_back(components_[std::size_t(which[i])]);
    }
    const Scalar total = part.weights_.sum();
    require(total > 0, "GaussianMixture: the weights of the chosen components are all 0");
    part.weights_ /= total;
    return part;
  }
  /// The Gaussian of the same mean and covariance.
  Gaussian<Scalar> moments() const;
  /// The law of x_t.
  GaussianMixture marginal(const Level& t) const {
    GaussianMixture noised = *this;
    for (auto& component : noised.components_) component = component.marginal(t);
    return noised;
  }

  /// E[x₀ | x], in the shape of x.
  template <class X>
  Plain<X> operator()(const X& x, const Level& t) const;
  template <State X>
  void operator()(const X& x, const Level& t, X& out) const {
    out = (*this)(x, t);
  }
  /// ∇ log p_t at each sample, in the shape of x.
  template <class X>
  Plain<X> score(const X& x, const Level& t) const;
  /// log p_t at each sample, in nats.
  template <class X>
  Vector log_density(const X& x, const Level& t = clean) const {
    return detail::on_columns<Scalar>(x, dimension(), "GaussianMixture", [&](const Columns& y) -> Vector {
      return log_sums(log_joint(y, t)).transpose();
    });
  }
  /// P(k | x_t = x), K × n.
  template <class X>
  Matrix responsibilities(const X& x, const Level& t = clean) const {
    return detail::on_columns<Scalar>(x, dimension(), "GaussianMixture",
                                      [&](const Columns& y) { return shares_of(y, t); });
  }
  /// log P(k is one of `which` | x_t = x) for each sample: the exact classifier.
  template <class X>
  Vector log_probability(const std::vector<int>& which, const X& x, const Level& t = clean) const {
    check_components(which);
    return detail::on_columns<Scalar>(x, dimension(), "GaussianMixture", [&](const Columns& y) -> Vector {
      const Matrix all = log_joint(y, t);
      return (log_sums(Matrix(all(which, Eigen::all))) - log_sums(all)).transpose();
    });
  }
  /// Its gradient in x, in the shape of x: the score of subset(which) less the score.                                  [CG-1]
  template <class X>
  Plain<X> log_probability_gradient(const std::vector<int>& which, const X& x, const Level& t = clean) const {
    check_components(which);
    return mapped(x, [&](const Columns& y) {
      const Matrix all = log_joint(y, t), chosen = shares(Matrix(all(which, Eigen::all)));
      Matrix difference = -shares(all);
      for (std::size_t i = 0; i < which.size(); ++i) difference.row(which[i]) += chosen.row(Eigen::Index(i));
      return averaged(y, difference,
                      [&](const auto& g, const Matrix& part, const auto&) { return g.score_of(part, t); });
    });
  }
  /// The diagonal of Cov[x₀ | x] for each sample, d × n.
  template <class X>
  Matrix variance(const X& x, const Level& t) const;
  /// Cov[x₀ | x] of one sample, d × d.
  template <class X>
  Matrix covariance(const X& x, const Level& t) const;
  /// n samples of x₀, d × n, from a standard random engine.
  template <class Engine>
  Matrix draw(Eigen::Index n, Engine&& engine) const {
    static_assert(detail::Engine<Engine>,
                  "tweedie: GaussianMixture::draw takes a standard random engine, which also chooses the components");
    std::vector<std::size_t> component(static_cast<std::size_t>(n));
    for (auto& k : component) {
      double u = 0.5 + centred_uniform(detail::word(engine));
      for (k = 0; k + 1 < components_.size() && u >= double(weight(k)); ++k) u -= double(weight(k));
    }
    Matrix x(dimension(), n);
    for (Eigen::Index i = 0; i < n; ++i) x.col(i) = components_[component[std::size_t(i)]].draw(1, engine);
    return x;
  }

 private:
  GaussianMixture() = default;

  Scalar weight(std::size_t k) const { return weights_[Eigen::Index(k)]; }
  void check_components(const std::vector<int>& which) const {
    require(!which.empty(), "GaussianMixture: the set of components is empty");
    for (const int k : which)
      require(k >= 0 && k < int(components_.size()), "GaussianMixture: there is no component ", k, " among ",
              components_.size());
  }
  template <class X, class F>
  Plain<X> mapped(const X& x, const F& f) const {
    return detail::mapped_columns<Scalar>(x, dimension(), "GaussianMixture", f);
  }
  /// log wₖ + log N(x; αμₖ, Cₖ), K × n.
  Matrix log_joint(const Columns& y, const Level& t) const;
  /// log Σ exp down each column, by its largest entry.
  static Eigen::Matrix<Scalar, 1, Eigen::Dynamic> log_sums(const Matrix& logs);
  static Matrix shares(const Matrix& logs) { return (logs.rowwise() - log_sums(logs)).array().exp(); }
  Matrix shares_of(const Columns& y, const Level& t) const { return shares(log_joint(y, t)); }

  /// Σₖ r_k f(component k, x, where) for columns x; a component is asked only for the columns `where` in which it has a
  /// share.
  template <class F>
  Matrix averaged(const Columns& y, const Matrix& r, const F& f) const;

  Vector weights_;
  std::vector<Gaussian<Scalar>> components_;
};

// What is costly to instantiate is not inline, so that `extern template` spares a file the work.

template <class Scalar_>
auto GaussianMixture<Scalar_>::moments() const -> Gaussian<Scalar> {
  Vector mean = Vector::Zero(dimension());
  for (std::size_t k = 0; k < components_.size(); ++k) mean += weight(k) * components_[k].mean();
  Matrix covariance = Matrix::Zero(dimension(), dimension());
  for (std::size_t k = 0; k < components_.size(); ++k) {
    const Vector offset = components_[k].mean() - mean;
    covariance += weight(k) * (components_[k].covariance().matrix() + offset * offset.transpose());
  }
  return Gaussian<Scalar>(mean, Covariance<Scalar>(covariance));
}

template <class Scalar_>
template <class X>
auto GaussianMixture<Scalar_>::operator()(const X& x, const Level& t) const -> Plain<X> {
  return mapped(x, [&](const Columns& y) {
    return averaged(y, shares_of(y, t),
                    [&](const auto& g, const Matrix& part, const auto&) { return g.posterior_mean(part, t); });
  });
}

template <class Scalar_>
template <class X>
auto GaussianMixture<Scalar_>::score(const X& x, const Level& t) const -> Plain<X> {
  return mapped(x, [&](const Columns& y) {
    return averaged(y, shares_of(y, t),
                    [&](const auto& g, const Matrix& part, const auto&) { return g.score_of(part, t); });
  });
}

template <class Scalar_>
template <class X>
auto GaussianMixture<Scalar_>::variance(const X& x, const Level& t) const -> Matrix {
  return detail::on_columns<Scalar>(x, dimension(), "GaussianMixture", [&](const Columns& y) {
    const Matrix r = shares_of(y, t);
    const Matrix mean =
        averaged(y, r, [&](const auto& g, const Matrix& part, const auto&) { return g.posterior_mean(part, t); });
    return averaged(y, r, [&](const auto& g, const Matrix& part, const auto& where) -> Matrix {
      return (g.posterior_mean(part, t) - mean(Eigen::all, where)).cwiseAbs2().colwise() + g.posterior_variances(t);
    });
  });
}

template <class Scalar_>
template <class X>
auto GaussianMixture<Scalar_>::covariance(const X& x, const Level& t) const -> Matrix {
  return detail::on_columns<Scalar>(x, dimension(), "GaussianMixture", [&](const Columns& y) {
    require(y.cols() == 1, "GaussianMixture: covariance is of one sample, but the state has ", y.cols());
    const Matrix r = shares_of(y, t);
    const Matrix mean =
        averaged(y, r, [&](const auto& g, const Matrix& part, const auto&) { return g.posterior_mean(part, t); });
    Matrix total = Matrix::Zero(y.rows(), y.rows());
    for (std::size_t k = 0; k < components_.size(); ++k) {
      if (r(Eigen::Index(k), 0) == 0) continue;
      const Matrix offset = components_[k].posterior_mean(y, t) - mean;
      total += r(Eigen::Index(k), 0) * (components_[k].posterior_covariance(t) + offset * offset.transpose());
    }
    return total;
  });
}

template <class Scalar_>
auto GaussianMixture<Scalar_>::log_joint(const Columns& y, const Level& t) const -> Matrix {
  Matrix all(weights_.size(), y.cols());
  for (std::size_t k = 0; k < components_.size(); ++k)
    all.row(Eigen::Index(k)) = components_[k].log_density_of(y, t).transpose().array() + std::log(weight(k));
  return all;
}

template <class Scalar_>
auto GaussianMixture<Scalar_>::log_sums(const Matrix& logs) -> Eigen::Matrix<Scalar, 1, Eigen::Dynamic> {
  const Eigen::Array<Scalar, 1, Eigen::Dynamic> largest = logs.colwise().maxCoeff();
  return (logs.array().rowwise() - largest).exp().colwise().sum().log() + largest;
}

template <class Scalar_>
template <class F>
auto GaussianMixture<Scalar_>::averaged(const Columns& y, const Matrix& r, const F& f) const -> Matrix {
  Matrix sum = Matrix::Zero(y.rows(), y.cols());
  for (std::size_t k = 0; k < components_.size(); ++k) {
    std::vector<Eigen::Index> where;
    for (Eigen::Index i = 0; i < y.cols(); ++i)
      if (r(Eigen::Index(k), i) != 0) where.push_back(i);
    if (where.empty()) continue;
    const Matrix values = f(components_[k], Matrix(y(Eigen::all, where)), where);
    for (std::size_t i = 0; i < where.size(); ++i)
      sum.col(where[i]) += r(Eigen::Index(k), where[i]) * values.col(Eigen::Index(i));
  }
  return sum;
}

template <class W, class M, class C>
GaussianMixture(const Eigen::MatrixBase<W>&, const Eigen::MatrixBase<M>&, const std::vector<C>&)
    -> GaussianMixture<typename W::Scalar>;

}  // namespace tweedie
