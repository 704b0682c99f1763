#include "laws.hpp"
#include "support/monte_carlo.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {

/// What Langevin would be if it took the annealed step: a corrector that is no row.
struct AnnealedByHand {
  double snr;
  template <class D, State X, class Noise>
  X correct(const D& denoise, const X& x, const Level& t, const Noise& noise) const {
    return sample(denoise, Table{{t, t, AnnealedLangevin{snr}.correction(t)}}, x, noise);
  }
};
const Grid grid = levels(SubVariancePreserving{}, uniform(6));

}  // namespace

TEST_CASE("PredictorCorrector: as a table and as a run it is the same, noise included") {
  const auto model = obeys::gaussian_data();
  const MatrixXd x = MatrixXd::Random(1, 7);
  for (const int corrections : {0, 1, 3}) {
    const PredictorCorrector as_table{ReverseDiffusion{}, AnnealedLangevin{0.2}, corrections};
    const PredictorCorrector as_run{ReverseDiffusion{}, AnnealedByHand{0.2}, corrections};
    CHECK(tabulate(as_table, grid).size() == std::size_t(6 * (corrections + 1)));
    std::vector<MatrixXd> seen[2];
    const auto record = [](std::vector<MatrixXd>& list) {
      return [&list](const Step&, const MatrixXd& now, const MatrixXd& x0) {
        list.push_back(now);
        if (x0.size() > 0) list.push_back(x0);
      };
    };
    const MatrixXd a = sample(model, as_table, x, grid, Normals{3}, record(seen[0]));
    const MatrixXd b = sample(model, as_run, x, grid, Normals{3}, record(seen[1]));
    CHECK(largest_difference(a, b) == 0);
    REQUIRE(seen[0].size() == seen[1].size());
    for (std::size_t i = 0; i < seen[0].size(); ++i) CHECK(largest_difference(seen[0][i], seen[1][i]) == 0);
  }
}

TEST_CASE("PredictorCorrector: enough corrections leave the error of the last predictor alone") {
  const Grid coarse = levels(SubVariancePreserving{}, uniform(8, 1, 0.2));
  const auto data = obeys::gaussian_data(), truth = data.marginal(coarse.back());
  const auto error = [&](int corrections) {
    const PredictorCorrector sampler{DDIM{}, AnnealedLangevin{0.05}, corrections};
    return frechet(push_forward(tabulate(sampler, coarse), data), truth);
  };
  const Grid last{coarse[7], coarse[8]};
  const double alone = frechet(push_forward(tabulate(DDIM{}, last), data), truth);
  CHECK(std::abs(error(1500) / alone - 1) < 0.05);
  CHECK(alone < 0.6 * error(0));
}

TEST_CASE("PredictorCorrector: sub-VP with the Langevin corrector keeps the law, simulated") {
  // Where the published code stops with an error. 64 dimensions, for which the corrector's norms are meant; the
  // predictor is exact in law.
  constexpr Eigen::Index d = 64;
  const double mean = 1.3, variance = 0.25;
  const Gaussian<> model(Eigen::VectorXd::Constant(d, mean), Covariance<>::isotropic(d, variance));
  struct Exact {
    Row row(const Level& t, const Level& s) const {
      const auto v = [](const Level& level) { return obeys::gaussian_data().posterior_variances(level)[0]; };
      return with_variance(Table{{t, s, DDPM{}.row(t, s)}}, v).front().row;
    }
  };
  const Grid few = levels(SubVariancePreserving{}, uniform(6, 1, 0.2));
  const Level end = few.back();
  const double m = end.alpha * mean, v = end.alpha * end.alpha * variance + end.sigma * end.sigma;
  const auto moments = [&](const auto& sampler) {
    return [&, sampler](tests::Noise& noise, Eigen::Index n) -> MatrixXd {
      const MatrixXd x0 = model.draw(n, noise.engine);
      const MatrixXd start = few.front().alpha * x0 + few.front().sigma * noise(d, n);
      const Eigen::ArrayXXd x = sample(model, sampler, start, few, noise);
      MatrixXd means(2, n);  // over the coordinates, which are independent and alike
      means.row(0) = x.colwise().mean().matrix();
      means.row(1) = (x - m).square().colwise().mean().matrix();
      return means;
    };
  };
  const Eigen::Vector2d claimed(m, v);
  tests::check(tests::Claim{"", "sub-VP, Langevin", claimed, 0.02}, 20'000,
               moments(PredictorCorrector{Exact{}, Langevin{0.1}, 2}));
  tests::check(tests::Claim{"", "sub-VP, annealed Langevin", claimed, 0.02}, 20'000,
               moments(PredictorCorrector{Exact{}, AnnealedLangevin{0.1}, 2}));
}

TEST_CASE("PredictorCorrector: an observer stops it between corrector and predictor") {
  int seen = 0;
  const MatrixXd x = MatrixXd::Ones(1, 2);
  const PredictorCorrector sampler{DDPM{}, AnnealedByHand{0.1}, 1};
  sample(obeys::gaussian_data(), sampler, x, grid, Normals{1},
         [&](const Step&, const MatrixXd&, const MatrixXd&) { return ++seen < 3; });
  CHECK(seen == 3);
}

TEST_CASE("PredictorCorrector: refusals") {
  const MatrixXd x = MatrixXd::Ones(1, 2);
  const auto model = obeys::gaussian_data();
  CHECK(contains(refusal([&] {
                   tabulate(PredictorCorrector{DDPM{}, AnnealedLangevin{}, -1}, grid);
                 }),
                 "corrections = -1"));
  CHECK(contains(refusal([&] { tabulate(PredictorCorrector{Heun{}, AnnealedLangevin{}}, grid); }), "older estimates"));
  CHECK(contains(refusal([&] {
                   sample(model, PredictorCorrector{Heun{}, Langevin{}}, x, grid, Normals{1});
                 }),
                 "row 1", "older estimates"));
  // The time is told where a run meets a denoiser that fails.
  const auto fails = [](const MatrixXd& y, const Level& t) -> MatrixXd {
    return t.time < 0.6 ? MatrixXd::Constant(y.rows(), y.cols(), std::nan("")) : MatrixXd(y / 2);
  };
  CHECK(contains(refusal<std::domain_error>([&] {
                   sample(fails, PredictorCorrector{DDPM{}, Langevin{}}, x, grid, Normals{1});
                 }),
                 "at time 0.5", "not finite"));
}
