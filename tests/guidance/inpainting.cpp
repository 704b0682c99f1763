#include <unsupported/Eigen/CXX11/Tensor>

#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using Eigen::Vector2d;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {

const auto half = [](const auto& z, const Level&, auto& out) { flat(out) = flat(z) * 0.5f; };
const Gaussian<> data(Vector2d(0.5, -0.3), Covariance<>(Eigen::Matrix2d{{0.6, 0.45}, {0.45, 0.5}}));
const MatrixXd mask = (MatrixXd(3, 2) << 1, 0, 0, 1, 1, 0).finished();
const MatrixXd known = (MatrixXd(3, 2) << 0.7, std::nan(""), std::nan(""), -2, 0.4, std::nan("")).finished();
const MatrixXd start = (MatrixXd(3, 2) << 0.3, -1, 0.5, 1.5, 0, 0.2).finished();

Grid grid(int steps) {
  return levels(VariancePreserving{}, uniform(steps));
}
std::vector<int> walked(const Table& path, const Grid& of) {
  std::vector<int> indices;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const auto index = [&](const Level& t) {
      int k = 0;
      while (of[std::size_t(k)].time != t.time) ++k;
      return k;
    };
    if (i == 0) indices.push_back(index(path[0].from));
    if (i > 0) CHECK(index(path[i].from) == indices.back());
    indices.push_back(index(path[i].to));
  }
  return indices;
}

}  // namespace

TEST_CASE("Inpainting: the path goes down each stretch, up again, and down") {
  const Grid five = grid(4);
  const auto path = [&](int jump, int times) { return Inpainting{DDPM{}, mask, known, jump, times}.path(five); };
  CHECK(walked(path(1, 1), five) == std::vector{0, 1, 2, 3, 4});
  CHECK(walked(path(3, 1), five) == std::vector{0, 1, 2, 3, 4});
  CHECK(walked(path(1, 2), five) == std::vector{0, 1, 0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4});
  CHECK(walked(path(2, 2), five) == std::vector{0, 1, 2, 1, 0, 1, 2, 3, 4, 3, 2, 3, 4});
  CHECK(walked(path(3, 2), five) == std::vector{0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 4, 3, 4});
  CHECK(walked(path(9, 2), five) == std::vector{0, 1, 2, 3, 4, 3, 2, 1, 0, 1, 2, 3, 4});
  CHECK(path(2, 5).size() == 4 * 5 + 4 * 4);
  for (const Step& step : path(2, 2)) {
    const auto& [t, s, row] = step;
    if (lambda(s) > lambda(t)) {
      CHECK(row.x == DDPM{}.row(t, s).x);
    } else {  // x_t = (α_t/α_s) x_s + noise
      CHECK(std::abs(row.x - s.alpha / t.alpha) < 1e-15);
      CHECK(std::abs(row.z * row.z + row.x * row.x * t.sigma * t.sigma - s.sigma * s.sigma) < 1e-14);
    }
  }
}

TEST_CASE("Inpainting: one step by hand") {
  const Level t{.time = 0.5, .alpha = 0.6, .sigma = 0.8}, s{.time = 0.3, .alpha = 0.8, .sigma = 0.6};
  MatrixXd z = start;
  Normals{5}(z, 0);
  const MatrixXd free = sample(half, DDPM{}, start, {t, s}, Normals{5}),
                 x = sample(half, Inpainting{DDPM{}, mask, known}, start, {t, s}, Normals{5});
  for (Eigen::Index i = 0; i < x.size(); ++i)
    CHECK(std::abs(x(i) - (mask(i) == 1 ? 0.8 * known(i) + 0.6 * z(i) : free(i))) < 1e-15);
}

TEST_CASE("Inpainting: nothing is replaced on the way up") {
  const Grid down = grid(3);
  const Inpainting repaint{DDPM{}, mask, known, 1, 2};
  MatrixXd before = start;
  sample(half, repaint, start, down, Normals{5}, [&](const Step& step, const MatrixXd& x, const MatrixXd&) {
    if (lambda(step.to) < lambda(step.from)) {
      MatrixXd z = x;
      Normals{5}(z, 1);  // the first row up
      if (step.from.time == down[1].time)
        CHECK(largest_difference(x, MatrixXd(step.row.x * before + step.row.z * z)) < 1e-15);
    }
    before = x;
  });
}

TEST_CASE("Inpainting: at the end the known part is exact") {
  for (const int times : {1, 3}) {
    const MatrixXd x = sample(half, Inpainting{DDPM{}, mask, known, 2, times}, start, grid(7), Normals{5});
    for (Eigen::Index i = 0; i < x.size(); ++i)
      if (mask(i) == 1)
        CHECK(x(i) == known(i));
      else
        CHECK(std::isfinite(x(i)));
  }
  const MatrixXd all = MatrixXd::Ones(3, 2);
  CHECK(sample(half, Inpainting{DDIM{}, all, start}, start, grid(4), Normals{5}) == start);
  const Inpainting none{DDPM{}, MatrixXd::Zero(3, 2).eval(), known};
  CHECK(largest_difference(sample(half, none, start, grid(4), Normals{5}),
                           sample(half, DDPM{}, start, grid(4), Normals{5})) < 1e-15);
}

