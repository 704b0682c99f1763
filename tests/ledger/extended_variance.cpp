// The rows EXT-* of the ledger: variances that depend on x_t, on a mixture of two correlated Gaussians in the plane.
#include "mixtures.hpp"

using Eigen::ArrayXXd;
using Eigen::MatrixXd;
using Eigen::Vector2d;
using Eigen::VectorXd;
using namespace tests;
using tweedie::DDIM;
using tweedie::ElementwiseVariance;
using tweedie::FullCovariance;
using tweedie::LastRow;
using tweedie::Level;

namespace {

const Level s_level{.time = 1, .alpha = 0.9, .sigma = std::sqrt(1 - 0.81)};
const Level t_level{.time = 2, .alpha = 0.6, .sigma = 0.8};
const double amplification = 0.64 / 0.36;  // (σ/α)² at t

const std::vector<Vector2d>& points() {
  static const std::vector<Vector2d> all{{0.2, -0.4}, {-1.0, 1.2}, {0.05, 0.1}};
  return all;
}

VectorXd exact_eps(const VectorXd& x) {
  return -t_level.sigma * two_clouds().score(x, t_level);
}
/// ∇² log p_t by differences of the score.
MatrixXd hessian(const VectorXd& x) {
  const double h = 1e-5;
  MatrixXd H(2, 2);
  for (Eigen::Index i = 0; i < 2; ++i) {
    const VectorXd step = h * VectorXd::Unit(2, i);
    H.col(i) =
        (two_clouds().score(VectorXd(x + step), t_level) - two_clouds().score(VectorXd(x - step), t_level)) / (2 * h);
  }
  return H;
}
/// The η of DDIM whose noise is a fraction of the posterior's: κ, c and τ² from t to s.
tweedie::ReverseKernel kernel(double eta) {
  return reverse_kernel(tabulate(DDIM{eta}, {t_level, s_level}).front());
}
/// The three different numbers of each column's outer product.
MatrixXd outer(const MatrixXd& x) {
  MatrixXd products(3, x.cols());
  products << x.row(0).cwiseAbs2(), x.row(0).cwiseProduct(x.row(1)), x.row(1).cwiseAbs2();
  return products;
}
VectorXd triangle(const MatrixXd& C) {
  return numbers({C(0, 0), C(0, 1), C(1, 1)});
}
MatrixXd copies(const VectorXd& x, Eigen::Index n) {
  return x.replicate(1, n);
}

}  // namespace

TEST_CASE("EXT-1: the posterior's covariance is (sigma/alpha)^2 (I + sigma^2 Hessian)", "[ledger][EXT-1]") {
  for (const Vector2d& x : points()) {
    const MatrixXd C = two_clouds().covariance(x, t_level);
    CHECK(difference(amplification * (MatrixXd::Identity(2, 2) + 0.64 * hessian(x)), C) < 1e-8);
    CHECK(difference(two_clouds().variance(x, t_level), C.diagonal()) < 1e-14);
  }
}

TEST_CASE("EXT-1: the posterior's covariance from that of the noise, simulated", "[ledger][EXT-1]") {
  const Vector2d x = points()[0];
  const VectorXd eps = exact_eps(x);
  check(Claim{"EXT-1", "(sigma/alpha)^2 E[(e - E e)(e - E e)']", triangle(two_clouds().covariance(x, t_level))},
        3'600'000, [&](Noise& noise, Eigen::Index n) -> MatrixXd {
          const MatrixXd x0 = posterior_draws(two_clouds(), x, t_level, noise, n);
          const MatrixXd drawn = (copies(x, n) - t_level.alpha * x0) / t_level.sigma;
          return amplification * outer(drawn.colwise() - eps);
        });
}

