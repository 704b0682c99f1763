#pragma once
// A variance-preserving chain of T steps, given by its table of β (Ho's: a variance; Su writes β² for it):
//   α_n² = ᾱ_n = ∏_{k ≤ n} (1 − β_k),   σ_n² = 1 − α_n²,   n = 0 (clean) … T
// Ho et al., Denoising diffusion probabilistic models, arXiv:2006.11239v2, eq. 4.                                  [DDPM-1]
// Between integers ln α is linear in n, as published solvers have it: the VP process whose β is constant within each
// step. Its rates jump at the integers, where a method in time that reads them has order 1 at most; for such, `smooth`.
// Published codes count from 0, so that their timestep k is n = k + 1 here, and n = 0, the data, is not in their tables.

#include <algorithm>
#include <numbers>
#include <utility>

#include "variance_preserving.hpp"

namespace tweedie {

class Discrete {
 public:
  /// betas[k − 1] = β_k in [0, 1], k = 1 … T.
  static Discrete from_betas(std::span<const double> betas) {
    std::vector<double> B{0};
    for (const double beta : betas) {
      require(beta >= 0 && beta <= 1, "Discrete: beta_", B.size(), " = ", beta, " is outside [0, 1]");
      B.push_back(B.back() - std::log1p(-beta));
    }
    return Discrete(std::move(B));
  }
  /// alpha_bars[k − 1] = ᾱ_k = α_k² in [0, 1], not increasing but by rounding, k = 1 … T.
  static Discrete from_alpha_bars(std::span<const double> alpha_bars) {
    std::vector<double> B{0};
    double before = 1;
    for (const double alpha_bar : alpha_bars) {
      require(alpha_bar >= 0 && alpha_bar <= before * (1 + 8 * std::numeric_limits<double>::epsilon()),
              "Discrete: alpha_bar_", B.size(), " = ", alpha_bar, " must lie between 0 and the one before it, ",
              before);
      before = std::fmin(alpha_bar, before);
      B.push_back(0 - std::log(before));  // of 1 it is 0 and not −0
    }
    return Discrete(std::move(B));
  }
  /// β_k = min(1 − ᾱ(k/T)/ᾱ((k − 1)/T), max_beta) for a function ᾱ of [0, 1]; its scale does not matter.
  template <class AlphaBar>
  static Discrete from_alpha_bar(int T, const AlphaBar& alpha_bar, double max_beta = 0.999) {
    return from_betas(table(
        T, [&](int k) { return std::fmin(1 - alpha_bar(k / double(T)) / alpha_bar((k - 1) / double(T)), max_beta); }));
  }

