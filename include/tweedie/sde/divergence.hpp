#pragma once
// The divergence of a denoiser, ∇·x̂₀ = tr ∂x̂₀/∂x at each sample, exact or estimated. All are callables divergence(x, level, out) that fill one row
// for each estimate and a column for each sample, and divergence.of(i), the same for sample i alone.
//   PosteriorTrace{model}           exact, from the posterior variance: ∇·x̂₀ = (α/σ²) Σ_j Var[x₀ | x]_j                 [SDE-12]
//   SummedDivergence{product}       exact for an exact product: Σ_j e_jᵀ J e_j, d products
//   Hutchinson{product, probes}     zᵀ J z for each probe z, E zzᵀ = I: unbiased, one product a probe                          [SDE-16]
// J is a product of sde/jacobian.hpp. Hutchinson, Commun. Stat. Simul. 18 (1989), eq. 4; Grathwohl et al., arXiv:1810.01367v3, eq. 8.

#include <functional>

#include "../state/noise.hpp"
#include "jacobian.hpp"
#include "numbers.hpp"

namespace tweedie {

/// Exact, for models with variance(x, level). std::cref(model) is not copied.
template <class Model>
struct PosteriorTrace {
  Model model;

  Eigen::Index count() const { return 1; }
  template <State X>
  void operator()(const X& x, const Level& t, Numbers<X>& out) const {
    require(t.sigma > 0, "divergence at time ", t.time, ": (alpha/sigma^2) Var[x0 | x] has no value at sigma = 0");
    const auto& given = detail::unwrapped(model);
    const auto variance = given.variance(x, t);
    out = t.alpha / (t.sigma * t.sigma) * columns(variance).template cast<double>().array().colwise().sum();
  }
};
template <class Model>
PosteriorTrace(Model) -> PosteriorTrace<Model>;

/// Exact up to the product's own error: d products a call.
template <class Product>
struct SummedDivergence {
  Product product;

  Eigen::Index count() const { return 1; }
  template <State X>
  void operator()(const X& x, const Level& t, Numbers<X>& out) const {
    out = Numbers<X>::Zero(1, samples(x));
    X unit = x;
    for (Eigen::Index j = 0; j < columns(x).rows(); ++j) {
      flat(unit).setZero();
      columns(unit).row(j).setOnes();
      const X column = product(x, t, unit);
      out += columns(column).row(j).template cast<double>().array();
    }
  }
};
template <class Product>
SummedDivergence(Product) -> SummedDivergence<Product>;

/// The law of a probe's coordinates. For a symmetric J the variance of zᵀJz is 2(‖J‖² − Σ J_jj²) with signs, 2‖J‖² with normals.
enum class Probe {
  rademacher,  ///< ±1
  gaussian
};

/// `probes` estimates. The probes of a sample depend on its index and on the noise alone: they stay the same all along a flow, and whatever
/// else is in the batch. Of Normals they are rows 2³⁰, 2³⁰ + 1, …; with `noise` a callable noise(z, row, first_column), it is asked for those.
template <class Product, class Noise = Normals>
struct Hutchinson {
  Product product;
  int probes = 1;
  Probe probe = Probe::rademacher;
  Noise noise{};
  Eigen::Index first_sample = 0;  ///< The index of the first sample.

  static constexpr std::int64_t first_row = std::int64_t{1} << 30;

  Eigen::Index count() const { return probes; }
  Hutchinson of(Eigen::Index i) const { return {product, probes, probe, noise, first_sample + i}; }

  /// The k-th probe of each sample of x.
  template <State X>
  X direction(const X& x, int k) const {
    X z = x;
    noise(z, first_row + k, first_sample);
    using Scalar = typename X::Scalar;
    if (probe == Probe::rademacher)
      flat(z) = flat(z).unaryExpr([](const Scalar& v) { return v < 0 ? Scalar(-1) : Scalar(1); });
    return z;
  }
  template <State X>
  void operator()(const X& x, const Level& t, Numbers<X>& out) const {
    require(probes >= 1, "Hutchinson: probes = ", probes, ", but must be at least 1");
    out.resize(probes, samples(x));
    // The part α/(α² + σ²) I, the whole of J for data N(0, I), is known: its trace is put in the place of its estimate. That changes normals only.
    const double known = t.alpha / (t.alpha * t.alpha + t.sigma * t.sigma), d = double(columns(x).rows());
    for (int k = 0; k < probes; ++k) {
      const X z = direction(x, k), Jz = product(x, t, z);
      const auto z2 = columns(z).template cast<double>().array().square().colwise().sum();
      out.row(k) =
          (columns(z).template cast<double>().array() * columns(Jz).template cast<double>().array()).colwise().sum() -
          known * (z2 - d);
    }
  }
};
template <class Product>
Hutchinson(Product) -> Hutchinson<Product>;
template <class Product>
Hutchinson(Product, int) -> Hutchinson<Product>;
template <class Product>
Hutchinson(Product, int, Probe) -> Hutchinson<Product>;
template <class Product, class Noise>
Hutchinson(Product, int, Probe, Noise) -> Hutchinson<Product, Noise>;

}  // namespace tweedie
