// How good are the digits that DDPM and DDIM draw in n steps, if the denoiser makes no error?
//
// A Gaussian mixture p(x₀ | class) is fitted to 5000 real digits. For it E[x₀ | x_t] has a closed form, so there is no
// network: what keeps the samples from the mixture's law is the sampler and its number of steps alone.
//
//   x₀ ∈ [0, 1]⁴⁰⁰                a digit's pixels              a column of `pixels`
//   p(x₀)                         the mixture                   `mixture`; of one class: `law`
//   E[x₀ | x_t]                   the denoiser                  `law(x, level)`
//   (α_t, σ_t), t = 1 … 0         the levels visited            `grid`
//   x_s = κ x_t + c x̂₀ + … + τ ζ  the sampler                   `table`, a row for each step
//
// Each class is sampled by its own denoiser. The row "exact draws" is the mark: as many draws from the mixture itself,
// which every sampler comes to as its steps grow. "real digits" measures as many of the digits that the mixture was
// fitted to. A log-density above the mark is no virtue: such samples are too smooth. The last step returns E[x₀ | x_t],
// without the noise that the mixture leaves about it. For the same reason a Fréchet distance may fall below the mark:
// the noise of the draws counts in it, even in pixels that are paper in every real digit. Of finitely many samples it
// is never 0.

#include <fmt/format.h>

#include <filesystem>
#include <random>

#include "options.hpp"
#include "pictures.hpp"
#include "report.hpp"
#include "support/command_line.hpp"
#include "support/png.hpp"

namespace {

using namespace digits;
using examples::DigitSet;

std::string title(const std::string& sampler, double eta) {
  if (sampler == "ddpm") return "DDPM";
  if (sampler == "ddpm-large") return "DDPM, large variance";
  return eta == 0 ? "DDIM" : fmt::format("DDIM, eta {:g}", eta);
}

/// NAME.png → NAME-strip.png
std::string strip_path(const std::string& sheet) {
  const std::filesystem::path path(sheet);
  return (path.parent_path() / path.stem()).string() + "-strip" + path.extension().string();
}

void run(const Options& options) {
  for (const std::string& path : {options.out, strip_path(options.out)}) examples::check_writable(path);
  const DigitSet real = examples::read_digits(options.data);
  const examples::FittedMixture fit = examples::fit_mixture(real.pixels, real.labels());
  const Mixture mixture = fit.model<float>();
  const std::vector<Part> all = parts(fit, mixture, options.digit, options.count, options.seed);
  const Mixture law = options.digit ? all.front().law : mixture;
  const Eigen::MatrixXd data = options.digit ? Eigen::MatrixXd(real.of_class(*options.digit)) : real.pixels;
  const Yardstick yardstick(real, law, data);

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
  const std::size_t shown = compare ? jobs.size() - 2 : 0;  // DDIM in 50 steps

  const Report report;
  if (compare) {
    const auto chosen = [&](const Part& part) { return real_digits(real, part.label, part.count); };
    const auto exact = [](const Part& part) { return part.law.draw(part.count, std::mt19937_64(part.seed)); };
    report.row("real digits", yardstick.of_real(gathered(all, chosen)));
    report.row("exact draws", yardstick(gathered(all, exact)));
  }
  long work = 0;
  for (const Job& job : jobs) work += long(job.table.size()) * options.count;
  examples::Progress progress(work);
  Samples pictured;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    Run made = sampled(all, jobs[i].table, options.threads, progress);
    progress.hide();
    report.row(jobs[i].title, jobs[i].table.size(), made, yardstick(made.samples));
    if (i == shown) pictured = std::move(made.samples);
  }
  const Part& filmed = all[all.size() / 3];  // of all ten classes the threes
  examples::write_png(options.out, contact_sheet(real, pictured));
  examples::write_png(strip_path(options.out), film_strip(trajectory(filmed, jobs[shown].table)));
  Report::explain();
  fmt::print("\n{}: real digits on the left, samples on the right\n", options.out);
  fmt::print("{}: a digit coming out of noise; above x_t, below E[x_0 | x_t]\n", strip_path(options.out));
}

}  // namespace

int main(int argc, char** argv) {
  return examples::run_example("digits", [&] {
    if (const auto options = parse(argc, argv)) run(*options);
  });
}
