#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::refusal;

namespace {
using Entry = VarianceTable::Entry;

Entry entry(const Level& t, const MatrixXd& v) {
  return {t, v, MatrixXd::Constant(v.rows(), v.cols(), 0.01)};
}
MatrixXd number(double v) {
  return MatrixXd::Constant(1, 1, v);
}
/// Of N(0, variance).
double posterior(const Level& t, double variance) {
  return variance * t.sigma * t.sigma / (variance * t.alpha * t.alpha + t.sigma * t.sigma);
}
VarianceTable gaussian_table(const Grid& grid, double variance) {
  std::vector<Entry> entries;
  for (const Level& t : grid) entries.push_back(entry(t, number(posterior(t, variance))));
  return {VarianceForm::scalar, entries};
}
/// Of a mixture in one dimension, the mean over x_t by the trapezoid rule over each part.
double mixture_variance(const GaussianMixture<double>& modes, const Level& t) {
  double sum = 0;
  for (std::size_t k = 0; k < modes.components().size(); ++k) {
    const auto part = modes.components()[k].marginal(t);
    const Eigen::RowVectorXd z = Eigen::RowVectorXd::LinSpaced(1201, -9, 9);
    const Eigen::RowVectorXd weights = (-0.5 * z.array().square()).exp() / std::sqrt(2 * std::numbers::pi) * 0.015;
    const MatrixXd x = (z * std::sqrt(part.covariance().matrix()(0, 0))).array() + part.mean()[0];
    sum += modes.weights()[Eigen::Index(k)] * modes.variance(x, t).row(0).dot(weights);
  }
  return sum;
}
/// The largest |ln(v/exact)| between the levels of a table of `steps` + 1.
double worst(const GaussianMixture<double>& modes, int steps) {
  std::vector<Entry> entries;
  for (const Level& t : levels(VariancePreserving{}, uniform(steps, 1, 0.002)))
    entries.push_back(entry(t, number(mixture_variance(modes, t))));
  const VarianceTable table(VarianceForm::scalar, entries);
  double most = 0;
  for (int i = 0; i < 100; ++i) {
    const Level t = VariancePreserving{}(0.003 + 0.99 * i / 100.0);
    most = std::max(most, std::abs(std::log(table(t) / mixture_variance(modes, t))));
  }
  return most;
}
}  // namespace

TEST_CASE("VarianceTable: at its levels it is what was put in, noisiest first, in whatever order that came") {
  Grid grid = levels(VariancePreserving{}, uniform(10, 1, 0.1));
  std::reverse(grid.begin(), grid.end());
  grid.push_back(grid.front());  // once more
  const VarianceTable table = gaussian_table(grid, 0.3);
  CHECK(table.entries().size() == 11);
  CHECK(table.grid().front().time == 1);
  CHECK(table.grid().back().time == 0.1);
  for (const Level& t : grid) CHECK(table(t) == posterior(t, 0.3));
  CHECK(table(clean) == 0);
}

TEST_CASE("VarianceTable: between levels it is exact where the data are Gaussian, from few levels") {
  // Exact but for S, which is taken from the noisiest level: Var x₀ less what that level knows of x₀.
  const Grid grid = levels(Cosine{}, uniform(6));  // from α = 0 to σ = 0
  const VarianceTable table = gaussian_table(grid, 0.3);
  for (int i = 1; i < 200; ++i) {
    const Level t = Cosine{}(i / 200.0);
    CHECK(std::abs(table(t) / posterior(t, 0.3) - 1) < 1e-12);
  }
  const VarianceTable rough = gaussian_table(levels(VariancePreserving{}, uniform(3, 1, 0.001)), 0.3);
  for (int i = 1; i < 200; ++i) {
    const Level t = VariancePreserving{}(0.001 + 0.999 * i / 200.0);
    CHECK(std::abs(rough(t) / posterior(t, 0.3) - 1) < 1e-4);
  }
}

