// How good are the digits that DDPM and DDIM draw in n steps, if the denoiser makes no error?
//
// A Gaussian mixture p(x₀ | class) is fitted to 5000 real digits. For it E[x₀ | x_t] has a closed form, so there is no network:
// what keeps the samples from the mixture's law is the sampler and its number of steps alone.
//
//   x₀ ∈ [0, 1]⁴⁰⁰                a digit's pixels              a column of `pixels`
//   p(x₀)                         the mixture                   `mixture`; of one class: `law`
//   E[x₀ | x_t]                   the denoiser                  `law(x, level)`
//   (α_t, σ_t), t = 1 … 0         the levels visited            `grid`
//   x_s = κ x_t + c x̂₀ + … + τ ζ  the sampler                   `table`, a row for each step
//
// Each class is sampled by its own denoiser. The rows "real digits" and "exact draws" say what the measures come to for as many
// real digits, and for as many draws from the mixture itself: a perfect sampler cannot beat the latter but by chance.

#include <fmt/format.h>

#include <filesystem>
#include <random>
#include <tweedie/sample/sample_many.hpp>

#include "measures.hpp"
#include "options.hpp"
#include "pictures.hpp"
#include "support/command_line.hpp"
#include "support/png.hpp"
#include "support/progress.hpp"
#include "support/text_table.hpp"