TEST_CASE("EXT-2: E[eps^2 | x_t] = 1 + sigma^2 (second derivative + score^2), and SN gives the variance back",
          "[ledger][EXT-2]") {
  const auto h = [](const MatrixXd& x, const Level& t) -> MatrixXd {  // what the network would learn
    const double factor = t.alpha * t.alpha / (t.sigma * t.sigma);
    return factor * two_clouds().variance(x, t) + (t.sigma * two_clouds().score(x, t)).cwiseAbs2();
  };
  for (const Vector2d& x : points()) {
    const VectorXd score = two_clouds().score(x, t_level);
    CHECK(difference(h(x, t_level), (1 + 0.64 * (hessian(x).diagonal() + score.cwiseAbs2()).array()).matrix()) < 1e-8);
    const MatrixXd state = x;
    CHECK(difference(tweedie::sn_variance(h, 10)(state, t_level, two_clouds()(state, t_level)),
                     two_clouds().variance(x, t_level)) < 1e-14);
  }
}

TEST_CASE("EXT-2: E[eps^2 | x_t], simulated", "[ledger][EXT-2]") {
  const Vector2d x = points()[1];
  const VectorXd closed = (exact_eps(x).cwiseAbs2() + two_clouds().covariance(x, t_level).diagonal() / amplification);
  check(Claim{"EXT-2", "squares of the noise at fixed x_t", closed}, 1'000'000,
        [&](Noise& noise, Eigen::Index n) -> MatrixXd {
          const MatrixXd x0 = posterior_draws(two_clouds(), x, t_level, noise, n);
          return ((copies(x, n) - t_level.alpha * x0) / t_level.sigma).cwiseAbs2();
        });
}

TEST_CASE("EXT-3: the rows' noise is tau^2 I + c^2 Cov exactly", "[ledger][EXT-3]") {
  // With the unit vectors as noise a step shows its root column by column.
  for (const double eta : {0.0, 0.5, 1.0})
    for (const Vector2d& x : points()) {
      const auto [kappa, c, tau2] = kernel(eta);
      const MatrixXd two = copies(x, 2), still = copies(kappa * x + c * two_clouds()(x, t_level), 2);
      const auto unit = [](MatrixXd& z) { z.setIdentity(); };
      const auto run = [&](const auto& sampler) -> MatrixXd {
        return sample(two_clouds(), sampler, two, {t_level, s_level}, unit) - still;
      };
      const MatrixXd wanted = tau2 * MatrixXd::Identity(2, 2) + c * c * two_clouds().covariance(x, t_level);
      const MatrixXd root = run(FullCovariance{DDIM{eta}, two_clouds()});
      CHECK(difference(root * root.transpose(), wanted) < 1e-14);
      const MatrixXd roots = run(ElementwiseVariance{DDIM{eta}, two_clouds()});
      CHECK(difference(roots.cwiseAbs2(), MatrixXd(wanted.diagonal().asDiagonal())) < 1e-14);
    }
}

TEST_CASE("EXT-3: the covariance of x_s at fixed x_t, simulated", "[ledger][EXT-3]") {
  const Vector2d x = points()[2];
  const auto [kappa, c, tau2] = kernel(0.5);
  const VectorXd mean = kappa * x + c * two_clouds()(x, t_level);
  const VectorXd closed = triangle(tau2 * MatrixXd::Identity(2, 2) + c * c * two_clouds().covariance(x, t_level));
  check(Claim{"EXT-3", "of the forward process", closed, 0.02}, 2'300'000,
        [&, kappa = kappa, c = c, tau2 = tau2](Noise& noise, Eigen::Index n) -> MatrixXd {
          const MatrixXd x0 = posterior_draws(two_clouds(), x, t_level, noise, n);
          return outer((c * x0 + std::sqrt(tau2) * noise(2, n)).colwise() + (kappa * x - mean));
        });
  check(Claim{"EXT-3", "of FullCovariance", closed, 0.02}, 2'300'000, [&](Noise& noise, Eigen::Index n) -> MatrixXd {
    // One row serves all: the state is the same in every column, so one model answers for the first.
    const MatrixXd C = two_clouds().covariance(x, t_level);
    struct Fixed {
      MatrixXd C;
      MatrixXd covariance(const MatrixXd&, const Level&) const { return C; }
    };
    const VectorXd x0 = two_clouds()(x, t_level);
    const auto denoise = [&](const MatrixXd& y, const Level&) -> MatrixXd { return copies(x0, y.cols()); };
    return outer(
        sample(denoise, FullCovariance{DDIM{0.5}, Fixed{C}}, copies(x, n), {t_level, s_level}, noise).colwise() - mean);
  });
}

