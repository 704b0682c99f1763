#include <unsupported/Eigen/CXX11/Tensor>

#include "variance/varied.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::refusal;
using namespace tests::varied;

namespace {
const MatrixXd& data() {
  static const MatrixXd x0 = clouds().draw(3000, Philox(4));
  return x0;
}
const auto variance = [](const Level& t) {
  static const VarianceTable table = measured_variance(clouds(), data(), grid(), Normals{1});
  return table(t);
};
/// The level of that λ, equal but for rounding.
Level vp_again(const Level& level) {
  const VariancePreserving vp{};
  Level again = vp(vp.time(lambda(level)));
  if (again.alpha == level.alpha && again.sigma == level.sigma) again.alpha = std::nextafter(again.alpha, 0);
  return again;
}
}  // namespace

TEST_CASE("nelbo: above the true code length, and less so the more the variance knows") {
  const double truth = -clouds().log_density(data()).mean() / 2 / std::numbers::ln2;
  const auto of = [](const auto& sampler) { return nelbo(clouds(), sampler, data(), grid(), Normals{1}); };
  const auto best =
      nelbo(clouds(), with_variance(tabulate(DDPM{}, grid()), variance, LastRow::noise), data(), Normals{1});
  const auto elementwise = of(ElementwiseVariance{DDPM{}, clouds(), LastRow::noise});
  CHECK(elementwise.bits_per_dimension() > truth);
  CHECK(best.bits_per_dimension() > elementwise.bits_per_dimension());
  for (const auto& worse : {DDPM{}, DDPM{forward_variance}}) {
    Table table = tabulate(worse, grid());
    const Bounding same_decoder{.decoder_variance = variance(grid()[3])};
    CHECK(nelbo(clouds(), table, data(), Normals{1}, Density{}, same_decoder).bits_per_dimension() >
          best.bits_per_dimension());
  }
  CHECK(best.terms.rows() == 5);
  CHECK(best.terms.cols() == 3000);
  CHECK((best.nats() - best.terms.colwise().sum().transpose()).norm() == 0);
  const Eigen::ArrayXd nats = best.nats();
  CHECK(std::abs(best.standard_error() -
                 std::sqrt((nats - nats.mean()).square().sum() / 2999 / 3000) / 2 / std::numbers::ln2) < 1e-12);
}

TEST_CASE("nelbo: an elementwise variance that is one number is the table's, in every kind of state") {
  const auto same = [](const MatrixXd& x, const Level& t) -> MatrixXd {
    return MatrixXd::Constant(x.rows(), x.cols(), variance(t));
  };
  const Table table = with_variance(tabulate(DDIM{0.5}, grid()), variance, LastRow::noise);
  const auto of_table = nelbo(clouds(), table, data(), Normals{1});
  const auto elementwise =
      nelbo(clouds(), ElementwiseVariance{DDIM{0.5}, same, LastRow::noise}, data(), grid(), Normals{1});
  CHECK(tests::largest_difference(of_table.terms, elementwise.terms) < 1e-10);
  Eigen::Tensor<float, 3> tensor(2, 1, data().cols());
  columns(tensor) = data().cast<float>();
  const auto of_tensor = nelbo(clouds(), table, tensor, Normals{1});
  CHECK(tests::largest_difference(of_table.terms, of_tensor.terms) < 1e-2);
  CHECK(std::abs(of_table.bits_per_dimension() - of_tensor.bits_per_dimension()) < 1e-5);
}

TEST_CASE("nelbo: a sampler of rows along a grid is its table") {
  const Bounding how{.decoder_variance = 0.1};
  const auto along = nelbo(clouds(), DDPM{}, data(), grid(), Normals{1}, Density{}, how),
             table = nelbo(clouds(), tabulate(DDPM{}, grid()), data(), Normals{1}, Density{}, how);
  CHECK(along.terms == table.terms);
  CHECK(along.dimension == 2);
}

