// Grids that are joined of two: a level that stands twice, rounding apart, is a step of length zero, and one much
// shorter than those beside it does no harm. The errors are exact, by push_forward on Gaussian data, of which the flow
// is known in closed form; in float by a run.
#include <random>

#include "laws.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using tests::largest_difference;

namespace {

const double infinity = std::numeric_limits<double>::infinity();
double no_noise(const Level&) {
  return 0;
}
double flow(double rho) {
  return rho;
}

/// f(name, sampler) for every method that looks back. Those without noise come first; then, with `noisy`, the others.
template <class F>
void every_multistep(const F& f, bool noisy = true) {
  for (const int p : {2, 3, 4, 5})
    for (const Prediction kind : {Prediction::x0, Prediction::eps})
      f("DPMSolver", DPMSolver{.order = p, .prediction = kind, .lower_order_final = p < 4});
  for (const int p : {1, 2, 3, 4}) f("UniPC", UniPC{.order = p, .lower_order_final = p != 2});
  f("UniPC in eps", UniPC{.prediction = Prediction::eps, .moments = Moments::exact, .lower_order_final = false});
  for (const int p : {1, 2, 3, 4})
    f("SASolver", SASolver{.predictor = p, .corrector = p + 1, .noise = no_noise, .lower_order_final = p > 1});
  f("SASolver without corrector", SASolver{.predictor = 5, .corrector = 0, .noise = no_noise});
  for (const int p : {2, 4}) f("LMS", LMS{.order = p});
  f("LMS in v", LMS{.order = 3, .slope = Slope::v});
  f("IPNDM", IPNDM{});
  f("PNDM", PNDM{});
  f("DEIS", DEIS{});
  f("ERSDE", ERSDE{.phi = flow});
  if (!noisy) return;
  f("DPMSolver with noise", DPMSolver{.order = 2, .noise = 1});
  f("DPMSolver with noise", DPMSolver{.order = 3, .noise = 0.5});
  f("SASolver with noise", SASolver{});
  f("SASolver with noise", SASolver{.predictor = 3, .corrector = 3});
  f("ERSDE with noise", ERSDE{});
}

/// f(name, schedule, λ from, λ to).
template <class F>
void every_schedule(const F& f) {
  f("VP", VariancePreserving{}, -4.0, 5.0);
  f("cosine", Cosine{}, -4.0, 4.0);
  f("EDM", EDM{}, -4.3, 5.0);
  f("flow", RectifiedFlow{}, -4.0, 5.0);
  f("VE", VarianceExploding{}, -3.8, 5.0);
}

/// The error of the deviation on N(0.7, v), relative to √v, over data of five sizes.
double error(const Table& table) {
  double sum = 0;
  for (const double v : {0.01, 0.09, 0.5, 1.0, 4.0}) {
    const Gaussian<> data(VectorXd::Constant(1, 0.7), Covariance<>::isotropic(1, v));
    const auto deviation = [](const Gaussian<>& law) { return std::sqrt(law.covariance().matrix()(0, 0)); };
    const double off = deviation(push_forward(table, data)) - deviation(data.marginal(table.back().to));
    sum += off * off / v;
  }
  return std::sqrt(sum);
}

/// Where a point x goes on N(0.5, 0.09), and the variance that noise gives it.
std::pair<double, double> pushed(const Table& table, double x) {
  const Gaussian<> data(VectorXd::Constant(1, 0.5), Covariance<>::isotropic(1, 0.09)),
      start(VectorXd::Constant(1, x), Covariance<>::semidefinite(MatrixXd::Zero(1, 1)));
  const Gaussian<> end = push_forward(table, data, start);
  return {end.mean()[0], end.covariance().matrix()(0, 0)};
}

/// The same in float, row after row, of a table without noise.
float run_in_float(const Table& table, float x) {
  std::vector<float> x0, eps;  // of every row
  for (const auto& [t, s, row] : table) {
    const float alpha = float(t.alpha), sigma = float(t.sigma);
    x0.push_back(0.5f + alpha * 0.09f / (alpha * alpha * 0.09f + sigma * sigma) * (x - alpha * 0.5f));
    eps.push_back((x - alpha * x0.back()) / sigma);
    x *= float(row.x);
    for (std::size_t k = 0; k < depth(row); ++k) {
      if (row.x0[k] != 0) x += float(row.x0[k]) * x0[x0.size() - 1 - k];
      if (row.eps[k] != 0) x += float(row.eps[k]) * eps[eps.size() - 1 - k];
    }
  }
  return x;
}

/// One grid after another, and the same without the level that stands twice.
struct Joined {
  Grid twice, once;
};
Joined join(const Grid& first, const Grid& second) {
  Joined joined{first, first};
  joined.twice.insert(joined.twice.end(), second.begin(), second.end());
  joined.once.insert(joined.once.end(), second.begin() + 1, second.end());
  return joined;
}

}  // namespace