TEST_CASE("EXT-4: the best variance about a wrong mean is the residual's: optimum plus squared error",
          "[ledger][EXT-4]") {
  const Vector2d shift(0.3, -0.2);
  for (const Vector2d& x : points()) {
    const VectorXd eps = exact_eps(x) + shift, wrong_x0 = (x - t_level.sigma * eps) / t_level.alpha;
    const VectorXd variance = two_clouds().covariance(x, t_level).diagonal();
    const VectorXd residual = variance / amplification + shift.cwiseAbs2();  // E[(ε − ε̂)² | x_t], what NPR learns
    const auto npr = tweedie::npr_variance([&](const MatrixXd&, const Level&) -> MatrixXd { return residual; });
    for (const double eta : {0.0, 0.5, 1.0}) {
      const auto [kappa, c, tau2] = kernel(eta);
      const MatrixXd z2 =
          ElementwiseVariance{DDIM{eta}, npr}.row_variance(MatrixXd(x), t_level, s_level, MatrixXd(wrong_x0));
      const VectorXd mean_error = c * (wrong_x0 - two_clouds()(x, t_level));
      CHECK(difference(z2, ((tau2 + (c * c * variance).array()).matrix() + mean_error.cwiseAbs2())) < 1e-14);
    }
  }
}

TEST_CASE("EXT-4: the second moment about a wrong mean, simulated", "[ledger][EXT-4]") {
  const Vector2d x = points()[0], shift(0.3, -0.2);
  const auto [kappa, c, tau2] = kernel(0.5);
  const VectorXd eps = exact_eps(x) + shift, mean = kappa * x + c * (x - t_level.sigma * eps) / t_level.alpha;
  const VectorXd closed =
      (tau2 + c * c * (two_clouds().covariance(x, t_level).diagonal() + amplification * shift.cwiseAbs2()).array())
          .matrix();
  check(Claim{"EXT-4", "squares of x_s about the row's mean", closed}, 1'800'000,
        [&, kappa = kappa, c = c, tau2 = tau2](Noise& noise, Eigen::Index n) -> MatrixXd {
          const MatrixXd x0 = posterior_draws(two_clouds(), x, t_level, noise, n);
          return ((c * x0 + std::sqrt(tau2) * noise(2, n)).colwise() + (kappa * x - mean)).cwiseAbs2();
        });
}

TEST_CASE("EXT-5: SN errs by the fault of eps to first order and may be negative; NPR to second", "[ledger][EXT-5]") {
  const auto h = [](const MatrixXd& x, const Level& t) -> MatrixXd {
    return t.alpha * t.alpha / (t.sigma * t.sigma) * two_clouds().variance(x, t) +
           (t.sigma * two_clouds().score(x, t)).cwiseAbs2();
  };
  for (const Vector2d& x : points()) {
    const VectorXd eps = exact_eps(x), variance = two_clouds().variance(x, t_level);
    for (const Vector2d& delta : {Vector2d(0.3, -0.2), Vector2d(-0.1, 0.5)}) {
      const VectorXd wrong = eps + delta, sn = amplification * (h(x, t_level) - wrong.cwiseAbs2());
      CHECK(difference(sn - variance, -amplification * (2 * eps.cwiseProduct(delta) + delta.cwiseAbs2())) < 1e-13);
      // The function of the library is that, held to its bounds.
      const MatrixXd wrong_x0 = (x - t_level.sigma * wrong) / t_level.alpha;
      CHECK(difference(tweedie::sn_variance(h, 0.5)(MatrixXd(x), t_level, wrong_x0), sn.cwiseMax(0).cwiseMin(0.5)) <
            1e-13);
    }
  }
  const Vector2d x = points()[1];
  const VectorXd eps = exact_eps(x), overshoot = 0.5 * eps.cwiseSign();
  const VectorXd sn = amplification * (h(x, t_level) - (eps + overshoot).cwiseAbs2());
  CHECK(std::abs(sn[0] + 1.8) < 0.05);  // against 0.31 and 0.11
  CHECK(std::abs(sn[1] + 2.8) < 0.05);
}

