#pragma once
// The divergence of a denoiser, ∇·x̂₀ = tr ∂x̂₀/∂x at each sample, exact or estimated. All are callables divergence(x,
// level, out, first) that fill count() rows, one for each estimate, and a column for each sample; `first` is the index
// of the first sample.
//   PosteriorTrace{model}           exact, from the posterior variance: ∇·x̂₀ = (α/σ²) Σ_j Var[x₀ | x]_j                 [SDE-12]
//   SummedDivergence{product}       exact for an exact product: Σ_j e_jᵀ J e_j, d products
//   Hutchinson{product, probes}     zᵀ J z for each probe z, E zzᵀ = I: unbiased, one product a probe                          [SDE-16]
// J is a product of sde/jacobian.hpp. Hutchinson, Commun. Stat. Simul. 18 (1989); Grathwohl et al., arXiv:1810.01367v3,
// section 3.1, eq. 7.

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
  void operator()(const X& x, const Level& t, Numbers<X>& out, Eigen::Index = 0) const {
    require(t.sigma > 0, "divergence at time ", t.time, ": (alpha/sigma^2) Var[x0 | x] has no value at sigma = 0");
    const auto& given = detail::unwrapped(model);
    static_assert(
        requires { given.variance(x, t); },
        "tweedie: PosteriorTrace takes a model with variance(x, level), as exact models have; for a network there are "
        "SummedDivergence{product} and Hutchinson{product, probes}");
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
  void operator()(const X& x, const Level& t, Numbers<X>& out, Eigen::Index = 0) const {
    out = Numbers<X>::Zero(1, samples(x));
    X unit = x;
    for (Eigen::Index j = 0; j < columns(x).rows(); ++j) {
      flat(unit).setZero();
      columns(unit).row(j).setOnes();
      detail::check_returned<decltype(product(x, t, unit)), X>();
      const X column = product(x, t, unit);
      out += columns(column).row(j).template cast<double>().array();
    }
  }
};
template <class Product>
SummedDivergence(Product) -> SummedDivergence<Product>;

/// The law of a probe's coordinates. For a symmetric J the variance of zᵀJz is 2(‖J‖² − Σ J_jj²) with signs, 2‖J‖² with
/// normals.
enum class Probe {
  rademacher,  ///< ±1
  gaussian
};

namespace detail {
/// ±1 by the sign of each number.
template <State X>
void to_signs(X& z) {
  using Scalar = typename X::Scalar;
  flat(z) = flat(z).unaryExpr([](const Scalar& v) { return v < 0 ? Scalar(-1) : Scalar(1); });
}
/// a·b of each sample.
template <State X>
Numbers<X> products(const X& a, const X& b) {
  check_measured<X>();
  return (columns(a).template cast<double>().array() * columns(b).template cast<double>().array()).colwise().sum();
}
}  // namespace detail

/// `probes` estimates. The probes of a sample depend on its index and on the noise alone: they stay the same all along
/// a flow, and whatever else is in the batch. Probe k is noise(z, address(Purpose::probe, k), first_column).
template <class Product, class Noise = Normals>
struct Hutchinson {
  Product product;
  int probes = 1;
  Probe probe = Probe::rademacher;
  Noise noise{};
  Eigen::Index first_sample = 0;  ///< The index of the first sample.

  Eigen::Index count() const { return probes; }

  /// The k-th probe of each sample of x, of which the first has the index first_sample + first.
  template <State X>
  X direction(const X& x, int k, Eigen::Index first = 0) const {
    static_assert(
        detail::AddressedNoise<const Noise, X>,
        "tweedie: the noise of Hutchinson has an address, noise(z, row, first_column), as Normals has, so that "
        "a probe stays the same along the flow");
    X z = x;
    noise(z, address(Purpose::probe, k), first_sample + first);
    if (probe == Probe::rademacher) detail::to_signs(z);
    return z;
  }
  template <State X>
  void operator()(const X& x, const Level& t, Numbers<X>& out, Eigen::Index first = 0) const {
    static_assert(
        requires(const X& z) { X(product(x, t, z)); },
        "tweedie: Hutchinson takes a product, callable as product(x, level, z); difference_product(denoise) "
        "makes one of a denoiser");
    require(probes >= 1, "Hutchinson: probes = ", probes, ", but must be at least 1");
    out.resize(probes, samples(x));
    // The part α/(α² + σ²) I, the whole of J for data N(0, I), is known: its trace is put in the place of its estimate.
    // That changes normals only.
    const double known = t.alpha / (t.alpha * t.alpha + t.sigma * t.sigma), d = double(columns(x).rows());
    for (int k = 0; k < probes; ++k) {
      detail::check_returned<decltype(product(x, t, x)), X>();
      const X z = direction(x, k, first), Jz = product(x, t, z);
      out.row(k) = detail::products(z, Jz) - known * (detail::products(z, z) - d);
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
template <class Product, class Noise>
Hutchinson(Product, int, Probe, Noise, Eigen::Index) -> Hutchinson<Product, Noise>;

}  // namespace tweedie