TEST_CASE("joined grids: the issue's, on which multistep methods went to 1e13") {
  const VariancePreserving vp{};
  const Grid first = levels(vp, uniform(6, 1, 0.116));
  auto [twice, once] = join(first, uniform_lambda(vp, 6, lambda(first.back()), 4));
  REQUIRE(lambda(twice[6]) != lambda(twice[7]));  // equal but for rounding
  twice.push_back(clean), once.push_back(clean);
  // The flow of N(μ, v) keeps (x − αμ)/√(α²v + σ²).
  const double alpha = first[0].alpha, sigma = first[0].sigma,
               right = 0.5 + 0.3 * (0.31 - alpha * 0.5) / std::hypot(0.3 * alpha, sigma);
  CHECK(std::abs(right - 0.592016) < 1e-6);
  every_multistep(
      [&, &twice = twice, &once = once](const char* name, const auto& sampler) {
        INFO(name);
        const Table table = tabulate(sampler, twice), merged = tabulate(sampler, once);
        CHECK(std::abs(pushed(table, 0.31).first - right) < 0.02);
        CHECK(std::abs(pushed(table, 0.31).first - pushed(merged, 0.31).first) < 1e-12);
        CHECK(std::abs(run_in_float(table, 0.31f) - run_in_float(merged, 0.31f)) < 1e-5f);
      },
      false);
  every_multistep([&, &twice = twice, &once = once](const char* name, const auto& sampler) {
    INFO(name);
    const auto [mean, variance] = pushed(tabulate(sampler, twice), 0.31);
    const auto [merged_mean, merged_variance] = pushed(tabulate(sampler, once), 0.31);
    CHECK(std::abs(mean - merged_mean) < 1e-12);
    CHECK(std::abs(variance - merged_variance) < 1e-12);
  });
}

TEST_CASE("joined grids: two hundred of every schedule are their merged grids, and cost no more") {
  std::mt19937 engine(14);
  std::uniform_real_distribution<double> uniformly(0, 1);
  every_schedule([&](const char* schedule, const auto& process, double from, double to) {
    for (int join_number = 0; join_number < 200; ++join_number) {
      const double at = from + (to - from) * (0.05 + 0.9 * uniformly(engine));
      const int n = 1 + int(8 * uniformly(engine)), m = 1 + int(8 * uniformly(engine));
      // One half equal in λ and one equal in time, so that the level is computed in two ways.
      const Grid in_time = levels(process, uniform(n, process.time(from), process.time(at)));
      auto [twice, once] = join(in_time, uniform_lambda(process, m, lambda(in_time.back()), to));
      if (join_number % 4 == 1) std::swap(twice[std::size_t(n)], twice[std::size_t(n) + 1]);
      if (join_number % 4 == 2) twice.insert(twice.begin(), twice.front());
      if (join_number % 2 == 0) twice.push_back(clean), once.push_back(clean);
      if (join_number % 4 == 0) twice.push_back(clean);
      INFO(schedule << " joined at lambda = " << at << ", " << n << " and " << m << " steps");
      const auto check = [&, &twice = twice, &once = once](const char* name, const auto& sampler) {
        INFO(name);
        const Table table = tabulate(sampler, twice), merged = tabulate(sampler, once);
        if (evaluations(table) != evaluations(merged)) CHECK(evaluations(table) == evaluations(merged));
        const auto [mean, variance] = pushed(table, 0.31 * once[0].sigma);
        const auto [merged_mean, merged_variance] = pushed(merged, 0.31 * once[0].sigma);
        if (!(std::abs(mean - merged_mean) + std::abs(variance - merged_variance) < 1e-9))
          CHECK(std::abs(mean - merged_mean) + std::abs(variance - merged_variance) < 1e-9);
        if (merged_variance > 0) return;
        const float x = 0.31f * float(once[0].sigma);
        const double off = std::abs(double(run_in_float(table, x)) - mean),
                     merged_off = std::abs(double(run_in_float(merged, x)) - mean);
        if (!(off < 2 * merged_off + 3e-6)) CHECK(off < 2 * merged_off + 3e-6);
      };
      every_multistep(check);
    }
  });
}

