#pragma once
// A mixture of Gaussians as data, x₀ ~ Σₖ wₖ N(μₖ, Sₖ). With r_k(x) = P(k | x_t = x) ∝ wₖ N(x; αμₖ, α²Sₖ + σ²I) every
// quantity is the component's, averaged over r:
//   E[x₀ | x] = Σ r_k m_k      ∇ log p_t(x) = Σ r_k s_k      Cov[x₀ | x] = Σ r_k (V_k + (m_k − m)(m_k − m)ᵀ)   [OR-2, OR-4]
// where m_k, s_k and V_k are those of Gaussian. It is the oracle of the tests and the model of the examples.

#include <algorithm>
#include <vector>

#include "choice.hpp"
#include "gaussian.hpp"
#include "relative_logs.hpp"

namespace tweedie {

template <class Scalar_ = double>
class GaussianMixture {
 public:
  using Scalar = Scalar_;
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;
  using Columns = Eigen::Ref<const Matrix>;

  /// K weights ≥ 0 with sum 1 (to 1e−6, and to the rounding of K numbers), means d × K, and K covariances: full d × d
  /// matrices, or Covariance<Scalar> of any form.
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
    const double sum = weights_.template cast<double>().sum();
    require(std::abs(sum - 1) <= 1e-6 + double(K) * double(Eigen::NumTraits<Scalar>::epsilon()),
            "GaussianMixture: the weights sum to ", sum, ", but must sum to 1");
  }

  Eigen::Index dimension() const { return components_.front().dimension(); }
  const Vector& weights() const { return weights_; }
  const std::vector<Gaussian<Scalar>>& components() const { return components_; }

  /// The mixture of these components alone, weights in proportion: the law of x₀ given that k is one of them. It is a
  /// set: one that is named twice counts once.
  GaussianMixture subset(const std::vector<int>& which) const {
    GaussianMixture part;
    const std::vector<Eigen::Index> set = members(which);
    part.weights_ = weights_(set);
    for (const Eigen::Index k : set) part.components_.push_back(components_[std::size_t(k)]);
    const Scalar total = part.weights_.sum();
    require(total > 0, "GaussianMixture: the weights of the chosen components are all 0");
    part.weights_ /= total;
    return part;
  }
  Vector mean() const { return means() * weights_; }
  /// Singular where all components lie in one subspace.
  Covariance<Scalar> covariance() const;
  /// The Gaussian of the same mean and covariance.
  Gaussian<Scalar> moments() const { return {mean(), covariance()}; }
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
      return joint(y, t).log_total().transpose().template cast<Scalar>();
    });
  }
  /// P(k | x_t = x), K × n; 0 for a component of weight 0, as its log_probability is −∞.
  template <class X>
  Matrix responsibilities(const X& x, const Level& t = clean) const {
    return detail::on_columns<Scalar>(x, dimension(), "GaussianMixture", [&](const Columns& y) -> Matrix {
      return joint(y, t).shares().matrix().template cast<Scalar>();
    });
  }
  /// log P(k is one of `which` | x_t = x) for each sample: the exact classifier.
  template <class X>
  Vector log_probability(const std::vector<int>& which, const X& x, const Level& t = clean) const {
    const std::vector<Eigen::Index> set = members(which);
    return detail::on_columns<Scalar>(x, dimension(), "GaussianMixture", [&](const Columns& y) -> Vector {
      return joint(y, t).log_share(set).transpose().template cast<Scalar>();
    });
  }
  /// Its gradient in x, in the shape of x: the score of subset(which) less the score.                                  [CG-1]
  template <class X>
  Plain<X> log_probability_gradient(const std::vector<int>& which, const X& x, const Level& t = clean) const;
  /// The diagonal of Cov[x₀ | x] for each sample, d × n.
  template <class X>
  Matrix variance(const X& x, const Level& t) const;
  /// Cov[x₀ | x] of one sample, d × d.
  template <class X>
  Matrix covariance(const X& x, const Level& t) const;
  /// Cov[x₀ | x] z for each sample, d × n, z in the shape of x: no matrix of d × d is made.
  template <class X>
  Matrix covariance_times(const X& x, const Level& t, const Columns& z) const;
  /// Samples first, first + 1, … of x₀, d × n. Of Normals, sample i is the same whatever the batch.
  template <class Noise>
  Matrix draw(Eigen::Index n, Noise&& noise, Eigen::Index first = 0) const;

 private:
  GaussianMixture() = default;

  using Wide = detail::Decomposed<Scalar>;
  using WideArray = Eigen::ArrayXX<Wide>;

  Scalar weight(std::size_t k) const { return weights_[Eigen::Index(k)]; }
  Matrix means() const {
    Matrix all(dimension(), weights_.size());
    for (std::size_t k = 0; k < components_.size(); ++k) all.col(Eigen::Index(k)) = components_[k].mean();
    return all;
  }
  /// The components of a set, each once.
  std::vector<Eigen::Index> members(const std::vector<int>& which) const {
    require(!which.empty(), "GaussianMixture: the set of components is empty");
    std::vector<Eigen::Index> set;
    for (const int k : which) {
      require(k >= 0 && k < int(components_.size()), "GaussianMixture: there is no component ", k, " among ",
              components_.size());
      if (std::find(set.begin(), set.end(), k) == set.end()) set.push_back(k);
    }
    return set;
  }
  template <class X, class F>
  Plain<X> mapped(const X& x, const F& f) const {
    return detail::mapped_columns<Scalar>(x, dimension(), "GaussianMixture", f);
  }
  /// log wₖ + log N(x; αμₖ, Cₖ), K × n. A component of weight 0 is not asked.
  detail::RelativeLogs<Wide> joint(const Columns& y, const Level& t) const;
  /// P(k | x), K × n, as estimates are averaged over it: at σ = 0, where E[x₀ | x] is x/α of every component that has x
  /// in its support, to the components whose supports are nearest, the limit.
  Matrix shares_of(const Columns& y, const Level& t) const;
  /// Σ r_k (V_k + (m_k − m)(m_k − m)ᵀ), m the mean of the m_k, d × K, V_k = spread(component k).
  template <class F>
  Matrix total_covariance(const Vector& r, const Matrix& m, const F& spread) const;
  Matrix posterior_mean(const Columns& y, const Matrix& r, const Level& t) const {
    return averaged(y, r, [&](const auto& g, const Matrix& part, const auto&) { return g.posterior_mean(part, t); });
  }
  /// Σₖ r_k f(component k, x, where) for columns x; a component is asked only for the columns `where` in which it has a
  /// share.
  template <class F>
  Matrix averaged(const Columns& y, const Matrix& r, const F& f) const;

  Vector weights_;
  std::vector<Gaussian<Scalar>> components_;
};

