#include <unsupported/Eigen/CXX11/Tensor>

#include "ledger/mixtures.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;
using tests::two_clouds;

namespace {

const VariancePreserving vp{};
const Level noisy = vp(1), fine = vp(1e-3);

AdaptiveDPMSolver solver(double tolerance, int order = 3, Prediction prediction = Prediction::x0) {
  return {.order = order,
          .prediction = prediction,
          .at = at_lambda(vp),
          .relative_tolerance = tolerance,
          .absolute_tolerance = tolerance};
}
AdaptiveDPMSolver together(AdaptiveDPMSolver how, BatchError error = BatchError::worst) {
  how.coupling = Coupling::batch;
  how.batch_error = error;
  return how;
}
/// A denoiser that counts its calls.
template <class D>
auto counted(const D& model, int& calls) {
  return [model, &calls](const MatrixXd& x, const Level& t) -> MatrixXd {
    ++calls;
    return model(x, t);
  };
}
/// x̂₀ is this point, whatever x.
auto standing(double value) {
  return [value](const auto& x, const Level&) {
    auto x0 = x;
    flat(x0).setConstant(value);
    return x0;
  };
}

}  // namespace

TEST_CASE("AdaptiveDPMSolver: the error follows the tolerance, and the evaluations its root of the order") {
  const MatrixXd start = Eigen::RowVectorXd::LinSpaced(9, -1.6, 1.6);
  const MatrixXd truth = start.unaryExpr([](double x) { return tests::quantile_map(x, noisy, vp(0.02)); });
  for (const int order : {2, 3})
    for (const Prediction prediction : {Prediction::x0, Prediction::eps})
      for (const Moments moments : {Moments::exact, Moments::midpoint}) {
        const auto run = [&](double tolerance) {
          AdaptiveDPMSolver how = solver(tolerance, order, prediction);
          how.moments = moments;
          int calls = 0;
          const MatrixXd end = sample(counted(tests::three_modes(), calls), how, start, {noisy, vp(0.02)});
          return std::pair(double(calls), largest_difference(end, truth));
        };
        for (const double tolerance : {1e-3, 1e-4, 1e-5, 1e-6}) {
          const auto [calls, error] = run(tolerance);
          INFO("order " << order << ", in " << (prediction == Prediction::x0 ? "x0" : "eps") << ", tolerance "
                        << tolerance << ": " << calls / 9 << " evaluations, error " << error);
          CHECK(error < 20 * tolerance);
          CHECK(error > 0.04 * tolerance);
        }
        const auto [few, large] = run(1e-5);
        const auto [many, small] = run(order == 2 ? 1e-7 : 1e-8);
        const double slope = std::log(large / small) / std::log(many / few);
        INFO("order " << order << ": " << slope);
        CHECK(slope > order - 0.2);
        CHECK(slope < order + 0.4);
      }
}

TEST_CASE("AdaptiveDPMSolver: estimates that stand still are followed exactly, in few steps, either way") {
  const MatrixXd x = MatrixXd::Random(2, 1), point = MatrixXd::Constant(2, 1, 0.7);
  for (const int order : {2, 3}) {
    int calls = 0;
    const MatrixXd down = fine.alpha * point + fine.sigma / noisy.sigma * (x - noisy.alpha * point);
    const auto model = counted(standing(0.7), calls);
    CHECK(largest_difference(sample(model, solver(1e-8, order), x, {noisy, fine}), down) < 1e-13);
    CHECK(calls <= 7 * order);
    calls = 0;
    const auto noise = [&](const MatrixXd& y, const Level& t) -> MatrixXd { return (y - t.sigma * point) / t.alpha; };
    const MatrixXd up = noisy.alpha / fine.alpha * (x - fine.sigma * point) + noisy.sigma * point;
    const MatrixXd latent = sample(counted(noise, calls), solver(1e-8, order, Prediction::eps), x, {fine, noisy});
    CHECK(largest_difference(latent, up) < 1e-12);
    CHECK(calls <= 7 * order);
  }
}