TEST_CASE("Inpainting: a mask and a known part of one column serve all samples") {
  const MatrixXd one = Eigen::Vector3d(1, 0, 1), values = Eigen::Vector3d(0.2, std::nan(""), -0.6);
  const MatrixXd x = sample(half, Inpainting{DDPM{}, one, values}, start, grid(4), Normals{5}),
                 same = sample(half, Inpainting{DDPM{}, one.replicate(1, 2).eval(), values.replicate(1, 2).eval()},
                               start, grid(4), Normals{5});
  CHECK(x == same);
  CHECK(x.row(2) == Eigen::RowVector2d(-0.6, -0.6));
}

TEST_CASE("Inpainting: states of every kind agree") {
  const auto run = [&](const auto& x, const auto& m, const auto& x0) {
    return sample(half, Inpainting{DDPM{}, m, x0, 2, 2}, x, grid(4), Normals{5});
  };
  const MatrixXd expected = run(start, mask, known);
  const Eigen::ArrayXXf array = start.cast<float>(), m = mask.cast<float>(), x0 = known.cast<float>();
  CHECK(largest_difference(run(array, m, x0), expected) < 1e-5);
  CHECK(largest_difference(run(array, mask, known), expected) < 1e-5);
  Eigen::Tensor<float, 3> tensor(1, 3, 2), of_mask = tensor, of_known = tensor;
  columns(tensor) = array;
  columns(of_mask) = m;
  columns(of_known) = x0;
  const Eigen::Tensor<float, 3> x = run(tensor, of_mask, of_known);
  CHECK((columns(x).cast<double>() - expected).cwiseAbs().maxCoeff() < 1e-5);
}

TEST_CASE("Inpainting: walking up and down again comes nearer to the conditional law") {
  // Given x₁ = 1.6, x₂ is normal: replacement alone does not see the correlation well enough.
  const double slope = 0.45 / 0.6, mean = -0.3 + slope * (1.6 - 0.5), variance = 0.5 - slope * 0.45;
  const MatrixXd one = Vector2d(1, 0), value = Vector2d(1.6, 0);
  const Eigen::Index n = 2000;
  MatrixXd x(2, n);
  Normals{1}(x, -1);
  const auto distance = [&](int times) {  // Fréchet's, between normals
    const MatrixXd end = sample(data, Inpainting{DDPM{}, one, value, 5, times}, x, grid(60), Normals{2});
    const Eigen::ArrayXd second = end.row(1).transpose();
    const double found = second.mean(), spread = std::sqrt((second - found).square().mean());
    return std::hypot(found - mean, spread - std::sqrt(variance));
  };
  // Of 2000 samples the distance is known to about 0.4/√2000 = 0.01.
  const double alone = distance(1), repaint = distance(10);
  CHECK(alone > 0.2);
  CHECK(repaint < 0.4 * alone);
  CHECK(repaint > 0.04);  // and is not exact
}

TEST_CASE("Inpainting: refusals") {
  const auto of = [](const MatrixXd& m, const MatrixXd& x0, int jump = 1, int times = 1) {
    return refusal([&] { sample(half, Inpainting{DDPM{}, m, x0, jump, times}, start, grid(4), Normals{5}); });
  };
  CHECK(contains(of(0.5 * mask, known), "mask", "other than 0 and 1"));
  CHECK(contains(of(MatrixXd::Constant(3, 2, std::nan("")), known), "mask", "other than 0 and 1"));
  CHECK(contains(of(mask, MatrixXd::Constant(3, 2, std::nan(""))), "known part", "not finite"));
  CHECK(contains(of(mask.topRows(2), known), "the mask has the shape 2x2", "state of 3x2"));
  CHECK(contains(of(mask, MatrixXd::Zero(3, 3)), "the known part has the shape 3x3", "state of 3x2"));
  CHECK(contains(of(mask, known, 0), "jump = 0", "at least 1"));
  CHECK(contains(of(mask, known, 1, 0), "times = 0", "at least 1"));
  CHECK(contains(refusal([&] { sample(half, Inpainting{DDPM{}, mask, known}, start, grid(4)); }), "draws noise"));
  const Inpainting back{DPMSolver{}, mask, known};
  CHECK(contains(refusal([&] { sample(half, back, start, grid(4), Normals{5}); }), "row 1", "older estimates"));
}

TEST_CASE("Inpainting: a mask of booleans, or of integers, says the same") {
  const Eigen::Array<bool, Eigen::Dynamic, Eigen::Dynamic> booleans = mask.array() > 0.5;
  const Eigen::MatrixXi integers = mask.cast<int>();
  const auto run = [](const auto& sampler) { return sample(half, sampler, start, grid(4), Normals{3}); };
  const MatrixXd by_number = run(Inpainting{DDPM{}, mask, known});
  CHECK(run(Inpainting{DDPM{}, booleans, known}) == by_number);
  CHECK(run(Inpainting{DDPM{}, mask.array() > 0.5, known, 1, 1}) == by_number);
  CHECK(run(Inpainting{DDPM{}, integers, known}) == by_number);
}