// What is costly to instantiate is not inline, so that `extern template` spares a file the work.

template <class Scalar_>
auto GaussianMixture<Scalar_>::covariance() const -> Covariance<Scalar> {
  return Covariance<Scalar>::semidefinite(
      total_covariance(weights_, means(), [](const auto& g) { return g.covariance().matrix(); }));
}

template <class Scalar_>
template <class X>
auto GaussianMixture<Scalar_>::operator()(const X& x, const Level& t) const -> Plain<X> {
  return mapped(x, [&](const Columns& y) { return posterior_mean(y, shares_of(y, t), t); });
}

template <class Scalar_>
template <class X>
auto GaussianMixture<Scalar_>::score(const X& x, const Level& t) const -> Plain<X> {
  return mapped(x, [&](const Columns& y) {
    return averaged(y, joint(y, t).shares().matrix().template cast<Scalar>(),
                    [&](const auto& g, const Matrix& part, const auto&) { return g.score_of(part, t); });
  });
}

template <class Scalar_>
template <class X>
auto GaussianMixture<Scalar_>::log_probability_gradient(const std::vector<int>& which, const X& x, const Level& t) const
    -> Plain<X> {
  const std::vector<Eigen::Index> set = members(which);
  require(weights_(set).maxCoeff() > 0, "GaussianMixture: the weights of the chosen components are all 0");
  return mapped(x, [&](const Columns& y) {
    const auto all = joint(y, t);
    WideArray difference = -all.shares();
    difference(set, Eigen::all) += all.within(set).shares();
    return averaged(y, difference.matrix().template cast<Scalar>(),
                    [&](const auto& g, const Matrix& part, const auto&) { return g.score_of(part, t); });
  });
}