TEST_CASE("AdaptiveDPMSolver: there and back again") {
  const MatrixXd x = 0.5 * MatrixXd::Random(2, 3);
  for (const Prediction prediction : {Prediction::x0, Prediction::eps}) {
    const MatrixXd latent = sample(two_clouds(), solver(1e-7, 3, prediction), x, {fine, noisy});
    CHECK(largest_difference(sample(two_clouds(), solver(1e-7, 3, prediction), latent, {noisy, fine}), x) < 2e-5);
  }
}

TEST_CASE("AdaptiveDPMSolver: batch mates change nothing, unless they are to") {
  const MatrixXd x = MatrixXd::Random(2, 5);
  const Grid grid{noisy, vp(0.4), fine};
  const AdaptiveDPMSolver alone = solver(1e-3);
  int calls = 0, shared = 0;
  const MatrixXd each = sample(counted(two_clouds(), calls), alone, x, grid),
                 worst = sample(counted(two_clouds(), shared), together(alone), x, grid),
                 mean = sample(two_clouds(), together(alone, BatchError::mean), x, grid);
  for (Eigen::Index i = 0; i < 5; ++i) {
    const MatrixXd one = x.col(i);
    CHECK(largest_difference(sample(two_clouds(), alone, one, grid), each.col(i)) == 0);
    CHECK(largest_difference(sample(two_clouds(), together(alone), one, grid), each.col(i)) == 0);
    CHECK(largest_difference(sample(two_clouds(), together(alone, BatchError::mean), one, grid), each.col(i)) == 0);
  }
  CHECK(shared < calls);  // five samples a call
  CHECK(largest_difference(each, worst) > 0);
  CHECK(largest_difference(each, worst) < 1e-2);
  CHECK(largest_difference(worst, mean) > 0);
  CHECK(largest_difference(worst, mean) < 1e-2);
  const MatrixXd copies = x.col(0).replicate(1, 4), alike = each.col(0).replicate(1, 4);  // then worst is mean
  CHECK(largest_difference(sample(two_clouds(), together(alone), copies, grid), alike) < 1e-12);
  CHECK(largest_difference(sample(two_clouds(), together(alone, BatchError::mean), copies, grid), alike) < 1e-12);
}

TEST_CASE("AdaptiveDPMSolver: no evaluation is made twice where a step is repeated") {
  AdaptiveDPMSolver hasty = together(solver(1e-4));
  hasty.first_step = 10;  // beyond the end
  std::vector<double> times;
  const auto model = [&](const MatrixXd& x, const Level& t) -> MatrixXd {
    times.push_back(t.time);
    return two_clouds()(x, t);
  };
  std::size_t kept = 0;
  sample(model, hasty, MatrixXd::Random(2, 3), {noisy, fine}, NoNoise{},
         [&](const Step&, const MatrixXd&, const MatrixXd&) { ++kept; });
  CHECK(times.size() > 3 * kept);  // some were repeated
  CHECK((times.size() - 3 * kept) % 2 == 0);
  std::sort(times.begin(), times.end());
  CHECK(std::adjacent_find(times.begin(), times.end()) == times.end());
}

TEST_CASE("AdaptiveDPMSolver: an observer sees the levels of the grid, or each step of the batch") {
  const MatrixXd x = MatrixXd::Random(2, 3);
  const Grid grid{noisy, vp(0.5), vp(0.1)};
  std::vector<double> times;
  Eigen::Index size = -1;
  MatrixXd last;
  const auto look = [&](const Step& step, const MatrixXd& state, const MatrixXd& x0) {
    times.push_back(step.to.time), size = x0.size(), last = state;
  };
  MatrixXd end = sample(two_clouds(), solver(1e-3), x, grid, NoNoise{}, look);
  CHECK(times == std::vector<double>{0.5, 0.1});
  CHECK(size == 0);
  CHECK(largest_difference(end, last) == 0);
  times.clear();
  end = sample(two_clouds(), together(solver(1e-3)), x, grid, NoNoise{}, look);
  CHECK(times.size() > 10);
  CHECK(std::is_sorted(times.rbegin(), times.rend()));
  CHECK(std::count(times.begin(), times.end(), 0.5) == 1);
  CHECK(times.back() == 0.1);
  CHECK(size == 6);
  CHECK(largest_difference(end, last) == 0);
  for (const AdaptiveDPMSolver& how : {solver(1e-3), together(solver(1e-3))}) {
    MatrixXd first;
    const auto stop = [&](const Step&, const MatrixXd& state, const MatrixXd&) {
      first = state;
      return false;
    };
    end = sample(two_clouds(), how, x, grid, NoNoise{}, stop);
    CHECK(largest_difference(end, first) == 0);
  }
  // What is reached at a level is what a run to it reaches, and the step goes on as long as it was.
  CHECK(largest_difference(
            sample(two_clouds(), solver(1e-3), x, {noisy, vp(0.5)}),
            sample(two_clouds(), solver(1e-3), x, grid, NoNoise{}, [&](const auto&...) { return false; })) == 0);
  int calls = 0, stopping = 0;
  sample(counted(two_clouds(), calls), solver(1e-3), x.col(0), {noisy, fine});
  sample(counted(two_clouds(), stopping), solver(1e-3), x.col(0), {noisy, vp(0.9), vp(0.5), vp(0.2), fine});
  CHECK(stopping <= calls + 4 * 3);
}

