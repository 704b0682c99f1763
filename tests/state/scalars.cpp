// "Any scalar" is this list: what is public is compiled and run over it, and compared with double. Double and float are
// tested elsewhere; what costs most to compile is tried on the scalars that differ most from them.

#include <tweedie/sde/dual_product.hpp>

#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;

namespace {

template <class S>
using States = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>;
using D1 = Dual<double>;

/// A network for any scalar, and what it is in double.
struct Net {
  template <class X>
  X operator()(const X& x, const Level& t) const {
    using S = typename X::Scalar;
    X y = x;
    for (Eigen::Index i = 0; i < y.size(); ++i) {
      const S v = x.data()[i];
      y.data()[i] = S(v * S(0.5 / (1 + t.sigma)) - v * v * S(0.02));
    }
    return y;
  }
};

double value(double x) {
  return x;
}
double value(float x) {
  return double(x);
}
double value(long double x) {
  return double(x);
}
double value(Eigen::half x) {
  return double(float(x));
}
double value(Eigen::bfloat16 x) {
  return double(float(x));
}
double value(const D1& x) {
  return x.value();
}

static_assert(RealScalar<float> && RealScalar<double> && RealScalar<long double> && RealScalar<Eigen::half> &&
              RealScalar<Eigen::bfloat16> && RealScalar<D1> && RealScalar<Dual<Eigen::half>>);
static_assert(!RealScalar<int> && !RealScalar<unsigned char> && !RealScalar<std::int64_t> && !RealScalar<bool> &&
              !RealScalar<std::complex<double>>);

/// How far two results may be apart, in units of their size: some roundings of the scalar, or of double.
template <class S>
double rounding() {
  constexpr int digits = std::numeric_limits<S>::digits;
  return std::ldexp(16, 1 - std::min(digits, 53));
}
template <class X>
MatrixXd values(const X& x) {
  MatrixXd y(columns(x).rows(), columns(x).cols());
  for (Eigen::Index j = 0; j < y.cols(); ++j)
    for (Eigen::Index i = 0; i < y.rows(); ++i) y(i, j) = value(columns(x)(i, j));
  return y;
}
template <class S, class X, class Y>
void close(const X& found, const Y& expected) {
  const MatrixXd a = values(found), b = values(expected);
  REQUIRE(a.rows() == b.rows());
  REQUIRE(a.cols() == b.cols());
  CHECK(a.allFinite());
  CHECK((a - b).cwiseAbs().maxCoeff() <= rounding<S>() * (1 + b.cwiseAbs().maxCoeff()));
}

const Grid grid = levels(VariancePreserving{}, uniform(6, 1, 0));
const Grid noisy = levels(VariancePreserving{}, uniform(6, 1, 0.1));

/// `part(S)` in the scalar and in double; both start at the same numbers.
template <class S, class Part>
void same(const Part& part) {
  States<S> x(3, 4);
  for (Eigen::Index i = 0; i < x.size(); ++i) x.data()[i] = S(double(i % 5) / 4 - 0.5);
  MatrixXd y(3, 4);
  for (Eigen::Index i = 0; i < y.size(); ++i) y.data()[i] = double(i % 5) / 4 - 0.5;
  close<S>(part(x), part(y));
}

}  // namespace

TEMPLATE_TEST_CASE("scalars: draws, noising and targets", "", float, long double, Eigen::half, Eigen::bfloat16, D1) {
  using S = TestType;
  same<S>([](auto x) { return prior<decltype(x)>(grid.front(), {3, 4}, Normals{1}); });
  same<S>([](auto x) {
    Philox engine(3);
    draw(engine, x, 0);
    return x;
  });
  same<S>([](auto x) { return noised(x, grid[2], Normals{1}); });
  for (const Prediction kind :
       {Prediction::x0, Prediction::eps, Prediction::v, Prediction::score, Prediction::velocity})
    same<S>([kind](auto x) {
      const auto eps = x;
      const auto y = noised(x, grid[2], eps);
      const auto given = target(kind, x, eps, grid[2]);
      return network(kind, [given](const auto& at, const Level&) { return at.size() > 0 ? given : given; })(y, grid[2]);
    });
}

TEST_CASE("scalars: derivatives go along a run in dual numbers, and one above 8 KiB passes the kernel") {
  // by differences of the run in double
  const auto end = [](double at) { return sample(Net{}, UniPC{}, MatrixXd::Constant(1, 1, at), grid)(0); };
  States<D1> dual(1, 1);
  dual(0) = D1(0.3, 1, 0);
  const States<D1> found = sample(Net{}, UniPC{}, dual, grid);
  CHECK(std::abs(found(0).derivatives()[0] - (end(0.3 + 1e-5) - end(0.3 - 1e-5)) / 2e-5) < 1e-9);

  using Wide = Eigen::AutoDiffScalar<Eigen::Matrix<double, 1500, 1>>;
  static_assert(sizeof(Wide) > 8192);
  States<Wide> wide(1, 2), term(1, 2);
  for (int i = 0; i < 2; ++i) wide(i) = Wide(1 + i, 1500, i), term(i) = Wide(5);
  Terms<States<Wide>> terms;
  terms.add(2, term);
  apply(3, wide, terms);
  CHECK(wide(1).value() == 16);
  CHECK(wide(1).derivatives()[1] == 3);
  CHECK(wide(0).derivatives()[1] == 0);
}