  /// β linear from beta_start to beta_end (Ho et al.). The defaults are made for T = 1000: for another T scale them by
  /// 1000/T.
  static Discrete linear(int T = 1000, double beta_start = 1e-4, double beta_end = 0.02) {
    return from_betas(table(T, [&](int k) { return between(k, T, beta_start, beta_end); }));
  }
  /// √β linear ("quad"). Stable Diffusion's is scaled_linear(1000, 0.00085, 0.012).
  static Discrete scaled_linear(int T = 1000, double beta_start = 1e-4, double beta_end = 0.02) {
    return from_betas(table(T, [&](int k) {
      const double root = between(k, T, std::sqrt(beta_start), std::sqrt(beta_end));
      return root * root;
    }));
  }
  /// Nichol and Dhariwal, arXiv:2102.09672v1, eq. 17: ᾱ ∝ cos²((π/2)(t + offset)/(1 + offset)), β at most max_beta.
  static Discrete cosine(int T = 1000, double offset = 0.008, double max_beta = 0.999) {
    const auto alpha_bar = [&](double t) {
      const double c = std::cos(std::numbers::pi / 2 * (t + offset) / (1 + offset));
      return c * c;
    };
    return from_alpha_bar(T, alpha_bar, max_beta);
  }
  /// β = beta_start + (beta_end − beta_start) / (1 + e^(−u)), u linear from −6 to 6.
  static Discrete sigmoid(int T = 1000, double beta_start = 1e-4, double beta_end = 0.02) {
    return from_betas(
        table(T, [&](int k) { return beta_start + (beta_end - beta_start) / (1 + std::exp(-between(k, T, -6, 6))); }));
  }
  /// Su Jianlin's √(1 − 0.02 k/T) for the factor of step k: β_k = 0.02 k/T.
  static Discrete su(int T = 1000) {
    return from_betas(table(T, [&](int k) { return 0.02 * k / T; }));
  }
  /// The same β in every step.
  static Discrete constant(int T, double beta) {
    return from_betas(table(T, [&](int) { return beta; }));
  }
  /// β_k = 1/(T − k + 1), Sohl-Dickstein et al., arXiv:1503.03585v8: ᾱ_n = 1 − n/T, no signal at all at T.
  static Discrete jsd(int T = 1000) {
    return from_betas(table(T, [&](int k) { return 1.0 / (T - k + 1); }));
  }
  /// ᾱ = e^(−12t).
  static Discrete exponential(int T = 1000, double max_beta = 0.999) {
    return from_alpha_bar(
        T, [](double t) { return std::exp(-12 * t); }, max_beta);
  }
  /// Hang et al., Improved noise schedule for diffusion training, arXiv:2407.03297v2, as published code has it:
  /// ᾱ = √(snr/(1 + snr)), ln snr = −½ sign(½ − t) ln(1 − 2|½ − t| + 1e−6).
  static Discrete laplace(int T = 1000, double max_beta = 0.999) {
    const auto alpha_bar = [](double t) {
      const double snr = std::exp(-0.5 * std::copysign(1, 0.5 - t) * std::log(1 - 2 * std::fabs(0.5 - t) + 1e-6));
      return std::sqrt(snr / (1 + snr));
    };
    return from_alpha_bar(T, alpha_bar, max_beta);
  }
  /// α_n ↦ α_1 (α_n − α_T)/(α_1 − α_T): α_1 stays, α_T becomes exactly 0.
  /// Lin et al., Common diffusion noise schedules and sample steps are flawed, arXiv:2305.08891v4, algorithm 1.
  static Discrete zero_terminal_snr(const Discrete& chain) {
    std::vector<double> B{0};
    const double first = chain(1).alpha, last = chain(chain.steps()).alpha;
    require(first > last, "Discrete: zero_terminal_snr needs a signal that falls, but alpha_1 = ", first,
            " and alpha_T = ", last);
    for (int n = 1; n <= chain.steps(); ++n) {
      const double alpha = chain(n).alpha, left = (alpha - last) / (first - last);  // of the way from last to first
      B.push_back(chain.B_[1] - 2 * (left < 0.5 ? std::log(left) : std::log1p((alpha - first) / (first - last))));
    }
    return Discrete(std::move(B));
  }

  /// The same levels at the integers, and between them −ln ᾱ a monotone cubic in n, so that the rates are continuous:
  /// for Slope::velocity and what else integrates in time. Fritsch and Carlson, SIAM J. Numer. Anal. 17 (1980).
  Discrete smooth() const {
    Discrete chain = *this;
    const auto step = [this](std::size_t k) { return B_[k] - B_[k - 1]; };
    const std::size_t T = B_.size() - 1;
    std::size_t end = 0;  // the last level with a signal, or the last
    while (end < T && std::isfinite(B_[end + 1])) ++end;
    chain.slopes_.assign(T + 1, 0);
    for (std::size_t n = 0; n <= end && end > 0; ++n) {
      if (end == 1)
        chain.slopes_[n] = step(1);
      else if (n == 0 || n == end) {  // of the parabola through the three last
        const double near = step(n == 0 ? 1 : end), far = step(n == 0 ? 2 : end - 1);
        chain.slopes_[n] = std::clamp(1.5 * near - 0.5 * far, near / 2, 3 * near);
      } else
        chain.slopes_[n] = std::fmin((step(n) + step(n + 1)) / 2, 3 * std::fmin(step(n), step(n + 1)));
    }
    return chain;
  }

  /// T, the number of steps.
  int steps() const { return int(B_.size()) - 1; }

