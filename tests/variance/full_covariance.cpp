#include <memory>

#include "variance/varied.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::refusal;
using namespace tests::varied;

namespace {
struct Counting {
  std::shared_ptr<int> asked = std::make_shared<int>(0);
  static constexpr bool covariance_of_level = true;
  MatrixXd covariance(const MatrixXd&, const Level&) const {
    ++*asked;
    return MatrixXd{{0.3, 0.1}, {0.1, 0.2}};
  }
};
struct EachTime {
  MatrixXd covariance(const MatrixXd&, const Level&) const { return MatrixXd{{0.3, 0.1}, {0.1, 0.2}}; }
};
}  // namespace

TEST_CASE("FullCovariance: of Gaussian data with correlated coordinates every step is exact in law") {
  // The root of the noise and the gain of the row, from a step that is shown unit vectors: the law of the result is
  // theirs.
  const MatrixXd S{{0.5, 0.3}, {0.3, 0.4}};
  const Gaussian<> data(Eigen::Vector2d(1, -1), Covariance<double>(S));
  for (const double eta : {0.0, 0.5, 1.0})
    for (std::size_t i = 0; i + 1 < grid().size(); ++i) {
      const Level &t = grid()[i], &s = grid()[i + 1];
      const FullCovariance sampler{DDIM{eta}, data, LastRow::noise};
      const auto step = [&](const MatrixXd& x, const MatrixXd& noise) -> MatrixXd {
        return sample(data, sampler, x, {t, s}, [&](MatrixXd& z) { z = noise; });
      };
      const MatrixXd at_mean = t.alpha * data.mean().replicate(1, 2), none = MatrixXd::Zero(2, 2),
                     unit = MatrixXd::Identity(2, 2);
      const MatrixXd mean = step(at_mean, none), gain = step(at_mean + unit, none) - mean,
                     root = step(at_mean, unit) - mean;
      const MatrixXd result =
          gain * data.marginal(t).covariance().matrix() * gain.transpose() + root * root.transpose();
      CHECK(tests::largest_difference(MatrixXd(mean.col(0)), MatrixXd(s.alpha * data.mean())) < 1e-13);
      CHECK(tests::largest_difference(result, data.marginal(s).covariance().matrix()) < 1e-13);
    }
}

TEST_CASE("FullCovariance: a diagonal covariance is the elementwise variance; a table serves") {
  const VarianceTable table =
      measured_variance(clouds(), clouds().draw(500, Philox(3)), grid(), Normals{1}, {.form = VarianceForm::diagonal});
  const auto run = [](const auto& sampler) -> MatrixXd {
    return sample(clouds(), sampler, start(), grid(), Normals{5});
  };
  CHECK(tests::largest_difference(run(FullCovariance{DDPM{}, table}), run(ElementwiseVariance{DDPM{}, table})) < 1e-12);
  CHECK(tests::largest_difference(run(FullCovariance{DDPM{}, std::cref(table)}), run(FullCovariance{DDPM{}, table})) ==
        0);
  CHECK(tests::largest_difference(run(ElementwiseVariance{DDPM{}, std::cref(table)}),
                                  run(ElementwiseVariance{DDPM{}, table})) == 0);
}

TEST_CASE("FullCovariance: a covariance that is the same for every x is decomposed once a step") {
  const auto run = [](const auto& model) -> MatrixXd {
    return sample(clouds(), FullCovariance{DDPM{}, model}, start(), grid(), Normals{5});
  };
  const Counting counting;
  CHECK(tests::largest_difference(run(counting), run(EachTime{})) < 1e-12);
  CHECK(*counting.asked == 3);  // of four steps the last draws no noise
}