TEST_CASE("EXT-5: SN of a wrong mean, simulated", "[ledger][EXT-5]") {
  const Vector2d x = points()[1];
  const VectorXd eps = exact_eps(x), delta = 0.5 * eps.cwiseSign();
  const VectorXd closed = (two_clouds().covariance(x, t_level).diagonal().array() -
                           amplification * (2 * eps.array() * delta.array() + delta.array().square()))
                              .matrix();
  check(Claim{"EXT-5", "(sigma/alpha)^2 (eps^2 - eps_hat^2) at fixed x_t", closed}, 1'000'000,
        [&](Noise& noise, Eigen::Index n) -> MatrixXd {
          const MatrixXd x0 = posterior_draws(two_clouds(), x, t_level, noise, n);
          return amplification * (((copies(x, n) - t_level.alpha * x0) / t_level.sigma).cwiseAbs2() -
                                  copies((eps + delta).cwiseAbs2(), n));
        });
}

TEST_CASE("EXT-6: the averages over x_t, coordinate by coordinate, by quadrature", "[ledger][EXT-6]") {
  const Quadrature q = quadrature(two_clouds(), t_level);
  const VectorXd mean = q(two_clouds().variance(q.x, t_level)),
                 from_eps =
                     (amplification * (1 - q((t_level.sigma * two_clouds().score(q.x, t_level)).cwiseAbs2()).array()));
  CHECK(difference(mean, from_eps) < 1e-10);
  const auto law = two_clouds().moments();
  const VectorXd from_x0 =
      law.covariance().matrix().diagonal() + law.mean().cwiseAbs2() - q(two_clouds()(q.x, t_level).cwiseAbs2());
  CHECK(difference(mean, from_x0) < 1e-10);
}

TEST_CASE("EXT-6: the averages over x_t by the residual, simulated", "[ledger][EXT-6]") {
  const Quadrature q = quadrature(two_clouds(), t_level);
  const VectorXd mean = q(two_clouds().variance(q.x, t_level));
  check(Claim{"EXT-6", "squares of x0 - x0_hat, and their mean", numbers({mean[0], mean[1], mean.mean()})}, 1'700'000,
        [&](Noise& noise, Eigen::Index n) -> MatrixXd {
          const MatrixXd x0 = two_clouds().draw(n, noise.engine);
          const MatrixXd squares = (x0 - two_clouds()(noised_by(x0, t_level, noise), t_level)).cwiseAbs2();
          MatrixXd all(3, n);
          all << squares, squares.colwise().mean();
          return all;
        });
}

namespace {
/// ½ ln(2πe v)
double entropy(double v) {
  return 0.5 * std::log(2 * std::numbers::pi * std::numbers::e * v);
}
/// The expected −ln N(x₀; x̂₀, V) of the best V of each kind: isotropic, diagonal, diagonal of x_t, all of x_t.
VectorXd expected_nll() {
  const Quadrature q = quadrature(two_clouds(), t_level);
  const MatrixXd variance = two_clouds().variance(q.x, t_level);
  const VectorXd mean = q(variance);
  Eigen::RowVectorXd full(q.x.cols());
  for (Eigen::Index i = 0; i < q.x.cols(); ++i) {
    const Eigen::Matrix2d C = q.weights[i] > 1e-15 ? Eigen::Matrix2d(two_clouds().covariance(q.x.col(i), t_level))
                                                   : Eigen::Matrix2d(Eigen::Matrix2d::Identity());
    full[i] = std::log(C.determinant()) / 2;
  }
  const double constant = 2 * entropy(1);
  return numbers({2 * entropy(mean.mean()), entropy(mean[0]) + entropy(mean[1]),
                  constant + q(variance.array().log().colwise().sum().matrix())[0] / 2, constant + q(full)[0]});
}
}  // namespace