TEST_CASE("joined grids: a step of a tenth to 1e-13 of those beside it costs no method its accuracy") {
  std::mt19937 engine(5);
  std::uniform_real_distribution<double> uniformly(0, 1);
  every_schedule([&](const char* schedule, const auto& process, double from, double to) {
    const auto at = at_lambda(process);
    for (const double share : {1e-1, 3e-2, 1e-2, 1e-3, 1e-5, 1e-7, 1e-9, 1e-11, 1e-13})
      for (int repeat = 0; repeat < 6; ++repeat) {
        const double middle = from + (to - from) * (0.2 + 0.6 * uniformly(engine));
        const int n = 4 + int(8 * uniformly(engine)), m = 4 + int(8 * uniformly(engine));
        const Grid once = join(uniform_lambda(process, n, from, middle), uniform_lambda(process, m, middle, to)).once;
        Grid more = once;
        const auto i = std::size_t(repeat == 0 ? n : repeat == 1 ? 0 : int(double(n + m) * uniformly(engine)));
        const double h = lambda(once[i + 1]) - lambda(once[i]);
        const bool two = repeat % 3 == 2 && share < 0.1;  // two such steps, one after the other
        if (two) more.insert(more.begin() + std::ptrdiff_t(i) + 1, at(lambda(once[i]) + 2 * share * h));
        more.insert(more.begin() + std::ptrdiff_t(i) + 1, at(lambda(once[i]) + share * h));
        every_multistep([&](const char* name, const auto& sampler) {
          const double without = error(tabulate(sampler, once)), with = error(tabulate(sampler, more));
          INFO(schedule << ", " << name << ": " << share << " of step " << i << " of " << n << " + " << m << ": "
                        << with << " for " << without);
          // Rules for equal steps owe what is right of them on others to chance.
          const double factor = std::string_view(name).ends_with("PNDM") ? 4 : 2.5;
          if (!(with < factor * without + 1e-9)) CHECK(with < factor * without + 1e-9);
        });
      }
  });
}

TEST_CASE("joined grids: short steps in float, on equal steps, and at the end") {
  const auto edm = levels(EDM{}, uniform(12, 2, 0.2));
  for (const double share : {1e-1, 1e-3, 1e-6, 1e-9, 1e-12})
    for (const std::size_t i : {0u, 3u, 6u, 11u}) {
      Grid more = edm;
      more.insert(more.begin() + std::ptrdiff_t(i) + 1, EDM{}(edm[i].time + share * (edm[i + 1].time - edm[i].time)));
      every_multistep(
          [&](const char* name, const auto& sampler) {
            INFO(name << ": " << share << " of step " << i);
            const Table table = tabulate(sampler, more), without = tabulate(sampler, edm);
            CHECK(std::abs(run_in_float(table, 1.3f) - float(pushed(table, 1.3).first)) < 4e-6f);
            CHECK(error(table) < 4 * error(without) + 1e-6);
          },
          false);
    }
}