TEST_CASE("nelbo: a learned variance, and the choices of prior and decoder") {
  const LearnedVariance sampler{
      DDPM{}, learned_range([](const MatrixXd& x, const Level&) -> MatrixXd { return x.array().tanh(); })};
  const Bounding how{.prior_deviation = 1.5, .decoder_variance = 0.01};
  const auto bound = nelbo(clouds(), sampler, data(), grid(), Normals{1}, Dequantised{.lo = -9, .hi = 9}, how);
  CHECK(bound.terms.allFinite());
  const double prior = prior_cost(grid().front(), data().cwiseAbs2().mean(), 1.5);
  CHECK(std::abs(bound.terms.row(0).mean() / 2 - prior) < 1e-12);
  CHECK(bound.decoder.hi == 9);
  CHECK(contains(refusal([&] { nelbo(clouds(), sampler, data(), grid(), Normals{1}); }), "row 3", "draws no noise",
                 "decoder_variance"));
  // Batches that say where they begin have the noise of the whole.
  const auto part =
      nelbo(clouds(), sampler, data().middleCols(100, 50), grid(), Normals{1}, Dequantised{.lo = -9, .hi = 9},
            {.prior_deviation = 1.5, .decoder_variance = 0.01, .first_sample = 100});
  CHECK(tests::largest_difference(part.terms, MatrixXd(bound.terms.middleCols(100, 50))) < 1e-12);
}

TEST_CASE("nelbo: the mean of its terms is what step_cost says of the mean square error") {
  const Table table = with_variance(tabulate(DDPM{}, grid()), variance, LastRow::noise);
  // With the noise of the measurement, so that the errors are the same. By themselves the two draw different noise from
  // one seed.
  const auto measurement = [](MatrixXd& z, std::int64_t row, std::int64_t first) { Normals{1}(z, row + 1, first); };
  const auto bound = nelbo(clouds(), table, data(), measurement);
  for (std::size_t i = 0; i < table.size(); ++i)
    CHECK(std::abs(bound.terms.row(Eigen::Index(i) + 1).mean() / 2 - step_cost(table[i], variance(grid()[i]))) < 1e-9);
}

TEST_CASE("bound_cost: the trajectory of least bound is no worse than any other, and its cost is that of its rows") {
  const Grid candidates = levels(VariancePreserving{}, uniform(4));
  for (const auto& sampler : {DDPM{}, DDPM{forward_variance}}) {
    const Trajectory best = least_cost(candidates, 3, bound_cost(sampler, variance));
    Table rows = tabulate(sampler, best.grid);
    rows.back().row.z = std::sqrt(variance(rows.back().from));
    double sum = 0;
    for (const Step& step : rows) sum += step_cost(step, variance(step.from));
    CHECK(std::abs(sum - best.cost) < 1e-12);
    for (std::size_t left_out = 1; left_out < 4; ++left_out) {
      double other = 0;
      for (std::size_t i = 0, next; i < 4; i = next) {
        next = i + 1 == left_out ? i + 2 : i + 1;
        other += bound_cost(sampler, variance)(candidates[i], candidates[next]);
      }
      CHECK(other >= best.cost - 1e-12);
    }
  }
}

TEST_CASE("nelbo: a step of length zero has the term 0, and costs no evaluation") {
  const MatrixXd some = data().leftCols(40), fixed = MatrixXd::Constant(2, 40, 0.6);
  const auto same = [&](MatrixXd& z) { z = fixed; };  // at every level, so that rows may be counted otherwise
  const Grid& once = grid();
  Grid twice{once[0], once[0], once[1], once[2], vp_again(once[2]), once[3], clean, once[4]};
  REQUIRE(lambda(twice[3]) != lambda(twice[4]));
  const Eigen::Index standing[] = {0, 3, 6}, moving[] = {1, 2, 4, 5};
  int calls = 0;
  const auto counted = [&](const MatrixXd& x, const Level& t) -> MatrixXd { return ++calls, clouds()(x, t); };
  const auto check = [&](const auto& of) {
    calls = 0;
    const MatrixXd terms = of(twice).terms;
    CHECK(calls == 4);
    const MatrixXd merged = of(once).terms;
    REQUIRE(terms.rows() == 8);
    for (const Eigen::Index i : standing) CHECK(terms.row(i + 1).cwiseAbs().maxCoeff() == 0);
    for (Eigen::Index i = 0; i < 4; ++i) CHECK((terms.row(moving[i] + 1) - merged.row(i + 1)).norm() < 1e-9);
  };
  check([&](const Grid& on) {
    return nelbo(counted, with_variance(tabulate(DDPM{}, on), variance, LastRow::noise), some, same);
  });
  check([&](const Grid& on) {
    return nelbo(counted, DDPM{forward_variance}, some, on, same, Density{}, {.decoder_variance = 0.1});
  });
  check([&](const Grid& on) {
    return nelbo(counted, ElementwiseVariance{DDPM{}, clouds(), LastRow::noise}, some, on, same);
  });
  check([&](const Grid& on) {  // the row written by hand
    Table table = with_variance(tabulate(DDPM{}, on), variance, LastRow::noise);
    for (Step& step : table)
      if (step.row.z == 0 && step.from.sigma > 0) step.row = DDIM{}.row(step.from, step.to);
    return nelbo(counted, table, some, same);
  });
  // As costs: of rows, and of the levels.
  CHECK(step_cost({once[1], once[1], {.x = 1}}, 0.3) == 0);
  CHECK(step_cost({once[1], once[1], DDIM{}.row(once[1], once[1])}, 0.3) == 0);
  CHECK(step_cost({clean, clean, {.x = 1}}, 0) == 0);
  CHECK(bound_cost(DDPM{}, variance)(once[2], once[2]) == 0);
  CHECK(bound_cost(DDPM{}, variance)(clean, clean) == 0);
  // A row that stays at its level and is not the identity has a term; one that draws nothing is refused as before.
  CHECK(step_cost({once[1], once[1], langevin_row(once[1], 0.01)}, 0.3) != 0);
  const auto refused = [](const Row& row) { return refusal([&] { step_cost({grid()[1], grid()[1], row}, 0.3); }); };
  CHECK(contains(refused({.x = 0.9, .x0 = {0.1 * grid()[1].alpha}}), "draws no noise"));
  CHECK(contains(refusal([&] { step_cost({clean, clean, {.x0 = {1}, .z = 1}}, -1); }), "v = -1"));
}