TEMPLATE_TEST_CASE("scalars: denoisers", "", long double, Eigen::half, Eigen::bfloat16, D1) {
  using S = TestType;
  same<S>([](const auto& x) { return clipped(Net{}, -0.1, 0.1)(x, grid[2]); });
  same<S>([](const auto& x) { return thresholded(Net{}, 0.6, 0.1, 0.5)(x, grid[2]); });
  same<S>([](const auto& x) { return classifier_free(Net{}, clipped(Net{}, -0.1, 0.1), 2.0)(x, grid[2]); });
  same<S>([](const auto& x) { return score(Net{}, x, grid[2]); });
}

TEMPLATE_TEST_CASE("scalars: samplers", "", Eigen::half, D1) {
  using S = TestType;
  same<S>([](const auto& x) { return sample(Net{}, DDIM{}, x, grid); });
  same<S>([](const auto& x) { return sample(Net{}, DDPM{}, x, grid, Normals{2}); });
  same<S>([](const auto& x) { return sample(Net{}, UniPC{}, x, grid); });
  same<S>([](const auto& x) { return sample(Net{}, PNDMRungeKutta{.at = VariancePreserving{}}, x, grid); });
  same<S>([](const auto& x) {
    return sample(Net{}, PredictorCorrector{ReverseDiffusion{}, Langevin{}}, x, noisy, Normals{2});
  });
  same<S>([](const auto& x) { return sample(Net{}, CFGPlusPlus{DDIM{}, clipped(Net{}, -0.1, 0.1), 0.5}, x, grid); });
  same<S>([](const auto& x) {
    using X = std::remove_cvref_t<decltype(x)>;
    const X ones = X::Ones(3, 1);
    return sample(Net{}, Inpainting{DDPM{}, ones, ones, 2, 2}, x, grid, Normals{2});
  });
  const auto many = sample_many<S>(Net{}, DDPM{}, grid, {.dimension = 3, .count = 5, .seed = 1, .threads = 1});
  close<S>(many, sample_many(Net{}, DDPM{}, grid, {.dimension = 3, .count = 5, .seed = 1, .threads = 1}));
}

TEMPLATE_TEST_CASE("scalars: measurements are made in doubles, and take no dual numbers", "", Eigen::half) {
  using S = TestType;
  same<S>([](const auto& x) {
    const auto v = [](const auto& at, const Level&) {
      auto y = at;
      flat(y).setConstant(typename std::remove_cvref_t<decltype(at)>::Scalar(0.1));
      return y;
    };
    return sample(Net{}, ElementwiseVariance{DDPM{}, v}, x, grid, Normals{2});
  });
  same<S>([](const auto& x) {
    Numbers<std::remove_cvref_t<decltype(x)>> out;
    Hutchinson{difference_product(Net{}, 0.1), 2}(x, grid[2], out);
    return MatrixXd(out);
  });
  same<S>([](const auto& x) {
    BasicVarianceEstimator<double> estimator(grid);
    estimator.add(Net{}, x, Normals{1});
    MatrixXd v(1, 3);
    for (int k = 0; k < 3; ++k) v(0, k) = estimator.table()(grid[std::size_t(k)]);
    return v;
  });
  same<S>([](const auto& x) {
    Estimate estimate;
    estimate.add(x);
    return MatrixXd(estimate.covariance());
  });
  same<S>([](const auto& x) { return MatrixXd(MatrixXd::Constant(1, 1, energy_distance(x, x.rowwise().reverse()))); });
  same<S>([](const auto& x) { return simulate(LinearSde{VariancePreserving{}}, x, {0.1, 0.2, 0.3}, Normals{1}); });
  same<S>([](const auto& x) {
    const auto s = [](const auto& at, const Level& t) { return score(Net{}, at, t); };
    return MatrixXd(denoising_score_loss(s, x, grid[2], Normals{1}));
  });
}

TEMPLATE_TEST_CASE("scalars: exact models are asked in any scalar that converts", "", long double, Eigen::half) {
  using S = TestType;
  static const GaussianMixture<> mixture(Eigen::Vector2d(0.3, 0.7), MatrixXd::Random(3, 2),
                                         std::vector{Covariance<>::isotropic(3, 0.1), Covariance<>::isotropic(3, 0.2)});
  static const Empirical<> points(MatrixXd::Random(3, 5));
  static const Gaussian<> normal(Eigen::Vector3d(1, 2, 3), Covariance<>::isotropic(3, 0.5));
  same<S>([](const auto& x) { return sample(mixture, DDIM{}, x, grid); });
  same<S>([](const auto& x) { return points(x, grid[2]); });
  same<S>([](const auto& x) { return normal.score(x, grid[2]); });
  same<S>([](const auto& x) { return MatrixXd(mixture.log_density(x, grid[2])); });
  same<S>([](const auto& x) { return mixture.variance(x, grid[2]); });
  same<S>([](const auto& x) {
    return MatrixXd(
        log_likelihood(
            normal, PosteriorTrace{normal}, x, grid[4], grid[1],
            AdaptiveFlow{.at = at_lambda(VariancePreserving{}), .relative_tolerance = 1e-2, .absolute_tolerance = 1e-2})
            .log_density);
  });
}