  /// n in [0, T], not necessarily an integer. At an integer the rates are those of the step that ends there; they are
  /// those of either side if the chain is smooth.
  Level operator()(double n) const {
    require(n >= 0 && n <= steps() * (1 + 1e-12), "Discrete: n = ", n, " is outside [0, ", steps(), "]");
    n = std::fmin(n, steps());
    const auto k = std::max<std::size_t>(1, std::size_t(std::ceil(n)));  // the step k − 1 → k that holds n
    if (std::isinf(B_[k - 1])) return {n, 0, 1, 0, 0};                   // noise already where the step begins
    const double rate = B_[k] - B_[k - 1], past = n - double(k - 1);
    if (rate == 0) return {n, std::exp(-B_[k] / 2), std::sqrt(-std::expm1(-B_[k])), 0, 0};
    if (past == 0) return variance_preserving_level(n, B_[k - 1], std::isfinite(rate) ? slope(k, 0) : rate);
    if (past == 1) return variance_preserving_level(n, B_[k], std::isfinite(rate) ? slope(k, 1) : Level::unknown);
    require(std::isfinite(rate), "Discrete: n = ", n,
            " lies within the last step of a chain whose alpha ends at 0, where ln(alpha) cannot be interpolated");
    return variance_preserving_level(n, B_[k - 1] + rise(k, past), slope(k, past));
  }
  /// n as a real number, measured from the cleaner end of the step that holds it, so that it keeps its digits towards
  /// n = 0. Throws std::invalid_argument for a λ noisier than the end of the chain.
  double time(double lambda) const {
    const double B = variance_preserving_integral(lambda), rounding = 1 + 1e-12;
    if (!(B <= B_.back() * rounding))
      throw std::invalid_argument(
          sentence("Discrete: lambda = ", lambda, " (sigma/alpha = ", std::exp(-lambda),
                   ") is noisier than the end of the chain, lambda = ", tweedie::lambda((*this)(steps())),
                   " (sigma/alpha = ", std::sqrt(std::expm1(B_.back())), ") at n = ", steps()));
    const auto above = std::lower_bound(B_.begin(), B_.end(), B);
    if (above == B_.end()) return steps();
    const double n = double(above - B_.begin());
    if (*above == B) return n;
    const double below = *(above - 1);
    if (std::isinf(*above)) {
      require(B <= below * rounding, "Discrete: lambda = ", lambda,
              " lies within the last step of a chain whose alpha ends at 0, where ln(alpha) cannot be interpolated");
      return n - 1;
    }
    return n - 1 + place(std::size_t(n), B - below);
  }

 private:
  explicit Discrete(std::vector<double> B) : B_(std::move(B)) {
    require(B_.size() >= 2, "Discrete: the chain has no steps");
  }

  template <class Beta>
  static std::vector<double> table(int T, const Beta& beta) {
    require(T >= 1, "Discrete: T = ", T, ", but a chain has at least one step");
    std::vector<double> betas;
    for (int k = 1; k <= T; ++k) betas.push_back(beta(k));
    return betas;
  }
  /// B − B_{k−1} at u in [0, 1] of step k.
  double rise(std::size_t k, double u) const {
    const double step = B_[k] - B_[k - 1];
    if (slopes_.empty()) return step * u;
    const double from = slopes_[k - 1], to = slopes_[k];
    return u * (from + u * (3 * step - 2 * from - to + u * (from + to - 2 * step)));
  }
  /// dB/dn there.
  double slope(std::size_t k, double u) const {
    const double step = B_[k] - B_[k - 1];
    if (slopes_.empty()) return step;
    const double from = slopes_[k - 1], to = slopes_[k];
    return from + u * (2 * (3 * step - 2 * from - to) + u * 3 * (from + to - 2 * step));
  }
  /// The u of a rise in (0, step], by Newton's rule, halved where it leaves what is known to hold u.
  double place(std::size_t k, double wanted) const {
    double u = wanted / (B_[k] - B_[k - 1]), low = 0, high = 1;
    if (slopes_.empty()) return u;
    for (int i = 0; i < 100; ++i) {
      const double excess = rise(k, u) - wanted;
      (excess > 0 ? high : low) = u;
      const double next = u - excess / slope(k, u);
      if (std::fabs(next - u) <= std::numeric_limits<double>::epsilon() * u) break;
      u = next > low && next < high ? next : (low + high) / 2;
    }
    return u;
  }
  /// Linear in k from `first` at k = 1 to `last` at k = T.
  static double between(int k, int T, double first, double last) {
    return T == 1 ? first : first + (last - first) * (k - 1) / (T - 1);
  }

  std::vector<double> B_;       // B_n = −ln ᾱ_n = −2 ln α_n, increasing from 0
  std::vector<double> slopes_;  // dB/dn at the integers; empty: B is linear between them
};

}  // namespace tweedie
