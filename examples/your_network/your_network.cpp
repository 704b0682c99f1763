// How do I sample with my own network? It sees a batch of images as an Eigen::Tensor, predicts v, and knows only (x,
// time).
#include <cstdio>
#include <tweedie/tweedie.hpp>
#include <unsupported/Eigen/CXX11/Tensor>

using namespace tweedie;
using Images = Eigen::Tensor<float, 4>;  // width, height, channels, samples: the last index is the sample

// Stands in for yours: the best prediction of v where every pixel is N(0.5, 0.2²), so that the result can be checked.
Images my_network(const Images& x, double time) {
  const Level t = VariancePreserving{}(time);
  const double slope = 0.04 * t.alpha / (0.04 * t.alpha * t.alpha + t.sigma * t.sigma);
  const Images x0 = (x - float(0.5 * t.alpha)) * float(slope) + 0.5f;
  return (x * float(t.alpha) - x0) * float(1 / t.sigma);
}

// [program]
int main() {
  const Grid grid = levels(VariancePreserving{}, quadratic(20));  // 20 steps from t = 1, noise, to t = 0, data
  const auto denoise = network(Prediction::v, my_network);        // x̂₀ from what it predicts
  const auto noise = prior<Images>(grid.front(), {28, 28, 1, 16}, Normals{7});

  std::vector<float> brightness;  // an observer that records the mean of the estimate x̂₀ after each step
  const auto record = [&](const Step&, const Images&, const Images& x0) { brightness.push_back(flat(x0).mean()); };
  const Images images = sample(denoise, DDIM{}, noise, grid, NoNoise{}, record);

  const auto pixels = flat(images);
  std::printf("%d images of %s after %zu steps: pixels %.2f +- %.2f\n", int(samples(images)),
              to_string(shape(images)).c_str(), brightness.size(), double(pixels.mean()),
              double(std::sqrt((pixels - pixels.mean()).square().mean())));
}
// [program]