TEST_CASE("nelbo: refusals name the row and the rule") {
  const auto refused = [](const Table& table, const MatrixXd& x0 = data()) {
    return refusal([&] { nelbo(clouds(), table, x0, Normals{1}); });
  };
  const Table best = with_variance(tabulate(DDPM{}, grid()), variance, LastRow::noise);
  CHECK(contains(refused(with_variance(tabulate(DDIM{}, grid()), variance, LastRow::noise)), "row 0", "tau = 0"));
  CHECK(contains(refused(tabulate(DDPM{}, grid())), "row 3", "draws no noise", "LastRow::noise"));
  CHECK(contains(refused(Table(best.begin(), best.end() - 1)), "end at the data"));
  CHECK(contains(refused({best[0], best[2], best[3]}), "row 1", "does not begin"));
  CHECK(contains(refusal([&] { nelbo(clouds(), best, data(), Normals{1}, Density{}, {.decoder_variance = -1}); }),
                 "decoder_variance = -1"));
  CHECK(contains(refusal([&] { step_cost(best[0], -5); }), "v = -5"));
  CHECK(contains(refusal([&] {
                   step_cost({EDM{}(3), EDM{}(1), {.x = 0.3, .x0 = {0.5}, .z = 1}}, 1);
                 }),
                 "c = 0.5", "0.7"));
  CHECK(contains(refusal([&] { bound_cost(DDIM{}, variance)(grid()[0], grid()[1]); }), "bound_cost", "(time 1 to 0.75)",
                 "tau = 0"));
  CHECK(contains(refusal([&] { bound_cost(DDPM{}, [](const Level&) { return 0.0; })(grid()[3], clean); }),
                 "decoder must be positive"));
  CHECK(contains(refused({best[0], {best[1].from, {.alpha = 2, .sigma = 0}, {.x0 = {2}, .z = 1}}}), "alpha = 2"));
  CHECK(contains(refused({best[3], best[3]}), "row 0", "rows follow"));
  CHECK(contains(refused({{clean, clean, {.x0 = {1}, .z = 1}}}), "begins without noise"));
  CHECK(contains(refused(best, MatrixXd(2, 0)), "empty"));
  CHECK(contains(refused(best, MatrixXd(data() / 0.0)), "not finite"));
  CHECK(contains(refusal([&] { nelbo(clouds(), best, data(), Normals{1}, Dequantised{.lo = 0, .hi = 1}); }),
                 "outside 0 to 1"));
  CHECK(contains(refusal([&] { nelbo(clouds(), best, data(), Normals{1}, Density{}, {.prior_deviation = -1}); }),
                 "prior is -1"));
  CHECK(contains(refusal([&] { step_cost({grid()[0], grid()[1], DDIM{}.row(grid()[0], grid()[1])}, 1); }), "tau = 0"));
}