TEST_CASE("EXT-7: the more the variance knows, the likelier are the data", "[ledger][EXT-7]") {
  const VectorXd nll = expected_nll();
  INFO("the four: " << nll.transpose());
  CHECK(nll[0] > nll[1]);
  CHECK(nll[1] > nll[2]);
  CHECK(nll[2] > nll[3]);
  CHECK(std::abs(nll[0] - 1.395) < 0.002);
  CHECK(std::abs(nll[1] - 1.311) < 0.002);
  CHECK(std::abs(nll[2] - 1.286) < 0.002);
  CHECK(std::abs(nll[3] - 1.164) < 0.002);

  const Quadrature q = quadrature(two_clouds(), t_level);
  const VectorXd mean = q(two_clouds().variance(q.x, t_level));
  check(Claim{"EXT-7", "-ln N(x0; x0_hat, V) for the four kinds of V", nll}, 700'000,
        [&](Noise& noise, Eigen::Index n) {
          const MatrixXd x0 = two_clouds().draw(n, noise.engine), x = noised_by(x0, t_level, noise),
                         r = x0 - two_clouds()(x, t_level);
          const ArrayXXd r2 = r.array().square(), v = two_clouds().variance(x, t_level).array();
          const auto nll_of = [&](const ArrayXXd& V) -> ArrayXXd {
            return (r2 / V + (2 * std::numbers::pi * V).log()).colwise().sum() / 2;
          };
          ArrayXXd full(1, n);
          for (Eigen::Index i = 0; i < n; ++i) {
            const Eigen::Matrix2d C = two_clouds().covariance(x.col(i), t_level);
            full(0, i) =
                (r.col(i).dot(C.inverse() * r.col(i)) + std::log(C.determinant())) / 2 + std::log(2 * std::numbers::pi);
          }
          return stacked(
              {nll_of(ArrayXXd::Constant(2, n, mean.mean())), nll_of(mean.replicate(1, n).array()), nll_of(v), full});
        });
}

TEST_CASE("EXT-8: the likelihood and the regression on squares have the same minimum", "[ledger][EXT-8]") {
  // At fixed x_t and with a wrong ε̂, over y = (ε − ε̂)²: E y is the minimum of E[½ ln g + y/(2g)] and of E(y − g)².
  const Vector2d x = points()[0], shift(0.3, -0.2);
  const VectorXd g = two_clouds().covariance(x, t_level).diagonal() / amplification + shift.cwiseAbs2();
  for (Eigen::Index i = 0; i < 2; ++i)
    for (const double factor : {0.9, 0.999, 1.001, 1.1}) {
      const double other = factor * g[i];
      CHECK(0.5 * std::log(other) + g[i] / (2 * other) > 0.5 * std::log(g[i]) + 0.5);
      CHECK((other - g[i]) * (other - g[i]) > 0);  // E(y − g)² less the variance of y
    }
  // Both derivatives at g have the mean 0.
  const VectorXd eps = exact_eps(x) + shift;
  check(Claim{"EXT-8", "derivatives of both losses at their minimum", numbers({0, 0, 0, 0})}, 1'000'000,
        [&](Noise& noise, Eigen::Index n) -> MatrixXd {
          const MatrixXd x0 = posterior_draws(two_clouds(), x, t_level, noise, n);
          const ArrayXXd y = ((copies(x, n) - t_level.alpha * x0) / t_level.sigma - copies(eps, n)).array().square(),
                         at = copies(g, n).array();
          MatrixXd all(4, n);
          all << ((at - y) / (2 * at.square())).matrix(), (2 * (at - y)).matrix();
          return all;
        });
}