TEST_CASE("AdaptiveDPMSolver: with noise each level keeps its variance, and the last is reached without") {
  // With x̂₀ = 0.7 a run is 0.7 α_s + Σ cₖ ζₖ, ζ₀ the start: Σ c² = σ_s². A draw of ones at a time gives its cₖ.
  const auto check = [](const auto& schedule, const Grid& grid, double eta, Coupling coupling) {
    AdaptiveDPMSolver how{.at = at_lambda(schedule), .eta = eta, .coupling = coupling, .evaluations = 1000};
    double sum = 0;
    std::vector<std::int64_t> rows;
    for (std::int64_t k = -1; k == -1 || k < std::int64_t(rows.size()); ++k) {
      const MatrixXd start = MatrixXd::Constant(1, 2, 0.7 * grid.front().alpha + (k == -1 ? grid.front().sigma : 0));
      std::vector<std::int64_t> seen;
      const auto noise = [&](MatrixXd& z, std::int64_t row, std::int64_t) {
        z.setConstant(std::int64_t(seen.size()) == k ? 1 : 0);
        seen.push_back(row);
      };
      const MatrixXd end = sample(standing(0.7), how, start, grid, noise);
      CHECK(end(0, 0) == end(0, 1));
      const double c = end(0, 0) - 0.7 * grid.back().alpha;
      if (k >= 0 && k + 1 == std::int64_t(rows.size())) CHECK(std::abs(c) < 1e-14);  // of the step onto the end
      sum += c * c;
      if (k >= 0) CHECK(seen == rows);
      rows = seen;
    }
    INFO("eta = " << eta << ", " << rows.size() << " steps");
    CHECK(rows.size() > 3);
    CHECK(rows.front() == 0);
    if (grid.size() > 2) CHECK(std::find(rows.begin(), rows.end(), 1000) != rows.end());
    CHECK(std::abs(sum / (grid.back().sigma * grid.back().sigma) - 1) < 1e-11);
  };
  for (const double eta : {0.3, 1.0})
    for (const Coupling coupling : {Coupling::sample, Coupling::batch}) {
      check(vp, {noisy, fine}, eta, coupling);
      check(vp, {noisy, vp(0.6), vp(0.2), fine}, eta, coupling);
      check(EDM{}, {EDM{}(80), EDM{}(0.02)}, eta, coupling);
      check(RectifiedFlow{}, {RectifiedFlow{}(0.99), RectifiedFlow{}(0.01)}, eta, coupling);
    }
}

TEST_CASE("AdaptiveDPMSolver: with addressed noise a sample is the same in any batch") {
  AdaptiveDPMSolver noisily = solver(1e-2);
  noisily.eta = 0.7;
  const Grid grid{noisy, vp(0.5), fine};
  const MatrixXd start = prior(noisy, {2, 7}, Normals{5});
  const MatrixXd all = sample(two_clouds(), noisily, start, grid, Normals{5});
  CHECK(largest_difference(sample(two_clouds(), noisily, start.leftCols(3), grid, Normals{5}), all.leftCols(3)) == 0);
  const Many many{.dimension = 2, .count = 7, .seed = 5, .threads = 2, .block = 2};
  CHECK(largest_difference(sample_many(two_clouds(), noisily, grid, many), all) == 0);
  CHECK(largest_difference(sample(two_clouds(), noisily, start, grid, Normals{6}), all) > 0.01);
}

