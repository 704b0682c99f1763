// The tables of solvers: observed orders beside the published ones, and what a budget of evaluations buys.

#include "generated.hpp"
#include "ledger/mixtures.hpp"

namespace tests {
namespace {

using namespace tweedie;

const VariancePreserving& vp() {
  static const VariancePreserving schedule{};
  return schedule;
}
/// N(1.3, 0.25).
const Gaussian<>& data() {
  static const Gaussian<> law(Eigen::VectorXd::Constant(1, 1.3),
                              Covariance<double>(Eigen::MatrixXd::Constant(1, 1, 0.25).eval()));
  return law;
}
double deviation(const Gaussian<>& law) {
  return std::sqrt(law.covariance().matrix()(0, 0));
}

struct Method {
  std::string code;   ///< as a user writes it
  int published = 0;  ///< order, with noise that of its estimates
  std::string
      note;  ///< why the order is another, with what it is: "2: …"; "start" where it depends on the first steps, "little" on the noise
  std::function<Table(const Grid&)> table;  ///< without lower orders at the end
  std::function<Table(const Grid&)> run;    ///< with them, as one would run it
  bool noise = false;
};

template <class S>
Method method(const std::string& code, int published, const S& sampler, const std::string& note = "") {
  S plain = sampler;
  if constexpr (requires { plain.lower_order_final; }) plain.lower_order_final = false;
  return {code, published, note, [plain](const Grid& grid) { return tabulate(plain, grid); },
          [sampler](const Grid& grid) { return tabulate(sampler, grid); }};
}
template <class S>
Method stochastic(const std::string& code, int published, const S& sampler, const std::string& note = "") {
  Method made = method(code, published, sampler, note);
  made.noise = true;
  return made;
}

std::vector<Method> methods() {
  const auto at = at_lambda(vp());
  const auto in_time = [](double lambda) { return vp().time(lambda); };
  const auto in_eps = Prediction::eps;
  const auto ratio = [](double rho) { return rho; };
  const std::string rough = "2: with noise the estimates are no polynomial along the path";
  const std::string equal = "2: the weights are those of equal steps in σ/α", begins = "start";
  return {
      method("DDIM{}", 1, DDIM{}),
      method("Heun{}", 2, Heun{}),
      method("Heun{Slope::v}", 2, Heun{Slope::v}),
      method("Heun{Slope::velocity}", 2, Heun{Slope::velocity}),
      method("Midpoint{.at}", 2, Midpoint{.at = at}),
      method("RungeKutta4{.at}", 4, RungeKutta4{.at = at}),
      method("RungeKutta4{Slope::v, .at}", 4, RungeKutta4{Slope::v, at}),
      method("LMS{.order = 2}", 2, LMS{.order = 2}),
      method("LMS{.order = 3}", 3, LMS{.order = 3}),
      method("LMS{.order = 4}", 4, LMS{.order = 4}, begins),
      method("LMS{.order = 3, .slope = Slope::v}", 3, LMS{.order = 3, .slope = Slope::v}),
      method("IPNDM{.order = 2}", 2, IPNDM{.order = 2}),
      method("IPNDM{.order = 4}", 4, IPNDM{.order = 4}, equal),
      method("PNDM{}", 4, PNDM{}, equal),
      method("DPMSolver{.order = 2}", 2, DPMSolver{.order = 2}),
      method("DPMSolver{.order = 2, .moments = midpoint}", 2, DPMSolver{.order = 2, .moments = Moments::midpoint}),
      method("DPMSolver{.order = 3}", 3, DPMSolver{.order = 3}),
      method("DPMSolver{.order = 3, .moments = published}", 3, DPMSolver{.order = 3, .moments = Moments::published},
             "2: half of Taylor's coefficient"),
      method("DPMSolver{.order = 4}", 4, DPMSolver{.order = 4}, begins),
      method("DEIS{.order = 2}", 2, DEIS{.order = 2}),
      method("DEIS{.order = 3}", 3, DEIS{.order = 3}),
      method("DEIS{.order = 3, .time}", 3, DEIS{.order = 3, .time = in_time}),
      method("UniPC{.order = 1}", 2, UniPC{.order = 1}),
      method("UniPC{.order = 2}", 3, UniPC{.order = 2}),
      method("UniPC{.order = 2, .moments = flat}", 3, UniPC{.order = 2, .moments = Moments::flat}),
      method("UniPC{.order = 2, .corrector = false}", 2, UniPC{.order = 2, .corrector = false}),
      method("UniPC{.order = 3}", 4, UniPC{.order = 3}),
      method("UniPC{.order = 3, .prediction = eps}", 4, UniPC{.order = 3, .prediction = in_eps}),
      method("SinglestepDPMSolver{.order = 2, .at}", 2, SinglestepDPMSolver{.order = 2, .at = at}),
      method("SinglestepDPMSolver{.order = 2, .moments = midpoint, .at}", 2,
             SinglestepDPMSolver{.order = 2, .moments = Moments::midpoint, .at = at}),
      method("SinglestepDPMSolver{.order = 3, .at}", 3, SinglestepDPMSolver{.order = 3, .at = at}),
      method("SinglestepDPMSolver{.order = 3, .prediction = eps, .at}", 3,
             SinglestepDPMSolver{.order = 3, .prediction = in_eps, .at = at}),
      method("SinglestepDPMSolver{.order = 3, .quadratic = true, .at}", 3,
             SinglestepDPMSolver{.order = 3, .quadratic = true, .at = at}),
      method("SASolver{.noise = 0}", 2, SASolver{.noise = 0}),
      method("ERSDE{.order = 2, .phi = ρ}", 2, ERSDE{.order = 2, .phi = ratio}),
      method("ERSDE{.order = 3, .phi = ρ}", 3, ERSDE{.order = 3, .phi = ratio}),
      stochastic("DDIM{.eta = 1}", 1, DDIM{1}),
      stochastic("DPMSolver{.order = 2, .noise = 1}", 2, DPMSolver{.order = 2, .noise = 1}),
      stochastic("DPMSolver{.order = 3, .noise = 1}", 3, DPMSolver{.order = 3, .noise = 1}, rough),
      stochastic("SASolver{}", 2, SASolver{}),
      stochastic("ERSDE{.order = 2}", 2, ERSDE{.order = 2}),
      stochastic("ERSDE{.order = 3}", 3, ERSDE{.order = 3}, "little"),
      stochastic("SinglestepDPMSolver{.order = 2, .noise = 1, .at}", 2,
                 SinglestepDPMSolver{.order = 2, .noise = 1, .at = at}),
      stochastic("SinglestepDPMSolver{.order = 3, .noise = 1, .at}", 3,
                 SinglestepDPMSolver{.order = 3, .noise = 1, .at = at}, rough),
      stochastic("DPMSolverSDE{.at}", 2, DPMSolverSDE{.at = at}),
      stochastic("Ancestral<Heun>{.at}", 2, Ancestral<Heun>{.at = at}),
      stochastic("Ancestral<Midpoint>{.method = {.at}, .at}", 2, Ancestral<Midpoint>{.method = {.at = at}, .at = at}),
      stochastic("Ancestral<SinglestepDPMSolver>{.method = {.at}, .at}", 2,
                 Ancestral<SinglestepDPMSolver>{.method = {.at = at}, .at = at}),
      stochastic("Ancestral<SinglestepDPMSolver>{.method = {.order = 3, .at}, .at}", 3,
                 Ancestral<SinglestepDPMSolver>{.method = {.order = 3, .at = at}, .at = at}),
  };
}

/// The three modes by the paths of K starts, the quantiles of N(0, 1), from t to s.
struct Paths {
  Level t, s;
  Eigen::MatrixXd start, truth;
  Paths(const Level& from, const Level& to, int count) : t(from), s(to), start(1, count) {
    for (int k = 0; k < count; ++k)
      start(0, k) = normal_quantile<8>(Eigen::Array<double, 8, 1>::Constant((k + 0.5) / count - 0.5))[0];
    truth = start.unaryExpr([&](double x) { return quantile_map(x, from, to); });
  }
};

/// Between 400 and 800 equal steps in λ: of the standard deviation on Gaussian data, by push_forward, and of the
/// largest error on three modes.
std::string orders() {
  const auto grid = [](int n) { return uniform_lambda(vp(), n, lambda(vp()(1)), lambda(vp()(0.02))); };
  const Grid coarse = grid(400), fine = grid(800);
  const Paths paths(coarse.front(), coarse.back(), 9);
  const auto of_deviation = [&](const Method& m, const Grid& on) {
    return deviation(push_forward(m.table(on), data())) - deviation(data().marginal(on.back()));
  };
  const auto of_paths = [&](const Method& m, const Grid& on) {
    return (sample(three_modes(), m.table(on), paths.start) - paths.truth).cwiseAbs().maxCoeff();
  };
  std::string text =
      "| solver | evaluations a step | published | Gaussian | three modes | |\n"
      "| --- | ---: | ---: | ---: | ---: | --- |\n";
  for (const Method& m : methods()) {
    INFO(m.code);
    const double gaussian = std::log2(std::fabs(of_deviation(m, coarse) / of_deviation(m, fine)));
    text += "| `" + m.code + "` | " + std::to_string(evaluations(m.table(coarse)) / (coarse.size() - 1)) + " | " +
            std::to_string(m.published) + " | " + print("%.2f", gaussian) + " | ";
    const double expected = m.note.empty() ? m.published : m.note.front() - '0';
    if (m.noise) {
      const bool little = m.note == "little";
      text += "- | " + (little ? "2 in the end: its φ makes little noise" : m.note) + " |\n";
      if (!little) CHECK(std::fabs(gaussian - expected) < 0.15);
      continue;
    }
    const double modes = std::log2(of_paths(m, coarse) / of_paths(m, fine));
    text += print("%.2f", modes) + " | " + (m.note == "start" ? "the first steps show" : m.note) + " |\n";
    if (m.note == "start") continue;
    CHECK(std::fabs(gaussian - expected) < 0.15);
    CHECK(std::fabs(modes - expected) < 0.15);
  }
  return text;
}

/// n steps onto the data: equal in λ but for the last, Karras' likewise, equal in time, finer in time near the data.
Grid spaced(const std::string& spacing, int n) {
  if (spacing == "time") return levels(vp(), uniform(n));
  if (spacing == "quadratic") return levels(vp(), quadratic(n));
  const Level& first = vp()(1);
  if (n == 1) return {first, vp()(0)};
  Grid grid = spacing == "karras" ? karras(vp(), n - 1, first.sigma / first.alpha, std::exp(-5.0))
                                  : uniform_lambda(vp(), n - 1, lambda(first), 5);
  grid.push_back(vp()(0));
  return grid;
}

/// On the grid of most steps that costs no more than the budget.
Table at_budget(const Method& m, std::size_t budget, const std::string& spacing) {
  Table best;
  for (int n = 1; n <= int(budget); ++n) {
    const Table table = m.run(spaced(spacing, n));
    if (evaluations(table) > budget) break;
    best = table;
  }
  return best;
}

/// W₂ between what the start is led to and the data, for so many evaluations, a column each.
template <class Distance>
std::string budgets(bool with_noise, const Distance& distance) {
  std::string text = "| solver | 5 | 10 | 20 | 50 |\n| --- | ---: | ---: | ---: | ---: |\n";
  for (const Method& m : methods()) {
    if (m.noise && !with_noise) continue;
    text += "| `" + m.code + "` |";
    for (const std::size_t budget : {std::size_t(5), std::size_t(10), std::size_t(20), std::size_t(50)})
      text += " " + print("%.1e", distance(at_budget(m, budget, "lambda"))) + " |";
    text += "\n";
  }
  return text;
}

/// The paths of 500 starts onto the data, as a distance of the ends.
double of_modes(const Table& table) {
  static const Paths paths(vp()(1), clean, 500);
  Eigen::MatrixXd end = sample(three_modes(), table, paths.start);
  std::sort(end.data(), end.data() + end.size());
  return std::sqrt((end - paths.truth).squaredNorm() / double(end.size()));
}

/// Four grids at one budget.
std::string grids(std::size_t budget) {
  const std::vector<std::string> chosen{"DDIM{}",
                                        "Heun{}",
                                        "Heun{Slope::v}",
                                        "LMS{.order = 3}",
                                        "LMS{.order = 3, .slope = Slope::v}",
                                        "PNDM{}",
                                        "DEIS{.order = 3}",
                                        "DPMSolver{.order = 2}",
                                        "DPMSolver{.order = 2, .moments = midpoint}",
                                        "DPMSolver{.order = 3}",
                                        "UniPC{.order = 2}",
                                        "UniPC{.order = 3}"};
  std::string text =
      "| solver | `uniform` | `quadratic` | `uniform_lambda` | `karras` |\n| --- | ---: | ---: | ---: | ---: |\n";
  for (const Method& m : methods()) {
    if (std::find(chosen.begin(), chosen.end(), m.code) == chosen.end()) continue;
    text += "| `" + m.code + "` |";
    for (const char* spacing : {"time", "quadratic", "lambda", "karras"})
      text += " " + print("%.1e", of_modes(at_budget(m, budget, spacing))) + " |";
    text += "\n";
  }
  return text;
}

}  // namespace

std::string solver_table(const std::string& name) {
  if (name == "solver-orders") return orders();
  if (name == "solver-gaussian")
    return budgets(true, [](const Table& table) { return wasserstein2(push_forward(table, data()), data()); });
  if (name == "solver-modes") return budgets(false, of_modes);
  if (name == "solver-grids-5") return grids(5);
  if (name == "solver-grids-10") return grids(10);
  if (name == "solver-grids-20") return grids(20);
  return {};
}

}  // namespace tests
