#include <unsupported/Eigen/CXX11/Tensor>

#include "variance/varied.hpp"

using namespace tweedie;
using Eigen::ArrayXXf;
using Eigen::MatrixXd;
using tests::contains;
using tests::refusal;
using namespace tests::varied;

TEST_CASE("ElementwiseVariance: one number for all is the table of with_variance") {
  const auto half = [](const Level&) { return 0.5; };
  const auto halves = [](const MatrixXd& x, const Level&) -> MatrixXd {
    return MatrixXd::Constant(x.rows(), x.cols(), 0.5);
  };
  for (const LastRow last : {LastRow::mean, LastRow::noise}) {
    const auto same = [&](const auto& sampler) {
      const MatrixXd one = sample(clouds(), ElementwiseVariance{sampler, halves, last}, start(), grid(), Normals{5}),
                     other =
                         sample(clouds(), with_variance(tabulate(sampler, grid()), half, last), start(), Normals{5});
      CHECK(tests::largest_difference(one, other) < 1e-12);
    };
    same(DDPM{});
    same(DDPM{forward_variance});
    same(DDIM{});
    same(DDIM{0.5});
  }
}

TEST_CASE("ElementwiseVariance: a callable of (x, level), of (x, level, x0), a model and a table") {
  const auto run = [](const auto& variance) -> MatrixXd {
    return sample(clouds(), ElementwiseVariance{DDPM{}, variance}, start(), grid(), Normals{5});
  };
  const MatrixXd by_model = run(clouds());
  CHECK(tests::largest_difference(run([](const MatrixXd& x, const Level& t) { return clouds().variance(x, t); }),
                                  by_model) == 0);
  CHECK(tests::largest_difference(run([](const MatrixXd& x, const Level& t, const MatrixXd& x0) {
                                    CHECK(tests::largest_difference(x0, clouds()(x, t)) == 0);
                                    return clouds().variance(x, t);
                                  }),
                                  by_model) == 0);
  const VarianceTable table =
      measured_variance(clouds(), clouds().draw(500, Philox(3)), grid(), Normals{1}, {.form = VarianceForm::diagonal});
  CHECK(tests::largest_difference(run(table),
                                  run([&](const MatrixXd& x, const Level& t) { return table.variance(x, t); })) == 0);
}

TEST_CASE("ElementwiseVariance: a column serves all samples") {
  const auto run = [](const auto& variance) -> MatrixXd {
    return sample(clouds(), ElementwiseVariance{DDPM{}, variance}, start(), grid(), Normals{5});
  };
  const Eigen::Vector2d column(0.3, 0.1);
  CHECK(tests::largest_difference(
            run([&](const MatrixXd&, const Level&) { return column; }),
            run([&](const MatrixXd& x, const Level&) { return MatrixXd(column.replicate(1, x.cols())); })) == 0);
}

TEST_CASE("ElementwiseVariance: states of every kind agree") {
  const auto run = [&]<class X>(const X& x) {
    const auto halve = [](const X& y, const Level&, X& out) { flat(out) = flat(y) * 0.5f; };
    const auto squares = [](const X& y, const Level&, X& out) { flat(out) = flat(y).square() * 0.1f; };
    return sample(halve, ElementwiseVariance{DDIM{0.5}, network_of(squares), LastRow::noise}, x, grid(), Normals{5});
  };
  const ArrayXXf x = start().cast<float>();
  const ArrayXXf array = run(x);
  const Eigen::MatrixXf matrix = run(Eigen::MatrixXf(x.matrix()));
  Eigen::Tensor<float, 3> tensor(1, 2, x.cols());
  columns(tensor) = x;
  const Eigen::Tensor<float, 3> of_tensor = run(tensor);
  CHECK(tests::largest_difference(matrix, array) < 1e-6);
  CHECK((columns(of_tensor).array() - array).abs().maxCoeff() < 1e-6f);
}

TEST_CASE("ElementwiseVariance: refusals") {
  const auto run = [](const auto& variance) {
    sample(clouds(), ElementwiseVariance{DDPM{}, variance}, start(), grid(), Normals{5});
  };
  CHECK(contains(
      refusal<std::domain_error>([&] { run([](const MatrixXd& x, const Level&) { return MatrixXd(-x.cwiseAbs()); }); }),
      "time 1", "not be negative"));
  CHECK(contains(refusal<std::domain_error>(
                     [&] { run([](const MatrixXd& x, const Level&) { return MatrixXd(x * Level::unknown); }); }),
                 "not finite"));
  CHECK(contains(refusal([&] { run([](const MatrixXd&, const Level&) { return MatrixXd(MatrixXd::Ones(3, 3)); }); }),
                 "elementwise variance", "shape 3x3", "state of 2x30"));
  // Before the first evaluation, and with the row: a table that ends too early, a sampler that refuses its third row.
  int asked = 0;
  const auto counting = [&](const MatrixXd& x, const Level& t) -> MatrixXd { return ++asked, clouds()(x, t); };
  const VarianceTable shorter =
      measured_variance(clouds(), clouds().draw(9, Philox(3)), {grid()[0], grid()[1]}, Normals{1});
  CHECK(contains(refusal([&] {
                   sample(counting, ElementwiseVariance{DDPM{}, shorter}, start(), grid(), Normals{5});
                 }),
                 "covers lambda", "time 0.5"));
  const DDPM odd{[](const Level& t, const Level&) { return t.time > 0.5 ? 0.1 : -0.1; }};
  CHECK(contains(refusal([&] {
                   sample(counting, ElementwiseVariance{odd, clouds()}, start(), grid(), Normals{5});
                 }),
                 "row 2", "-0.1"));
  CHECK(asked == 0);
  const ElementwiseVariance upward{DDPM{}, clouds()};
  CHECK(contains(refusal([&] { sample(clouds(), upward, start(), Grid(grid().rbegin(), grid().rend()), Normals{}); }),
                 "row 0"));
  CHECK(contains(refusal([&] {
                   sample(clouds(), ElementwiseVariance{DDPM{}, clouds()}, start(), grid());
                 }),
                 "draws noise"));
}

TEST_CASE("LearnedVariance: the whole variance of the row, whatever that of the sampler is") {
  const auto forward = [](const MatrixXd& x, const Level& t, const Level& s) -> MatrixXd {
    return MatrixXd::Constant(x.rows(), x.cols(), forward_variance(t, s));
  };
  const MatrixXd learned = sample(clouds(), LearnedVariance{DDPM{}, forward}, start(), grid(), Normals{5}),
                 large = sample(clouds(), DDPM{forward_variance}, start(), grid(), Normals{5});
  CHECK(tests::largest_difference(learned, large) < 1e-12);
  const LearnedVariance broken{DDPM{},
                               [](const MatrixXd& x, const Level&, const Level&) { return MatrixXd(-x.cwiseAbs()); }};
  CHECK(contains(refusal<std::domain_error>([&] { sample(clouds(), broken, start(), grid(), Normals{}); }),
                 "learned variance", "negative"));
}
