// What a normal number costs: Normals and an engine's, against a plain Box-Muller over Eigen arrays, and against
// std::normal_distribution, both fed by std::mt19937_64. In numbers a second.

#include <numbers>
#include <random>
#include <tweedie/tweedie.hpp>

#include "side_by_side.hpp"

using namespace tweedie;
using Array = Eigen::ArrayXXd;

namespace {

/// z = √(−2 ln u₁) (cos 2πu₂, sin 2πu₂), whole arrays at a time.
class BoxMuller {
 public:
  void operator()(Array& z) {
    const Eigen::Index half = z.rows() / 2;
    u1_.resize(half, z.cols());
    u2_.resize(half, z.cols());
    for (Array* u : {&u1_, &u2_})
      for (double& value : u->reshaped()) value = (double(engine_() >> 11) + 0.5) * 0x1p-53;
    u1_ = (-2 * u1_.log()).sqrt();
    u2_ *= 2 * std::numbers::pi;
    z.topRows(half) = u1_ * u2_.cos();
    z.bottomRows(half) = u1_ * u2_.sin();
  }

 private:
  std::mt19937_64 engine_;
  Array u1_, u2_;
};

void normals_against_box_muller(benchmark::State& state) {
  Array ours(64, 16384), theirs(64, 16384);
  BoxMuller box_muller;
  side_by_side(
      state, double(ours.size()), [&] { Normals{1}(ours, 0); }, [&] { box_muller(theirs); });
}
BENCHMARK(normals_against_box_muller)->Unit(benchmark::kMillisecond)->MinTime(2);

void engine_against_box_muller(benchmark::State& state) {
  Array ours(64, 16384), theirs(64, 16384);
  BoxMuller box_muller;
  std::mt19937_64 engine;
  side_by_side(
      state, double(ours.size()), [&] { draw(engine, ours, 0); }, [&] { box_muller(theirs); });
}
BENCHMARK(engine_against_box_muller)->Unit(benchmark::kMillisecond)->MinTime(2);

void normals_against_std_normal_distribution(benchmark::State& state) {
  Array ours(64, 16384), theirs(64, 16384);
  std::mt19937_64 engine;
  std::normal_distribution<double> normal;
  side_by_side(
      state, double(ours.size()), [&] { Normals{1}(ours, 0); },
      [&] {
        for (double& value : theirs.reshaped()) value = normal(engine);
      });
}
BENCHMARK(normals_against_std_normal_distribution)->Unit(benchmark::kMillisecond)->MinTime(2);

}  // namespace