namespace {

using namespace digits;
using examples::DigitSet;

constexpr Eigen::Index block = 25;  // samples that a thread takes at a time

/// What is sampled: a class, how many of it, by which denoiser and from which noise.
struct Part {
  int label;
  int count;
  Mixture law;
  std::uint64_t seed;  // a class has the same noise whether it is sampled alone or with the others
};

std::vector<Part> parts(const Options& options, const examples::FittedMixture& fit, const Mixture& mixture) {
  std::vector<Part> all;
  for (int label = 0; label < DigitSet::classes; ++label) {
    if (options.digit && label != *options.digit) continue;
    const int count =
        options.digit ? options.count : options.count / DigitSet::classes + (label < options.count % DigitSet::classes);
    if (count > 0)
      all.push_back({label, count, mixture.subset(fit.components(label)), 10 * options.seed + std::uint64_t(label)});
  }
  return all;
}

/// Samples of every part side by side, made by draw(part).
template <class Draw>
Samples gathered(const std::vector<Part>& all, const Draw& draw) {
  Samples samples;
  for (const Part& part : all) samples.labels.insert(samples.labels.end(), std::size_t(part.count), part.label);
  samples.pixels.resize(DigitSet::dimension, Eigen::Index(samples.labels.size()));
  Eigen::Index first = 0;
  for (const Part& part : all) {
    samples.pixels.middleCols(first, part.count) = draw(part);
    first += part.count;
  }
  return samples;
}

struct Run {
  Samples samples;
  double evaluations;  // of the denoiser, for each sample
  double seconds;
};

Run sampled(const std::vector<Part>& all, const tweedie::Table& table, int threads, examples::Progress& progress) {
  std::atomic<Eigen::Index> evaluated{0};
  const auto start = std::chrono::steady_clock::now();
  const tweedie::Grid grid{table.front().from, table.back().to};
  Samples samples = gathered(all, [&](const Part& part) {
    const auto denoise = [&](const Eigen::MatrixXf& x, const tweedie::Level& t, Eigen::MatrixXf& x0) {
      part.law(x, t, x0);
      evaluated += x.cols();
    };
    return tweedie::sample_many<float>(denoise, table, grid,
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

/// The way of the first sample of a part, the one that comes first on the sheet.
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

class Report {
 public:
  Report()
      : table_({{"sampler", 20},
                {"steps", 7},
                {"evaluations", 13},
                {"Fréchet", 10},
                {"log-density", 13},
                {"nearest", 10},
                {"recognised", 12},
                {"seconds", 9}}) {}

  void row(const std::string& name, const Measures& m) const { row(name, "-", "-", m, "-"); }
  void row(const std::string& name, std::size_t steps, const Run& run, const Measures& m) const {
    row(name, fmt::format("{}", steps), fmt::format("{:g}", run.evaluations), m, fmt::format("{:.2f}", run.seconds));
  }

 private:
  void row(const std::string& name, const std::string& steps, const std::string& evaluations, const Measures& m,
           const std::string& seconds) const {
    table_.row({name, steps, evaluations, fmt::format("{:.3f}", m.frechet), fmt::format("{:.1f}", m.log_density),
                fmt::format("{:.3f}", m.nearest), fmt::format("{:.1f} %", 100 * m.recognised), seconds});
  }
  examples::TextTable table_;
};

std::string title(const std::string& sampler, double eta) {
  if (sampler == "ddpm") return "DDPM";
  if (sampler == "ddpm-large") return "DDPM, large variance";
  return eta == 0 ? "DDIM" : fmt::format("DDIM, eta {:g}", eta);
}

void write_pictures(const std::string& out, const DigitSet& digits, const Samples& samples, const Trajectory& way) {
  const std::filesystem::path path(out);
  const std::string strip = (path.parent_path() / path.stem()).string() + "-strip" + path.extension().string();
  examples::write_png(out, contact_sheet(digits, samples));
  examples::write_png(strip, film_strip(way));
  fmt::print("\n{}: real digits on the left, samples on the right\n", out);
  fmt::print("{}: one digit from noise; above the state, below the estimate of the digit made from it\n", strip);
}

void run(const Options& options) {
  const DigitSet digits = examples::read_digits(options.data);
  std::vector<int> labels;
  for (Eigen::Index i = 0; i < digits.pixels.cols(); ++i) labels.push_back(DigitSet::label(i));
  const examples::FittedMixture fit = examples::fit_mixture(digits.pixels, labels);
  const Mixture mixture = fit.model<float>();
  const std::vector<Part> all = parts(options, fit, mixture);
  const Mixture law = options.digit ? all.front().law : mixture;
  const Eigen::MatrixXd data = options.digit ? Eigen::MatrixXd(digits.of_class(*options.digit)) : digits.pixels;
  const Yardstick yardstick(digits, fit, mixture, law, data);

  struct Job {
    std::string title;
    tweedie::Table table;
  };
  std::vector<Job> jobs;
  const auto add = [&](const std::string& sampler, double eta, int steps) {
    jobs.push_back({title(sampler, eta), table(sampler, eta, grid(options, steps))});
  };
  const bool compare = options.sampler.empty();
  if (compare) {
    for (const char* sampler : {"ddpm-large", "ddpm", "ddim"})
      for (const int steps : {10, 20, 50, 200}) add(sampler, 0, steps);
  } else {
    add(options.sampler, options.eta.value_or(0), options.steps);
  }
  const std::size_t shown = compare ? 10 : 0;

  const Report report;
  if (compare) {
    report.row("real digits", yardstick.of_real(gathered(all, [&](const Part& part) {
      return digits.of_class(part.label).leftCols(part.count).cast<float>();
    })));
    report.row("exact draws", yardstick(gathered(all, [](const Part& part) {
                 return part.law.draw(part.count, std::mt19937_64(part.seed));
               })));
  }
  long work = 0;
  for (const Job& job : jobs) work += long(job.table.size()) * options.count;
  examples::Progress progress(work);
  Samples best;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    Run made = sampled(all, jobs[i].table, options.threads, progress);
    report.row(jobs[i].title, jobs[i].table.size(), made, yardstick(made.samples));
    if (i == shown) best = std::move(made.samples);
  }
  write_pictures(options.out, digits, best, trajectory(all.front(), jobs[shown].table));
}

}  // namespace

int main(int argc, char** argv) {
  return examples::run_example("digits", [&] {
    if (const auto options = parse(argc, argv)) run(*options);
  });
}