TEST_CASE("AdaptiveDPMSolver: matrices, arrays, tensors and floats") {
  const auto pixels = [](const auto& x, const Level& t) {  // N(0.5, 0.04), coordinate by coordinate
    auto x0 = x;
    using Scalar = typename decltype(x0)::Scalar;
    const double gain = t.alpha * 0.04 / (t.alpha * t.alpha * 0.04 + t.sigma * t.sigma);
    flat(x0) = Scalar(0.5) + Scalar(gain) * (flat(x) - Scalar(0.5 * t.alpha));
    return x0;
  };
  const MatrixXd x = MatrixXd::Random(6, 4);
  Eigen::Tensor<double, 3> tensor(2, 3, 4);
  flat(tensor) = flat(x);
  const auto deviation = [](const Level& t) { return std::sqrt(0.04 * t.alpha * t.alpha + t.sigma * t.sigma); };
  const MatrixXd truth = ((x.array() - 0.5 * noisy.alpha) * (deviation(fine) / deviation(noisy)) + 0.5 * fine.alpha);
  for (const AdaptiveDPMSolver& how : {solver(1e-4), together(solver(1e-4))}) {
    const MatrixXd end = sample(pixels, how, x, {noisy, fine});
    CHECK(largest_difference(end, truth) < 2e-4);
    CHECK(largest_difference(sample(pixels, how, Eigen::ArrayXXd(x), {noisy, fine}), end) == 0);
    const Eigen::Matrix<double, -1, -1, Eigen::RowMajor> by_row = x;
    CHECK(largest_difference(sample(pixels, how, by_row, {noisy, fine}), end) < 1e-12);
    CHECK(largest_difference(sample(pixels, how, tensor, {noisy, fine}), end) < 1e-12);
    CHECK(largest_difference(sample(pixels, how, Eigen::MatrixXf(x.cast<float>()), {noisy, fine}), end) < 1e-4);
    CHECK(largest_difference(sample(pixels, how, Eigen::Matrix<double, 6, 1>(x.col(2)), {noisy, fine}), truth.col(2)) <
          2e-4);
  }
  const Eigen::Matrix<double, 6, 4> fixed = x;
  CHECK(contains(refusal([&] { sample(pixels, solver(1e-4), fixed, {noisy, fine}); }), "Coupling::batch"));
  CHECK(largest_difference(sample(pixels, together(solver(1e-4)), fixed, {noisy, fine}), truth) < 2e-4);
}

TEST_CASE("AdaptiveDPMSolver: steps of no length, and a chain of discrete levels") {
  const MatrixXd x = MatrixXd::Random(2, 2);
  CHECK(largest_difference(sample(two_clouds(), solver(1e-6), x, {fine, fine}), x) < 1e-14);
  const Level close = at_lambda(vp)(lambda(noisy) + 1e-10);
  CHECK(largest_difference(sample(two_clouds(), solver(1e-6), x, {noisy, close, close}), x) < 1e-8);
  const Discrete chain = Discrete::linear();  // nearly the same process
  AdaptiveDPMSolver on_chain = solver(1e-5);
  on_chain.at = at_lambda(chain);
  const MatrixXd end = sample(two_clouds(), on_chain, x, {chain(990), chain(100)});
  const Grid between{at_lambda(vp)(lambda(chain(990))), at_lambda(vp)(lambda(chain(100)))};
  CHECK(largest_difference(end, sample(two_clouds(), solver(1e-5), x, between)) < 1e-4);
}

TEST_CASE("StepControl: the authors' rule, bounds of the smooth one, and gains of equal errors") {
  const StepControl authors{.smooth = false, .floor = 0}, smooth{}, pid{.p = 0.4, .i = 0.3, .d = 0.1};
  CHECK(std::abs(authors.factor(0.001, 5, 7, 3) - 9) < 1e-12);  // 0.9·0.001^(−1/3)
  CHECK(authors.factor(1, 1, 1, 2) == authors.accept);          // kept where E ≤ 1
  CHECK(authors.factor(1.001, 1, 1, 2) < authors.accept);
  CHECK(std::abs(smooth.factor(1, 1, 1, 2) - 0.9) < 1e-3);
  CHECK(smooth.factor(1e300, 1, 1, 2) > 0.2);
  CHECK(smooth.factor(0, 1, 1, 2) < 2.6);
  CHECK(std::abs(pid.factor(0.5, 0.5, 0.5, 2) - StepControl{.i = 0.3}.factor(0.5, 1, 1, 2)) < 1e-12);
  CHECK(pid.factor(0.5, 0.1, 0.1, 2) < pid.factor(0.5, 0.5, 0.5, 2));  // an error that rises
}

