#include "sampling.hpp"

#include <atomic>
#include <chrono>

namespace digits {

using examples::DigitSet;

Run sampled(const std::vector<Part>& all, const Draw& draw, int threads, examples::Progress& progress) {
  constexpr Eigen::Index block = 25;  // samples that a thread takes at a time
  std::atomic<Eigen::Index> evaluated{0};
  const auto start = std::chrono::steady_clock::now();
  Samples samples = gathered(all, [&](const Part& part) {
    const auto denoise = [&](const Eigen::MatrixXf& x, const tweedie::Level& t, Eigen::MatrixXf& x0) {
      part.law(x, t, x0);
      evaluated += x.cols();
    };
    return draw(denoise,
                {.dimension = DigitSet::dimension,
                 .count = part.count,
                 .seed = part.seed,
                 .threads = unsigned(threads),
                 .block = block},
                [&](const auto&, const auto& x, const auto&) { progress.advance(x.cols()); });
  });
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  const double evaluations = double(evaluated) / double(samples.pixels.cols());
  return {std::move(samples), evaluations, spent.count()};
}
Run sampled(const std::vector<Part>& all, const tweedie::Table& table, int threads, examples::Progress& progress) {
  const auto draw = [&](const Denoise& denoise, const tweedie::Many& many, const Watch& watch) {
    return tweedie::sample_many<float>(denoise, table, many, watch);
  };
  return sampled(all, draw, threads, progress);
}

Trajectory trajectory(const Part& part, const tweedie::Table& table) {
  const tweedie::Normals noise{part.seed};
  const auto start = tweedie::prior<Eigen::MatrixXf>(table.front().from, {DigitSet::dimension, 1}, noise);
  Trajectory way{{table.front().from}, {start}, {}};
  tweedie::sample(part.law, table, start, noise,
                  [&](const tweedie::Step& step, const Eigen::MatrixXf& x, const Eigen::MatrixXf& x0) {
                    way.levels.push_back(step.to);
                    way.x.push_back(x);
                    way.x0.push_back(x0);
                  });
  way.x0.push_back(part.law(way.x.back(), way.levels.back()));
  return way;
}

}  // namespace digits