TEST_CASE("VarianceTable: of a mixture twenty levels give the variance between them to 1 %") {
  const GaussianMixture<double> modes(Eigen::Vector3d(0.3, 0.5, 0.2), Eigen::RowVector3d(-2, 0.5, 3),
                                      std::vector<MatrixXd>{number(0.16), number(0.49), number(0.09)});
  CHECK(worst(modes, 20) < 0.01);
}

TEST_CASE("VarianceTable: between narrow modes, where v falls by four powers of ten from one level to the next") {
  const auto modes = [](double deviation) {
    return GaussianMixture<double>(Eigen::Vector2d(0.5, 0.5), Eigen::RowVector2d(-1, 1),
                                   std::vector<MatrixXd>(2, number(deviation * deviation)));
  };
  CHECK(worst(modes(0.01), 20) < std::log(2.4));  // linear in v (1/S + SNR) it was 9.7
  CHECK(worst(modes(0.01), 50) < std::log(1.25));
  CHECK(worst(modes(0.1), 20) < std::log(1.22));
  CHECK(worst(modes(0.3), 20) < std::log(1.02));
}

TEST_CASE("VarianceTable: of Gaussians of two scales, v keeps its bounds, and falls onto the data as it does") {
  // Data that fill one of two dimensions: v → σ²/(2α²); that fill both: v → σ²/α².
  for (const double least : {0.0, 1e-4}) {
    const auto exact = [&](const Level& t) { return (posterior(t, 1) + posterior(t, least)) / 2; };
    std::vector<Entry> entries;
    for (const Level& t : levels(VariancePreserving{}, quadratic(30, 1, 0.0005)))
      entries.push_back(entry(t, number(exact(t))));
    entries.push_back(entry(clean, number(0)));
    const VarianceTable table(VarianceForm::scalar, entries);
    for (int i = 1; i < 300; ++i) {
      const Level t = VariancePreserving{}(i / 300.0);
      CHECK(std::abs(table(t) / exact(t) - 1) < 0.05);
      CHECK(table(t) < largest_variance(t));
    }
    if (least == 0) CHECK(std::abs(table(EDM{}(1e-6)) / 0.5e-12 - 1) < 0.01);
  }
}

TEST_CASE("VarianceTable: estimates that break a bound, or are none, are interpolated linearly and alone") {
  const Level t{.alpha = 0.6, .sigma = 0.8}, s{.alpha = 0.8, .sigma = 0.6}, middle{.alpha = 1, .sigma = 1};  // λ, −λ, 0
  const double S = (0.2 - 0.1 + 0) / 3;
  const auto w = [&](const Level& l, double v) { return v * (1 / S + std::exp(2 * lambda(l))); };
  const VarianceTable table(VarianceForm::diagonal,
                            {entry(t, Eigen::Vector3d(0.2, -0.1, 0)), entry(s, Eigen::Vector3d(0.1, 0.7, 0))});
  const MatrixXd v = table.at(middle);
  const double p = std::sqrt((1 / 0.2 - 9. / 16) * (1 / 0.1 - 16. / 9));
  CHECK(std::abs(v(0) - 1 / (p + 1)) < 1e-15);
  CHECK(std::abs(w(middle, v(1)) - (w(t, -0.1) + w(s, 0.7)) / 2) < 1e-14);
  CHECK(v(2) == 0);
  CHECK(std::abs(table(middle) - v.mean()) < 1e-16);
}

