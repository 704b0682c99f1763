// What applying a row costs, against the same arithmetic written by hand with Eigen on the same arrays.

#include <tweedie/tweedie.hpp>

#include "side_by_side.hpp"

using namespace tweedie;
using Array = Eigen::ArrayXXf;

namespace {

/// x ← a x + c x̂₀ on 65,536 samples of 64 floats, against a = x*b + y*c. Both in numbers of the state a second.
void row_of_two_terms(benchmark::State& state) {
  Array x = Array::Random(64, 65536), result(64, 65536);
  const Array y = Array::Random(64, 65536);
  Terms<Array> terms;
  terms.add(0.1, y);
  side_by_side(
      state, double(x.size()), [&] { apply(0.9, x, terms); }, [&] { result = x * 0.9f + y * 0.1f; });
}
BENCHMARK(row_of_two_terms)->Unit(benchmark::kMillisecond)->MinTime(2);

/// The same with the noise added, three arrays read.
void row_of_three_terms(benchmark::State& state) {
  Array x = Array::Random(64, 65536), result(64, 65536);
  const Array y = Array::Random(64, 65536), z = Array::Random(64, 65536);
  Terms<Array> terms;
  terms.add(0.1, y);
  terms.add(0.3, z);
  side_by_side(
      state, double(x.size()), [&] { apply(0.9, x, terms); }, [&] { result = x * 0.9f + y * 0.1f + z * 0.3f; });
}
BENCHMARK(row_of_three_terms)->Unit(benchmark::kMillisecond)->MinTime(2);

/// The whole loop, with its checks of every estimate, against its arithmetic alone. The denoiser is as cheap as one can
/// be.
void loop_of_ten_rows(benchmark::State& state) {
  const Table table = tabulate(DDIM{}, levels(VariancePreserving{}, uniform(10, 1, 0.01)));
  const auto shrink = [](const Array& x, const Level& t, Array& out) { out = x * float(t.alpha); };
  const Array start = Array::Random(64, 65536);
  Array by_hand, estimate(64, 65536);
  side_by_side(
      state, 10 * double(start.size()), [&] { benchmark::DoNotOptimize(sample(shrink, table, start)); },
      [&] {
        by_hand = start;
        for (const auto& [t, s, row] : table) {
          const Row flattened = eliminated(row, t);
          shrink(by_hand, t, estimate);
          by_hand = by_hand * float(flattened.x) + estimate * float(flattened.x0[0]);
        }
      });
}
BENCHMARK(loop_of_ten_rows)->Unit(benchmark::kMillisecond)->MinTime(2);

}  // namespace