TEST_CASE("joined grids: a level stands twice at the ends, without noise and without signal, and all along") {
  const Cosine cosine{};
  const Grid once = levels(cosine, uniform(7));
  REQUIRE(once.front().alpha == 0);
  REQUIRE(once.back().sigma == 0);
  Grid ends{once.front(), once.front()}, all;
  ends.insert(ends.end(), once.begin() + 1, once.end());
  ends.push_back(once.back()), ends.push_back(clean);
  for (const Level& level : once) all.push_back(level), all.push_back(level);
  const auto check = [&](const char* name, const auto& sampler) {
    const Table merged = tabulate(sampler, once);
    for (const Grid& grid : {ends, all}) {
      INFO(name << ", " << grid.size() << " levels");
      const Table table = tabulate(sampler, grid);
      CHECK(evaluations(table) == evaluations(merged));
      CHECK(std::abs(pushed(table, 0.4).first - pushed(merged, 0.4).first) < 1e-14);
      CHECK(std::abs(pushed(table, 0.4).second - pushed(merged, 0.4).second) < 1e-14);
    }
  };
  every_multistep(check);
  check("DDIM", DDIM{}), check("DDIM", DDIM{.eta = 0.5}), check("DDPM", DDPM{});
  check("DDPM", DDPM{.variance = forward_variance}), check("ExponentialEuler", ExponentialEuler{0.5});
  check("Heun", Heun{}), check("Consistency", Consistency{}), check("TCD", TCD{.at = cosine});
  check("Ancestral", Ancestral<>{.at = at_lambda(cosine)}), check("plan", SinglestepPlan{});
  check("Churned", Churned<>{.churn = 2, .least = 0.05, .most = 5, .at = at_lambda(cosine)});
  // Upward as well, from above the data.
  Grid up(all.rbegin() + 2, all.rend()), up_once(once.rbegin() + 1, once.rend());
  const auto upward = [&](const char* name, const auto& sampler) {
    INFO(name << " upward");
    CHECK(std::abs(pushed(tabulate(sampler, up), 0.4).first - pushed(tabulate(sampler, up_once), 0.4).first) < 1e-14);
  };
  upward("UniPC", UniPC{}), upward("DPMSolver", DPMSolver{}), upward("DDIM", DDIM{});
  upward("LMS", LMS{.slope = Slope::v}), upward("SASolver", SASolver{.noise = no_noise});
}

TEST_CASE("joined grids: a published chain whose last timestep is the final level again") {
  const Discrete chain = Discrete::scaled_linear(1000, 0.00085, 0.012);
  std::vector<double> times = leading(20, 1000, 0);  // ends 1, 0; with the final alpha of the first level 1, 1
  times.back() = 1;
  const Grid twice = levels(chain, times), once(twice.begin(), twice.end() - 1);
  every_multistep([&](const char* name, const auto& sampler) {
    INFO(name);
    CHECK(std::abs(pushed(tabulate(sampler, twice), 0.4).first - pushed(tabulate(sampler, once), 0.4).first) < 1e-13);
  });
}

TEST_CASE("joined grids: the row of a step of length zero is the identity, of a sampler as of tabulate") {
  const VariancePreserving vp{};
  const auto [twice, once] = join(levels(vp, uniform(3, 1, 0.4)), uniform_lambda(vp, 3, lambda(vp(0.4)), 4));
  const auto stands = [&, &twice = twice](const auto& sampler) {
    for (const Row& row : {sampler.row(twice, 3), tabulate(sampler, twice)[3].row}) {
      CHECK(row.x == 1);
      CHECK(depth(row) == 0);
      CHECK(row.z == 0);
    }
    // A table of the rows themselves is that of tabulate.
    const Table table = tabulate(sampler, twice);
    for (std::size_t i = 0; i + 1 < twice.size(); ++i) {
      CHECK(sampler.row(twice, i).x0 == table[i].row.x0);
      CHECK(sampler.row(twice, i).eps == table[i].row.eps);
    }
  };
  stands(UniPC{}), stands(SASolver{}), stands(DPMSolver{.noise = 1}), stands(DEIS{}), stands(LMS{}), stands(IPNDM{});
  stands(ERSDE{}), stands(DEIS{.time = [=](double l) { return vp.time(l); }});
  // The second level may be a multiple of the first, as where VP goes on as EDM: x is scaled with it.
  const Level t = vp(0.4), s = EDM{}(t.sigma / t.alpha);
  const Table table = tabulate(UniPC{}, {vp(1), vp(0.7), t, s, EDM{}(0.5 * s.sigma), EDM{}(0.2 * s.sigma)});
  CHECK(std::abs(table[2].row.x - 1 / t.alpha) < 1e-14);
  const Table unscaled = tabulate(
      UniPC{}, {vp(1), vp(0.7), t, vp(vp.time(-std::log(0.5 * s.sigma))), vp(vp.time(-std::log(0.2 * s.sigma)))});
  CHECK(std::abs(pushed(table, 0.3).first - pushed(unscaled, 0.3).first / unscaled.back().to.alpha) < 1e-13);
  // Nothing but one level.
  CHECK(tabulate(PNDM{}, {t, t}).size() == 1);
  CHECK(tabulate(PNDM{}, {t, t})[0].row.x == 1);
  CHECK(tabulate(UniPC{}, {clean, clean})[0].row.x == 1);
}
