#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;

// What a denoiser may do wrong in the loop, each with the sentence that names the row and its time.

namespace {
const Grid grid = levels(EDM{}, {4, 2, 1, 0});
const MatrixXd x = MatrixXd::Ones(2, 3);

template <class E, class F>
std::string sampled(const F& denoise) {
  return tests::refusal<E>([&] { sample(denoise, DDIM{}, x, grid); });
}
}  // namespace

TEST_CASE("a denoiser that returns NaN or infinity is reported with the row and its time") {
  const auto nan_at_2 = [](const MatrixXd& at, const Level& t) -> MatrixXd {
    return at * (t.time == 2 ? std::nan("") : 1);
  };
  CHECK(tests::contains(sampled<std::domain_error>(nan_at_2), "row 1", "time 2", "not finite"));
  const auto infinite = [](const MatrixXd& at, const Level& t) -> MatrixXd { return at / (t.time - 4); };
  CHECK(tests::contains(sampled<std::domain_error>(infinite), "row 0", "time 4", "not finite"));
}

TEST_CASE("a denoiser that returns another shape is reported with the row and its time") {
  const auto narrow = [](const MatrixXd& at, const Level& t) -> MatrixXd { return at.leftCols(t.time == 1 ? 1 : 3); };
  CHECK(tests::contains(sampled<std::invalid_argument>(narrow), "row 2", "time 1", "2x1", "2x3"));
}

TEST_CASE("a state that blows up is told from a denoiser that fails") {
  const auto fine = [](const MatrixXd& at, const Level&) -> MatrixXd { return at; };
  const Table table{{grid[0], grid[1], {.x = 1e308, .x0 = {1e308}}}, {grid[1], grid[2], {.x0 = {1}}}};
  CHECK(tests::contains(tests::refusal<std::domain_error>([&] { sample(fine, table, x); }), "row 0", "time 4 to 2",
                        "the state that it leads to"));
  const auto blows_up = [](const MatrixXd& at, const Level&) -> MatrixXd { return at / 0.0; };
  CHECK(tests::contains(tests::refusal<std::domain_error>([&] { sample(blows_up, table, x); }), "row 0 at time 4",
                        "the denoiser returned"));
}

TEST_CASE("what a denoiser throws itself passes") {
  const auto fails = [](const MatrixXd&, const Level&) -> MatrixXd { throw std::runtime_error("no weights"); };
  CHECK(sampled<std::runtime_error>(fails) == "no weights");
}