TEST_CASE("FullCovariance: singular covariances, as of a finite data set, and floats") {
  const Empirical<> points(MatrixXd{{-1, 1}, {0.5, -0.5}});
  const MatrixXd x = sample(points, FullCovariance{DDIM{}, points}, start(), grid(), Normals{5});
  CHECK(x.allFinite());
  // Six points in thirty dimensions: of 30 eigenvalues 5 are not 0, and the noise has the covariance that it should.
  const Empirical<> six(MatrixXd::Random(30, 6));
  const Level &t = grid()[1], &s = grid()[2];
  const MatrixXd at = 0.3 * MatrixXd::Random(30, 1).replicate(1, 30), C = six.covariance(at.col(0), t);
  const auto unit = [](MatrixXd& z) { z.setIdentity(); };
  const auto [kappa, c, tau2] = reverse_kernel(tabulate(DDIM{}, {t, s}).front());
  const MatrixXd root = sample(six, FullCovariance{DDIM{}, six}, at, {t, s}, unit) - kappa * at - c * six(at, t);
  CHECK(tests::largest_difference(MatrixXd(root * root.transpose()), MatrixXd(c * c * C)) < 1e-13);
  const Eigen::MatrixXf rough =
      sample(six, FullCovariance{DDIM{}, six}, at.cast<float>(), {t, s}, [](Eigen::MatrixXf& z) { z.setIdentity(); });
  CHECK(rough.allFinite());
  const Eigen::MatrixXf floats =
      sample(clouds(), FullCovariance{DDPM{}, clouds()}, start().cast<float>(), grid(), Normals{5});
  CHECK(tests::largest_difference(
            floats, sample(clouds(), FullCovariance{DDPM{}, clouds()}, start(), grid(), Normals{5})) < 1e-4);
}

TEST_CASE("FullCovariance: a covariance that is symmetric to rounding only is rooted by Cholesky, as models give it") {
  // The root of Cholesky is a triangle; a symmetric root, of an eigenvalue decomposition, has no zero.
  struct Rounded {
    MatrixXd covariance(const MatrixXd&, const Level&) const {
      return MatrixXd{{0.3, 0.1, 0.05}, {0.1 * (1 + 4e-16), 0.2, -0.02}, {0.05, -0.02 * (1 - 1e-15), 0.4}};
    }
  };
  const Level &t = grid()[1], &s = grid()[2];
  const auto unit = [](MatrixXd& z) { z.setIdentity(); };
  const auto denoise = [](const MatrixXd& x, const Level&) -> MatrixXd { return 0 * x; };
  const MatrixXd root =
      sample(denoise, FullCovariance{DDIM{}, Rounded{}}, MatrixXd(MatrixXd::Zero(3, 3)), {t, s}, unit);
  CHECK(root(0, 1) == 0);
  CHECK(root(0, 2) == 0);
  CHECK(root(1, 2) == 0);
  CHECK(std::abs(root(1, 0)) > 0.01);
  const double c = reverse_kernel(tabulate(DDIM{}, {t, s}).front()).c;
  CHECK(tests::largest_difference(MatrixXd(root * root.transpose()), MatrixXd(c * c * Rounded{}.covariance(root, t))) <
        1e-15);
}

TEST_CASE("FullCovariance: refusals") {
  struct Fixed {
    MatrixXd C;
    MatrixXd covariance(const MatrixXd&, const Level&) const { return C; }
  };
  const auto run = [](const MatrixXd& C) {
    sample(clouds(), FullCovariance{DDIM{}, Fixed{C}}, start(), grid(), Normals{5});
  };
  CHECK(contains(refusal<std::domain_error>([&] {
                   run(MatrixXd{{1, 2}, {2, 1}});
                 }),
                 "time 1", "smallest eigenvalue is -"));
  CHECK(contains(refusal([&] { run(MatrixXd::Ones(1, 1)); }), "shape 1x1", "dimension 2"));
  CHECK(contains(refusal<std::domain_error>([&] { run(MatrixXd{{1, 0.5}, {0, 1}}); }), "symmetric"));
  CHECK(contains(refusal<std::domain_error>([&] { run(MatrixXd{{1, 0}, {0, Level::unknown}}); }), "not finite"));
}