TEST_CASE("VarianceTable: a covariance has the diagonal of the diagonal table, and stays one") {
  const MatrixXd early{{0.5, 0.2}, {0.2, 0.1}}, late{{0.1, -0.02}, {-0.02, 0.01}};
  const Level t = VariancePreserving{}(0.5), s = VariancePreserving{}(0.2), m = VariancePreserving{}(0.3);
  const VarianceTable whole(VarianceForm::full, {entry(t, early), entry(s, late)}),
      diagonal(VarianceForm::diagonal, {entry(t, early.diagonal()), entry(s, late.diagonal())});
  const MatrixXd between = whole.at(m);
  CHECK((between.diagonal() - diagonal.at(m)).norm() < 1e-15);
  CHECK(std::abs(whole(m) - diagonal(m)) < 1e-16);
  CHECK(between(0, 1) == between(1, 0));
  CHECK(between.determinant() > 0);
  // Of independent Gaussians of unequal variance it is exact.
  const auto exact = [](const Level& l) { return Eigen::Vector2d(posterior(l, 2), posterior(l, 0.03)); };
  const VarianceTable independent(
      VarianceForm::full, {entry(t, MatrixXd(exact(t).asDiagonal())), entry(s, MatrixXd(exact(s).asDiagonal()))});
  CHECK((independent.at(m) - MatrixXd(exact(m).asDiagonal())).norm() < 1e-15);
}

TEST_CASE("VarianceTable: levels that are one but for rounding are one, and near ones do no harm") {
  const Level t = VariancePreserving{}(0.5), s = VariancePreserving{}(0.25), m = VariancePreserving{}(0.3);
  Level again = t, near = s;
  again.alpha *= 1 + 1e-15;
  near.alpha *= 1 - 1e-9;
  const VarianceTable table(VarianceForm::scalar,
                            {entry(t, number(0.2)), entry(again, number(0.1)), entry(near, number(0.0301)),
                             entry(s, number(0.03)), entry(clean, number(0))});
  CHECK(table.entries().size() == 4);
  CHECK(table(t) == 0.2);
  CHECK(table(m) > 0.03);
  CHECK(table(m) < 0.2);
  CHECK(table(VariancePreserving{}(1e-3)) <= largest_variance(VariancePreserving{}(1e-3)));
  CHECK(table(VariancePreserving{}(1e-3)) > 0);
}

TEST_CASE("VarianceTable: towards an infinite end p goes on from the nearest finite level") {
  const Level end{.alpha = 0, .sigma = 1}, t{.alpha = 0.6, .sigma = 0.8}, s{.alpha = 0.8, .sigma = 0.6};
  const VarianceTable table(VarianceForm::scalar, {entry(end, number(1)), entry(t, number(0.2)), entry(s, number(0.1)),
                                                   entry(clean, number(0))});
  const auto p = [](const Level& l, double v) { return 1 / v - l.alpha * l.alpha / (l.sigma * l.sigma); };
  const Level before{.alpha = 0.3, .sigma = 0.8}, after{.alpha = 1, .sigma = 0.1}, middle{.alpha = 1, .sigma = 1};
  CHECK(std::abs(p(before, table(before)) - std::pow(p(t, 0.2), 0.25)) < 1e-14);  // a quarter of the SNR; 1 at none
  CHECK(std::abs(std::log(p(middle, table(middle))) - (std::log(p(t, 0.2)) + std::log(p(s, 0.1))) / 2) < 1e-14);
  const double rise = std::log(p(s, 0.1) / p(t, 0.2)) / (lambda(s) - lambda(t));
  CHECK(rise < 2);
  CHECK(std::abs(std::log(p(after, table(after)) / p(s, 0.1)) - rise * (lambda(after) - lambda(s))) < 1e-12);
  CHECK(table(end) == 1);
  const VarianceTable ends(VarianceForm::scalar, {entry(end, number(0.3)), entry(clean, number(0))});
  CHECK(std::abs(ends(t) - posterior(t, 0.3)) < 1e-16);
}