TEST_CASE("AdaptiveDPMSolver: refusals tell the numbers") {
  const MatrixXd x = MatrixXd::Random(2, 2);
  const auto refused = [&](const AdaptiveDPMSolver& how, const Grid& grid) {
    return refusal([&] { sample(two_clouds(), how, x, grid); });
  };
  CHECK(contains(refused({}, {noisy, fine}), ".at = at_lambda(schedule)"));
  CHECK(contains(refused(solver(1e-3), {noisy, vp(0)}), "time 0", "sigma = 0", "DDIM"));
  AdaptiveDPMSolver cosine{.at = at_lambda(Cosine{})};
  CHECK(contains(refused(cosine, {Cosine{}(1), Cosine{}(0.5)}), "time 1", "alpha = 0", "DDIM"));
  CHECK(contains(refused(solver(1e-3, 4), {noisy, fine}), "order = 4", "2 or 3"));
  CHECK(contains(refused(solver(1e-3, 2, Prediction::v), {noisy, fine}), "x0 or eps"));
  CHECK(contains(refused(solver(0), {noisy, fine}), "absolute_tolerance = 0", "positive"));
  CHECK(contains(refused(solver(std::nan("")), {noisy, fine}), "nan", "finite"));
  CHECK(contains(refused(solver(1 / 0.0), {noisy, fine}), "inf", "finite"));
  CHECK(contains(refused(solver(1e-3), {EDM{}(30), EDM{}(0.1)}), "another schedule", "alpha = 1"));
  AdaptiveDPMSolver how = solver(1e-3);
  how.eta = 1.5;
  CHECK(contains(refused(how, {noisy, fine}), "eta = 1.5", "[0, 1]"));
  how.eta = 0.5;
  CHECK(contains(refused(how, {fine, noisy}), "towards less noise"));
  CHECK(contains(refused(how, {noisy, fine}), "none was given"));
  how.eta = 0;
  how.first_step = 0;
  CHECK(contains(refused(how, {noisy, fine}), "first_step = 0"));
  how.first_step = 0.05;
  how.control.floor = -1;
  CHECK(contains(refused(how, {noisy, fine}), "floor = -1"));

  int calls = 0;
  const auto rough = [&](const MatrixXd& y, const Level&) -> MatrixXd {
    return MatrixXd::Constant(y.rows(), y.cols(), ++calls % 2);
  };
  const std::string message = refusal<std::runtime_error>([&] { sample(rough, solver(1e-8), x, {noisy, fine}); });
  CHECK(contains(message, "from time 1 to 0.001", "stands at time", "evaluations", "1e-08", "not met"));
  AdaptiveDPMSolver limited = solver(1e-8);
  limited.evaluations = 30;
  calls = 0;
  const auto model = counted(two_clouds(), calls);
  CHECK(contains(refusal<std::runtime_error>([&] {
                   sample(model, limited, MatrixXd(x.col(0)), {noisy, fine});
                 }),
                 "not met"));
  CHECK(calls <= 30);
  CHECK(calls > 27);
  const auto broken = [](const MatrixXd& y, const Level& t) -> MatrixXd {
    return t.time < 0.5 ? MatrixXd::Constant(y.rows(), y.cols(), std::nan("")) : MatrixXd(y / 2);
  };
  CHECK(contains(refusal<std::domain_error>([&] {
                   sample(broken, solver(1e-3), x, {noisy, fine});
                 }),
                 "at time 0.", "not finite"));
  const auto huge = [](const MatrixXd& y, const Level&) -> MatrixXd {
    return MatrixXd::Constant(y.rows(), y.cols(), 1.7e308);
  };
  CHECK(contains(refusal<std::domain_error>([&] { sample(huge, solver(1e-3), x, {noisy, fine}); }), "not finite"));
}
