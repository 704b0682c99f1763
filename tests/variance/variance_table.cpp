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

TEST_CASE("VarianceTable: of a mixture twenty levels give the variance between them to 5 %") {
  const GaussianMixture<double> modes(Eigen::Vector3d(0.3, 0.5, 0.2), Eigen::RowVector3d(-2, 0.5, 3),
                                      std::vector<MatrixXd>{number(0.16), number(0.49), number(0.09)});
  const auto exact = [&](const Level& t) {  // by the trapezoid rule over the three parts
    double sum = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      const auto part = modes.components()[k].marginal(t);
      Eigen::RowVectorXd z = Eigen::RowVectorXd::LinSpaced(241, -8, 8);
      const Eigen::RowVectorXd weights = (-0.5 * z.array().square()).exp() / std::sqrt(2 * std::numbers::pi) / 15;
      const MatrixXd x = (z * std::sqrt(part.covariance().matrix()(0, 0))).array() + part.mean()[0];
      sum += modes.weights()[Eigen::Index(k)] * modes.variance(x, t).row(0).dot(weights);
    }
    return sum;
  };
  std::vector<Entry> entries;
  for (const Level& t : levels(VariancePreserving{}, uniform(20, 1, 0.002)))
    entries.push_back(entry(t, number(exact(t))));
  const VarianceTable table(VarianceForm::scalar, entries);
  for (int i = 0; i < 60; ++i) {
    const Level t = VariancePreserving{}(0.003 + 0.99 * i / 60.0);
    INFO("time " << t.time);
    CHECK(std::abs(table(t) / exact(t) - 1) < 0.05);
  }
}

TEST_CASE("VarianceTable: towards an infinite end w is that of the nearest finite level") {
  const Level end{.alpha = 0, .sigma = 1}, t{.alpha = 0.6, .sigma = 0.8}, s{.alpha = 0.8, .sigma = 0.6};
  const VarianceTable table(VarianceForm::scalar, {entry(end, number(1)), entry(t, number(0.2)), entry(s, number(0.1)),
                                                   entry(clean, number(0))});
  const auto w = [](const Level& l, double v) { return v * (1 + l.alpha * l.alpha / (l.sigma * l.sigma)); };  // S = 1
  const Level before{.alpha = 0.1, .sigma = 1}, after{.alpha = 1, .sigma = 0.1}, middle{.alpha = 1, .sigma = 1};
  CHECK(std::abs(w(before, table(before)) - w(t, 0.2)) < 1e-15);
  CHECK(std::abs(w(after, table(after)) - w(s, 0.1)) < 1e-14);
  CHECK(std::abs(w(middle, table(middle)) - (w(t, 0.2) + w(s, 0.1)) / 2) < 1e-15);  // λ = 0, between −λ and λ
  CHECK(table(end) == 1);
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