TEST_CASE("VarianceTable: the three forms, of samples of any kind") {
  const Level t = VariancePreserving{}(0.5);
  const MatrixXd full{{0.4, 0.1}, {0.1, 0.2}}, x = MatrixXd::Zero(2, 3);
  const VarianceTable scalar(VarianceForm::scalar, {entry(t, number(0.3))}),
      diagonal(VarianceForm::diagonal, {entry(t, full.diagonal())}), whole(VarianceForm::full, {entry(t, full)});
  CHECK(std::abs(scalar(t) - 0.3) < 1e-16);
  CHECK(std::abs(diagonal(t) - 0.3) < 1e-16);
  CHECK(std::abs(whole(t) - 0.3) < 1e-16);
  CHECK(scalar.variance(x, t) == MatrixXd::Constant(2, 3, 0.3));
  CHECK(diagonal.variance(x, t) == full.diagonal().replicate(1, 3));
  CHECK(whole.variance(Eigen::ArrayXXf::Zero(2, 3), t) == full.diagonal().replicate(1, 3));
  CHECK(scalar.covariance(x.col(0), t) == 0.3 * MatrixXd::Identity(2, 2));
  CHECK(diagonal.covariance(x.col(0), t) == MatrixXd(full.diagonal().asDiagonal()));
  CHECK(whole.covariance(x.col(0), t) == full);
  CHECK(contains(refusal([&] { diagonal.variance(MatrixXd(MatrixXd::Zero(3, 2)), t); }), "dimension is 2", "3x2"));
}

TEST_CASE("VarianceTable: clipped to the bounds, number by number") {
  const Level t{.alpha = 0.8, .sigma = 0.6};
  const VarianceTable table(VarianceForm::diagonal, {entry(t, Eigen::Vector4d(-0.1, 0.2, 0.3, 7))});
  CHECK(table.clipped({0, 1}).at(t) == Eigen::Vector4d(0, 0.2, 0.25, 0.25));
  CHECK(table.clipped({-9, 9}).at(t) == Eigen::Vector4d(0, 0.2, 0.3, largest_variance(t)));
  CHECK(contains(refusal([&] {
                   VarianceTable(VarianceForm::full, {entry(t, MatrixXd::Ones(2, 2))}).clipped({0, 1});
                 }),
                 "cannot"));
}

TEST_CASE("VarianceTable: refusals") {
  const Level t = VariancePreserving{}(0.5), s = VariancePreserving{}(0.25);
  const VarianceTable table(VarianceForm::scalar, {entry(t, number(0.3)), entry(s, number(0.1))});
  CHECK(contains(refusal([&] { table(VariancePreserving{}(0.6)); }), "covers lambda from", "(time 0.5)", "time 0.6",
                 "measure on levels"));
  CHECK(contains(refusal([&] { table(VariancePreserving{}(0.2)); }), "time 0.2"));
  CHECK(contains(refusal([&] { table({.time = 1, .alpha = 0, .sigma = 1}); }), "time 1", "-inf"));
  CHECK_NOTHROW(table({.alpha = t.alpha * (1 - 1e-13), .sigma = t.sigma}));  // rounding of λ
  const Table rows = tabulate(DDPM{}, levels(VariancePreserving{}, uniform(4)));
  CHECK(contains(refusal([&] { with_variance(rows, table); }), "row 0 (time 1 to 0.75)", "variance table", "covers"));
  const auto refused = [](VarianceForm form, const std::vector<Entry>& entries) {
    return refusal([&] { VarianceTable(form, entries); });
  };
  CHECK(contains(refused(VarianceForm::scalar, {}), "no entries"));
  CHECK(contains(refused(VarianceForm::scalar, {entry(t, MatrixXd::Ones(2, 1))}), "2x1", "one number"));
  CHECK(contains(refused(VarianceForm::diagonal, {entry(t, MatrixXd::Ones(2, 1)), entry(s, MatrixXd::Ones(3, 1))}),
                 "3x1"));
  CHECK(contains(refused(VarianceForm::full, {entry(t, MatrixXd::Ones(2, 1))}), "square"));
  CHECK(contains(refused(VarianceForm::diagonal, {entry(t, MatrixXd(0, 1))}), "0x1"));
  CHECK(contains(refused(VarianceForm::scalar, {{t, number(0.1), MatrixXd::Ones(2, 1)}}), "error has another shape"));
  CHECK(contains(refused(VarianceForm::scalar, {entry(t, number(Level::unknown))}), "not finite"));
}
