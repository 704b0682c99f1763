// The harness tests itself: each way in which a simulation can be worthless must give its own verdict.
#include "support/monte_carlo.hpp"

using tests::Claim;
using tests::LawClaim;
using tests::Noise;
using tests::Verdict;

namespace {

Claim claim(std::initializer_list<double> closed_form, double resolution = 0.01) {
  const Eigen::Map<const Eigen::VectorXd> numbers(closed_form.begin(), Eigen::Index(closed_form.size()));
  return {"", "a claim of the harness's own test", numbers, resolution};
}

Eigen::MatrixXd mean_and_square(Noise& noise, Eigen::Index n) {  // of N(1, 1): means 1 and 2
  const Eigen::ArrayXXd x = noise(1, n).array() + 1;
  Eigen::MatrixXd statistic(2, n);
  statistic << x.matrix(), x.square().matrix();
  return statistic;
}

double normal_cdf(double x) {
  return std::erfc(-x / std::sqrt(2.0)) / 2;
}

Eigen::MatrixXd standard_normals(Noise& noise, Eigen::Index n) {
  return noise(1, n);
}

}  // namespace

TEST_CASE("harness: a right closed form agrees, one wrong by the resolution differs", "[statistics]") {
  const std::int64_t n = 3'000'000;
  CHECK(tests::simulate(claim({1, 2}), n, mean_and_square).verdict == Verdict::agrees);
  CHECK(tests::simulate(claim({1.01, 2}), n, mean_and_square).verdict == Verdict::differs);
  CHECK(tests::simulate(claim({1, 1.98}), n, mean_and_square).verdict == Verdict::differs);
}

TEST_CASE("harness: too few samples are underpowered, however well the means agree", "[statistics]") {
  const auto finding = tests::simulate(claim({1, 2}), 100'000, mean_and_square);
  CHECK(finding.verdict == Verdict::underpowered);
  CHECK((finding.z.abs() < 6).all());
  CHECK((finding.detectable > finding.resolution).any());
  CHECK(tests::simulate(claim({1, 2}, 0.1), 100'000, mean_and_square).verdict == Verdict::agrees);
}

TEST_CASE("harness: where the closed form is 0 the resolution is of the standard deviation", "[statistics]") {
  const auto sines = [](Noise& noise, Eigen::Index n) -> Eigen::MatrixXd { return 5 * noise(1, n).array().sin(); };
  const auto finding = tests::simulate(claim({0}), 1'000'000, sines);
  CHECK(finding.verdict == Verdict::agrees);
  CHECK(std::abs(finding.resolution[0] - 0.01 * 5 * std::sqrt((1 - std::exp(-2)) / 2)) < 2e-4);
}

TEST_CASE("harness: an estimate from which one of the planted errors is not told apart is blind", "[statistics]") {
  // A million values 1 ± s: mean 1, standard error s/1000. The closed form 1 − 4 errors agrees, and the resolution of
  // 9.5 errors is enough; but the planted closed form above, at 1 + 5.5 errors, would agree as well.
  const double s = 1, resolution = 9.5e-3;
  tweedie::Estimate estimate;
  estimate.add(Eigen::RowVectorXd::Constant(500'000, 1 + s));
  estimate.add(Eigen::RowVectorXd::Constant(500'000, 1 - s));
  CHECK(tests::judge(claim({1 - 4e-3}, resolution), estimate).verdict == Verdict::blind);
  CHECK(tests::judge(claim({1 - 1e-3}, resolution), estimate).verdict == Verdict::agrees);
  CHECK(tests::judge(claim({1 - 7e-3}, resolution), estimate).verdict == Verdict::differs);
}

TEST_CASE("harness: a statistic that is NaN differs, one that does not vary is refused", "[statistics]") {
  const auto broken = [](Noise& noise, Eigen::Index n) -> Eigen::MatrixXd { return noise(1, n).array().log(); };
  CHECK(tests::simulate(claim({0}), 1000, broken).verdict == Verdict::differs);
  const auto fixed = [](Noise&, Eigen::Index n) -> Eigen::MatrixXd { return Eigen::MatrixXd::Ones(1, n); };
  CHECK(tests::contains(tests::refusal([&] { tests::simulate(claim({1}), 1000, fixed); }), "does not vary"));
  CHECK(tests::contains(tests::refusal([&] { tests::simulate(claim({1, 2}), 1000, standard_normals); }), "2 numbers"));
}

TEST_CASE("harness: a law agrees; a shifted one, a wider one and too few samples do not", "[statistics]") {
  const auto law = [](double resolution, std::function<double(double)> cdf) {
    return LawClaim{"", "a law of the harness's own test", std::move(cdf), resolution};
  };
  const std::int64_t n = 400'000;
  const auto finding = tests::simulate(law(0.01, normal_cdf), n, standard_normals);
  CHECK(finding.verdict == Verdict::agrees);
  CHECK(std::abs(finding.detectable[0] - 0.0052 * std::sqrt(1e6 / double(n))) < 1e-4);
  // The largest difference of the distribution functions is 0.4 δ for a shift by δ and 0.24 δ for a scale by 1 + δ.
  CHECK(tests::simulate(law(0.01, [](double x) { return normal_cdf(x - 0.03); }), n, standard_normals).verdict ==
        Verdict::differs);
  CHECK(tests::simulate(law(0.01, [](double x) { return normal_cdf(x * 1.05); }), n, standard_normals).verdict ==
        Verdict::differs);
  CHECK(tests::simulate(law(0.01, [](double) { return std::nan(""); }), n, standard_normals).verdict ==
        Verdict::differs);
  CHECK(tests::simulate(law(0.01, normal_cdf), 200'000, standard_normals).verdict == Verdict::underpowered);
}

TEST_CASE("harness: one seed gives one finding, and claims do not share their noise", "[statistics]") {
  const auto first = tests::simulate(claim({0}), 10'000, standard_normals);
  CHECK((first.estimate == tests::simulate(claim({0}), 10'000, standard_normals).estimate).all());
  Claim other = claim({0});
  other.name = "another";
  CHECK((first.estimate != tests::simulate(other, 10'000, standard_normals).estimate).all());
}
