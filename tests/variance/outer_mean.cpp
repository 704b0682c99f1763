#include <tweedie/variance/outer_mean.hpp>
#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;

TEST_CASE("OuterMean: mean and error are those of each sample's matrix, in every form and any batches") {
  const MatrixXd p = MatrixXd::Random(3, 40), q = 0.5 * MatrixXd::Random(3, 40), none;
  struct Case {
    MatrixXd p, q;
  };
  for (const Case& c : {Case{p, q}, Case{p, none}, Case{none, q}}) {
    Estimate by_hand;  // of all nine entries
    for (Eigen::Index i = 0; i < 40; ++i) {
      MatrixXd s = MatrixXd::Zero(3, 3);
      if (c.p.size() > 0) s += c.p.col(i) * c.p.col(i).transpose();
      if (c.q.size() > 0) s -= c.q.col(i) * c.q.col(i).transpose();
      by_hand.add(MatrixXd(s.reshaped()));
    }
    const MatrixXd mean = by_hand.mean().reshaped(3, 3), error = by_hand.standard_error().reshaped(3, 3);
    detail::OuterMean<double> full(VarianceForm::full), diagonal(VarianceForm::diagonal), scalar(VarianceForm::scalar);
    for (const Eigen::Index first : {0, 13, 14}) {
      const Eigen::Index n = first == 0 ? 13 : first == 13 ? 1 : 26;
      const auto part = [&](const MatrixXd& all) {
        return all.size() == 0 ? none : MatrixXd(all.middleCols(first, n));
      };
      for (auto* each : {&full, &diagonal, &scalar}) each->add(part(c.p), part(c.q));
    }
    CHECK(tests::largest_difference(full.mean(), mean) < 1e-14);
    CHECK(tests::largest_difference(full.error(), error) < 1e-14);
    CHECK(tests::largest_difference(diagonal.mean(), MatrixXd(mean.diagonal())) < 1e-14);
    CHECK(tests::largest_difference(diagonal.error(), MatrixXd(error.diagonal())) < 1e-14);
    CHECK(std::abs(scalar.mean()(0, 0) - mean.trace() / 3) < 1e-14);
  }
}

TEST_CASE("OuterMean: the error of one sample is infinite in every form, and a table keeps it") {
  const MatrixXd p{{1}, {-2}};
  for (const VarianceForm form : {VarianceForm::scalar, VarianceForm::diagonal, VarianceForm::full}) {
    detail::OuterMean<double> one(form);
    one.add(p, MatrixXd());
    CHECK(one.error().array().isInf().all());
    CHECK(one.error().rows() == one.mean().rows());
    const VarianceTable table(form, {{VariancePreserving{}(0.5), one.mean(), one.error()}});
    CHECK(table.entries().front().error.array().isInf().all());
    one.add(2 * p, MatrixXd());
    CHECK(one.error().allFinite());
  }
}
