// What it costs to measure a variance, against the evaluations of the denoiser that it takes, in the same blocks. Both
// in samples a second.

#include <tweedie/tweedie.hpp>

#include "side_by_side.hpp"

using namespace tweedie;
using Eigen::MatrixXf;

namespace {

/// As small as a network may be: two dense layers of 256 on samples of 64 numbers.
struct TwoLayers {
  MatrixXf first = MatrixXf::Random(256, 64), second = MatrixXf::Random(64, 256);
  void operator()(const MatrixXf& x, const Level&, MatrixXf& out) const {
    out.noalias() = second * (first * x).cwiseMax(0.0f) * (1.0f / 4096);
  }
};

void measure(benchmark::State& state, VarianceForm form) {
  const MatrixXf data = MatrixXf::Random(64, 4096);
  const TwoLayers denoise;
  const Grid one{VariancePreserving{}(0.5)};
  constexpr Eigen::Index block = 512;
  MatrixXf part(64, block), out(64, block);
  side_by_side(
      state, double(data.cols()),
      [&] { benchmark::DoNotOptimize(measured_variance(denoise, data, one, Normals{1}, {.form = form})); },
      [&] {
        for (Eigen::Index first = 0; first < data.cols(); first += block) {
          part = data.middleCols(first, block);
          denoise(part, one.front(), out);
          benchmark::DoNotOptimize(out.data());
        }
      });
}
void measured_scalar(benchmark::State& state) {
  measure(state, VarianceForm::scalar);
}
void measured_diagonal(benchmark::State& state) {
  measure(state, VarianceForm::diagonal);
}
void measured_full(benchmark::State& state) {
  measure(state, VarianceForm::full);
}
BENCHMARK(measured_scalar)->Unit(benchmark::kMillisecond)->MinTime(2);
BENCHMARK(measured_diagonal)->Unit(benchmark::kMillisecond)->MinTime(2);
BENCHMARK(measured_full)->Unit(benchmark::kMillisecond)->MinTime(2);

}  // namespace