template <class Scalar_>
template <class X>
auto GaussianMixture<Scalar_>::variance(const X& x, const Level& t) const -> Matrix {
  return detail::on_columns<Scalar>(x, dimension(), "GaussianMixture", [&](const Columns& y) {
    const Matrix r = shares_of(y, t), mean = posterior_mean(y, r, t);
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
    Matrix means(y.rows(), weights_.size());
    for (std::size_t k = 0; k < components_.size(); ++k)
      means.col(Eigen::Index(k)) = components_[k].posterior_mean(y, t);
    return total_covariance(shares_of(y, t).col(0), means, [&](const auto& g) { return g.posterior_covariance(t); });
  });
}

template <class Scalar_>
template <class X>
auto GaussianMixture<Scalar_>::covariance_times(const X& x, const Level& t, const Columns& z) const -> Matrix {
  return detail::on_columns<Scalar>(x, dimension(), "GaussianMixture", [&](const Columns& y) {
    detail::check_same_shape("GaussianMixture", y, z);
    const Matrix r = shares_of(y, t), mean = posterior_mean(y, r, t);
    return averaged(y, r, [&](const auto& g, const Matrix& part, const auto& where) -> Matrix {
      const Matrix along = z(Eigen::all, where), offset = g.posterior_mean(part, t) - mean(Eigen::all, where);
      const Matrix products = offset.cwiseProduct(along).colwise().sum();
      return g.posterior_times(t, along) + offset * products.row(0).asDiagonal();
    });
  });
}

template <class Scalar_>
template <class Noise>
auto GaussianMixture<Scalar_>::draw(Eigen::Index n, Noise&& noise, Eigen::Index first) const -> Matrix {
  const Eigen::ArrayXd u = detail::uniforms(noise, n, first);
  std::vector<std::vector<Eigen::Index>> samples_of(components_.size());
  for (Eigen::Index i = 0; i < n; ++i) samples_of[std::size_t(detail::chosen(weights_, u[i]))].push_back(i);
  Matrix x(dimension(), n);
  tweedie::draw(noise, x, address(Purpose::draw), first);
  for (std::size_t k = 0; k < components_.size(); ++k) {
    const auto& where = samples_of[k];
    if (where.empty()) continue;
    const auto given = [&](Matrix& z) { z = x(Eigen::all, where).eval(); };
    x(Eigen::all, where) = components_[k].draw(Eigen::Index(where.size()), given);
  }
  return x;
}

template <class Scalar_>
auto GaussianMixture<Scalar_>::joint(const Columns& y, const Level& t) const -> detail::RelativeLogs<Wide> {
  WideArray distances = WideArray::Zero(weights_.size(), y.cols());
  Eigen::ArrayX<Wide> constants = weights_.template cast<Wide>().array().log();
  for (std::size_t k = 0; k < components_.size(); ++k) {
    if (weight(k) == 0) continue;
    constants[Eigen::Index(k)] += components_[k].log_normaliser(t);
    distances.row(Eigen::Index(k)) = components_[k].distances(y, t).transpose().template cast<Wide>();
  }
  return {distances, constants};
}

template <class Scalar_>
auto GaussianMixture<Scalar_>::shares_of(const Columns& y, const Level& t) const -> Matrix {
  if (t.sigma > 0 || t.alpha == 0) return joint(y, t).shares().matrix().template cast<Scalar>();
  WideArray distances = WideArray::Zero(weights_.size(), y.cols());
  for (std::size_t k = 0; k < components_.size(); ++k) {
    const Matrix beside = Scalar(t.alpha) * components_[k].posterior_mean(y, t) - y;
    for (Eigen::Index i = 0; i < y.cols(); ++i)
      distances(Eigen::Index(k), i) = Wide(detail::stable_norm<Scalar>(beside.col(i)));
  }
  return detail::RelativeLogs<Wide>(distances, weights_.template cast<Wide>().array().log(), 0)
      .shares()
      .matrix()
      .template cast<Scalar>();
}

template <class Scalar_>
template <class F>
auto GaussianMixture<Scalar_>::total_covariance(const Vector& r, const Matrix& m, const F& spread) const -> Matrix {
  const Vector mean = m * r;
  Matrix total = Matrix::Zero(m.rows(), m.rows());
  for (std::size_t k = 0; k < components_.size(); ++k) {
    const Scalar share = r[Eigen::Index(k)];
    if (share == 0) continue;
    const Vector offset = m.col(Eigen::Index(k)) - mean;
    total += share * (spread(components_[k]) + offset * offset.transpose());
  }
  return total;
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
