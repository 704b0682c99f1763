#include "support/test.hpp"

using namespace tweedie;
using Eigen::ArrayXd;
using Eigen::ArrayXXd;

namespace {
constexpr double infinity = std::numeric_limits<double>::infinity();
const ArrayXXd distances{{1, 0.5}, {2, 3}, {1.5, 0}};
const ArrayXd constants{{-1.0, 0.3, -0.2}};
}  // namespace

TEST_CASE("shares, totals and the share of a set are those of the densities") {
  const detail::RelativeLogs<double> logs(distances, constants);
  const ArrayXXd densities = (constants.replicate(1, 2) - distances.square() / 2).exp();
  const Eigen::Array<double, 1, Eigen::Dynamic> sums = densities.colwise().sum();
  const std::vector<Eigen::Index> set{2, 0};
  CHECK((logs.shares() - densities.rowwise() / sums).abs().maxCoeff() < 1e-15);
  CHECK((logs.log_total() - sums.log()).abs().maxCoeff() < 1e-15);
  CHECK((logs.log_share(set) - ((densities.row(0) + densities.row(2)) / sums).log()).abs().maxCoeff() < 1e-15);
  const ArrayXXd within = logs.within(set).shares();
  CHECK((within.row(0) - densities.row(2) / (densities.row(0) + densities.row(2))).abs().maxCoeff() < 1e-15);
}

TEST_CASE("units of the distance, and distances whose squares are infinite") {
  for (const double unit : {1e-170, 1e170}) {
    const detail::RelativeLogs<double> scaled(distances * unit, constants, unit), one(distances, constants);
    CHECK((scaled.shares() - one.shares()).abs().maxCoeff() < 1e-14);
    CHECK((scaled.log_total() - one.log_total()).abs().maxCoeff() < 1e-14);
  }
  const detail::RelativeLogs<double> far(distances * 1e170, constants);
  CHECK((far.shares().matrix() == Eigen::MatrixXd{{1, 0}, {0, 0}, {0, 1}}));
  CHECK(far.log_total()[0] == -infinity);
  CHECK(far.log_total()[1] == constants[2]);
  const detail::RelativeLogs<double> nearest(ArrayXXd{{1}, {1}, {2}}, ArrayXd{{0.0, std::log(3.0), 5.0}}, 0);
  CHECK((nearest.shares() - ArrayXXd{{0.25}, {0.75}, {0}}).abs().maxCoeff() < 1e-15);
}

TEST_CASE("what has the constant -infinity is not there, were it the nearest or all") {
  const detail::RelativeLogs<double> without(distances, ArrayXd{{-1.0, 0.3, -infinity}}),
      two(distances.topRows(2), constants.head(2));
  CHECK((without.shares().topRows(2) - two.shares()).abs().maxCoeff() < 1e-15);
  CHECK((without.shares().row(2) == 0).all());
  CHECK((without.log_total() == two.log_total()).all());
  CHECK((without.log_share(std::vector<Eigen::Index>{2}) == -infinity).all());
  const detail::RelativeLogs<double> none(distances, ArrayXd::Constant(3, -infinity));
  CHECK((none.log_total() == -infinity).all());
}
