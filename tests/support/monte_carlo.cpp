#include "monte_carlo.hpp"

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace tests {
namespace {

/// The seed of one claim: that of the run, mixed with the claim's own words (FNV-1a), so that no two claims share their
/// noise.
std::uint64_t seed_of(const std::string& id, const std::string& name) {
  std::uint64_t seed = 20220613;
  if (const char* text = std::getenv("TWEEDIE_TEST_SEED")) {
    char* end = nullptr;
    seed = std::strtoull(text, &end, 10);
    tweedie::require(*text != '\0' && *end == '\0', "TWEEDIE_TEST_SEED: \"", text, "\" is not an integer");
  }
  seed ^= 0xcbf29ce484222325u;
  for (const char letter : id + ":" + name) seed = (seed ^ static_cast<unsigned char>(letter)) * 0x100000001b3u;
  return seed;
}

/// Calls use(samples) on batches until there are `count`.
template <class Use>
void run(const std::string& id, const std::string& name, std::int64_t count, const Statistic& statistic,
         const Use& use) {
  constexpr Eigen::Index batch = 8192;
  Noise noise(seed_of(id, name));
  for (std::int64_t done = 0; done < count;) {
    const Eigen::Index n = std::min<Eigen::Index>(batch, count - done);
    const Eigen::MatrixXd samples = statistic(noise, n);
    tweedie::require(samples.cols() == n, name, ": the statistic returned ", samples.cols(), " samples of ", n);
    use(samples, done);
    done += n;
  }
}

/// The three conditions, from the smallest deviation of an entry that is an alarm, and the deviations from the closed
/// form as it is and as it is when made wrong by the resolution, both ways.
Verdict verdict(const Eigen::ArrayXd& alarm, const Eigen::ArrayXd& deviation, const Eigen::ArrayXd& above,
                const Eigen::ArrayXd& below, const Eigen::ArrayXd& detectable, const Eigen::ArrayXd& resolution) {
  if (!(deviation.abs() <= alarm).all()) return Verdict::differs;  // NaN differs
  if (!(detectable <= resolution).all()) return Verdict::underpowered;
  if (!(above.abs() > alarm && below.abs() > alarm).all()) return Verdict::blind;
  return Verdict::agrees;
}

const char* word(Verdict verdict) {
  switch (verdict) {
    case Verdict::agrees: return "agrees";
    case Verdict::differs: return "differs";
    case Verdict::underpowered: return "underpowered";
    case Verdict::blind: return "blind";
  }
  return "";
}

void record(const Finding& finding) {
  if (finding.id.empty()) return;
  std::string file = finding.id + "." + finding.name;
  for (char& letter : file)
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0 && letter != '.' && letter != '_') letter = '-';
  const std::filesystem::path folder = std::filesystem::path(TWEEDIE_BINARY_DIR) / "ledger";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / (file + ".tsv")) << to_string(finding);
}

void require_agreement(const Finding& finding) {
  record(finding);
  INFO(to_string(finding));
  CHECK(finding.verdict == Verdict::agrees);
}

}  // namespace

Finding judge(const Claim& claim, const tweedie::Estimate& estimate) {
  tweedie::require(claim.closed_form.size() == estimate.dimension(), claim.name, ": the closed form has ",
                   claim.closed_form.size(), " numbers, the statistic ", estimate.dimension());
  const Eigen::ArrayXd error = estimate.standard_error(), deviation_of_one = estimate.variance().cwiseSqrt();
  tweedie::require((error != 0).all(), claim.name, ": the statistic does not vary; test it without simulation");
  const Eigen::ArrayXd closed = claim.closed_form, deviation = estimate.mean().array() - closed;
  const double each = false_alarm / double(claim.closed_form.size());  // Bonferroni
  const Eigen::ArrayXd alarm = tweedie::normal_tail_quantile(each / 2) * error;
  const Eigen::ArrayXd detectable = estimate.detectable_effect(each, false_pass);
  const Eigen::ArrayXd resolution = claim.resolution * (closed == 0).select(deviation_of_one, closed.abs());
  return {claim.id,
          claim.name,
          verdict(alarm, deviation, deviation - resolution, deviation + resolution, detectable, resolution),
          estimate.count(),
          estimate.mean(),
          closed,
          deviation / error,
          detectable,
          resolution};
}

Finding judge(const LawClaim& claim, const Eigen::MatrixXd& samples) {
  tweedie::require(samples.rows() == 1 && samples.cols() > 0, claim.name, ": samples of the shape ", samples.rows(),
                   "x", samples.cols(), ", but must be one row");
  const Eigen::Index n = samples.cols();
  Eigen::ArrayXd x = samples.row(0).transpose();
  std::sort(x.data(), x.data() + n);
  const Eigen::ArrayXd F = x.unaryExpr(claim.closed_form);
  const Eigen::ArrayXd steps = Eigen::ArrayXd::LinSpaced(n + 1, 0, 1);
  const auto distance = [&](double shift) -> Eigen::ArrayXd {  // sup |F_n − F|, F shifted and kept within [0, 1]
    const Eigen::ArrayXd shifted = (F + shift).max(0).min(1);
    const double largest = std::max((steps.tail(n) - shifted).maxCoeff(), (shifted - steps.head(n)).maxCoeff());
    return Eigen::ArrayXd::Constant(1, F.allFinite() ? largest : std::numeric_limits<double>::quiet_NaN());
  };
  const auto bound = [n](double rate) {  // P(sup |F_n − F| > bound) ≤ rate
    return Eigen::ArrayXd::Constant(1, std::sqrt(std::log(2 / rate) / (2 * double(n))));
  };
  const Eigen::ArrayXd alarm = bound(false_alarm), detectable = bound(false_alarm) + bound(false_pass),
                       resolution = Eigen::ArrayXd::Constant(1, claim.resolution), measured = distance(0);
  const double tail = std::max(1e-300, std::exp(-2 * double(n) * measured[0] * measured[0]));
  return {claim.id,
          claim.name,
          verdict(alarm, measured, distance(claim.resolution), distance(-claim.resolution), detectable, resolution),
          n,
          measured,
          Eigen::ArrayXd::Zero(1),
          Eigen::ArrayXd::Constant(1, tail < 0.5 ? tweedie::normal_tail_quantile(tail) : 0),
          detectable,
          resolution};
}

Finding simulate(const Claim& claim, std::int64_t samples, const Statistic& statistic) {
  tweedie::Estimate estimate(tweedie::SecondMoments::diagonal);
  run(claim.id, claim.name, samples, statistic,
      [&](const Eigen::MatrixXd& batch, std::int64_t) { estimate.add(batch); });
  return judge(claim, estimate);
}

Finding simulate(const LawClaim& claim, std::int64_t samples, const Statistic& statistic) {
  Eigen::MatrixXd all(1, samples);
  run(claim.id, claim.name, samples, statistic,
      [&](const Eigen::MatrixXd& batch, std::int64_t done) { all.middleCols(done, batch.cols()) = batch; });
  return judge(claim, all);
}

std::string to_string(const Finding& finding) {
  std::string text;
  for (Eigen::Index i = 0; i < finding.estimate.size(); ++i)
    text += tweedie::sentence(finding.id, "\t", finding.name, "\t", i, "\t", finding.samples, "\t", finding.estimate[i],
                              "\t", finding.closed_form[i], "\t", finding.z[i], "\t", finding.detectable[i], "\t",
                              finding.resolution[i], "\t", word(finding.verdict), "\n");
  return text;
}

void check(const Claim& claim, std::int64_t samples, const Statistic& statistic) {
  require_agreement(simulate(claim, samples, statistic));
}
void check(const LawClaim& claim, std::int64_t samples, const Statistic& statistic) {
  require_agreement(simulate(claim, samples, statistic));
}

}  // namespace tests
