#include "laws.hpp"

using namespace tweedie;

TEST_CASE("Discrete obeys the laws of a schedule between its integers") {
  // h = 1e−5 T: 40 cuts of T = 1000 fall on integers, where left and right rates differ; 39.5 keeps away from them.
  obeys::variance_preserving(Discrete::linear(), 0, 1000);
  const Discrete chain = Discrete::cosine(50);
  for (double n = 0.25; n < 50; n += 0.5) {
    const Level t = chain(n), ahead = chain(n + 1e-5), behind = chain(n - 1e-5);
    CHECK(std::abs((ahead.alpha - behind.alpha) / 2e-5 - t.d_alpha) < 1e-8);
    CHECK(std::abs((ahead.sigma - behind.sigma) / 2e-5 - t.d_sigma) < 1e-8 * (1 + t.d_sigma));
    CHECK(std::abs(chain.time(lambda(t)) - n) < 1e-10);
  }
}

TEST_CASE("Discrete inverts lambda over the whole chain and below its first level, down to the data") {
  const std::vector<double> odd{1e-150, 0.1, 0, 0.5};
  for (const Discrete& chain : {Discrete::linear(), Discrete::cosine(50), Discrete::constant(1, 0.3),
                                Discrete::from_betas(odd), Discrete::constant(3, 1e-30)})
    for (double asked = lambda(chain(chain.steps())); asked < 340; asked += 0.37)
      obeys::inverse(chain, 0, chain.steps(), asked);
  // Below level 1 ln ᾱ is linear: ln(1 + e^(−2λ)) = −n ln(1 − β₁).
  const Discrete chain = Discrete::linear();
  for (const double asked : {5.0, 20.0, 25.0, 40.0, 170.0}) {
    const double n = std::log1p(std::exp(-2 * asked)) / -std::log1p(-1e-4);
    CHECK(std::abs(chain.time(asked) / n - 1) < 1e-13);
    CHECK(std::abs(lambda(at_lambda(chain)(asked)) - asked) < 1e-13);
  }
}

TEST_CASE("a smooth chain is a schedule by all its laws, at the integers too, and there the same") {
  const std::vector<double> odd{0.001, 0.3, 0.001, 0.4, 0.01, 0.5};
  for (const Discrete& chain : {Discrete::linear(), Discrete::linear(40, 0.01, 0.3), Discrete::constant(1, 0.3),
                                Discrete::constant(2, 0.3), Discrete::from_betas(odd)}) {
    const Discrete smooth = chain.smooth();
    const int T = chain.steps();
    if (T != 6) obeys::schedule(smooth, 0, T);  // of the odd one second differences jump where the law looks
    for (double asked = lambda(chain(T)); asked < 340; asked += 0.37) obeys::inverse(smooth, 0, T, asked);
    obeys::variance_preserving(smooth, 0, T);
    for (int n = 0; n <= std::min(T, 100); ++n) {
      CHECK(smooth(n).alpha == chain(n).alpha);
      CHECK(std::abs(smooth.time(lambda(chain(n))) - n) < 1e-11);
      if (n == 0 || n == T) continue;
      const Level before = smooth(n - 1e-9), after = smooth(n + 1e-9);
      CHECK(std::abs(before.d_alpha / after.d_alpha - 1) < 1e-5);
    }
  }
  // Of equal noise in every step it is the chain itself; where −ln ᾱ is a parabola in n, the parabola.
  CHECK(std::abs(Discrete::constant(5, 0.3).smooth()(2.3).alpha - Discrete::constant(5, 0.3)(2.3).alpha) < 1e-15);
  std::vector<double> bars;
  for (int n = 1; n <= 20; ++n) bars.push_back(std::exp(-0.05 * n - 0.01 * n * n));
  const Discrete parabola = Discrete::from_alpha_bars(bars).smooth();
  for (const double n : {0.3, 1.0, 7.5, 19.2, 20.0}) {
    CHECK(std::abs(parabola(n).alpha - std::exp(-0.025 * n - 0.005 * n * n)) < 1e-14);
    CHECK(std::abs(parabola(n).d_alpha / parabola(n).alpha + 0.025 + 0.01 * n) < 1e-13);
  }
}

TEST_CASE("a smooth chain: plateaus stay, and an end without signal is as that of the chain") {
  const std::vector<double> betas{0, 0.2, 0, 0.3, 1};
  const Discrete chain = Discrete::from_betas(betas), smooth = chain.smooth();
  CHECK(smooth(0.5).sigma == 0);
  CHECK(std::abs(smooth(2.5).alpha - std::sqrt(0.8)) < 1e-15);
  CHECK(smooth(2).d_alpha == 0);
  CHECK(smooth(1.5).alpha < smooth(1.25).alpha);
  CHECK(smooth(5).alpha == 0);
  CHECK(std::isnan(smooth(5).d_alpha));
  CHECK(std::abs(smooth.time(lambda(smooth(3.7))) - 3.7) < 1e-13);
  CHECK(tests::contains(tests::refusal([&] { smooth(4.5); }), "alpha ends at 0"));
}

TEST_CASE("Discrete: steps without noise and steps from noise alone have levels too") {
  const std::vector<double> betas{0, 0.2, 0, 1, 0.3};
  const Discrete chain = Discrete::from_betas(betas);
  CHECK(chain(0.5).sigma == 0);
  CHECK(chain(0.5).d_sigma == 0);  // still the data
  CHECK(chain(0.5).d_alpha == 0);
  CHECK(std::abs(chain(2.5).alpha - std::sqrt(0.8)) < 1e-15);
  CHECK(chain(2.5).d_sigma == 0);
  CHECK(chain(4.5).alpha == 0);
  CHECK(chain(5).sigma == 1);
  CHECK(chain(5).d_alpha == 0);
  CHECK(std::abs(chain.time(lambda(chain(2))) - 2) < 1e-12);
  CHECK(chain.time(-std::numeric_limits<double>::infinity()) == 4);
}

TEST_CASE("Discrete: the last level before an end without signal is found through rounding") {
  for (const int T : {2, 7, 30, 1000}) {
    const Discrete zero = Discrete::zero_terminal_snr(Discrete::linear(T, 0.001, 0.2));
    CHECK(std::abs(zero.time(lambda(zero(T - 1))) - (T - 1)) < 1e-9);
    CHECK(std::abs(zero.time(lambda(zero(T - 1)) - 1e-15) - (T - 1)) < 1e-9);
  }
}

TEST_CASE("Discrete takes alpha-bars that rise by rounding, as level") {
  const double half = 0.5;
  const std::vector<double> bars{1, half, std::nextafter(half, 1), half / 2};
  const Discrete chain = Discrete::from_alpha_bars(bars);
  CHECK(chain(3).alpha == chain(2).alpha);
  CHECK(chain(1).sigma == 0);
  CHECK(std::abs(chain(4).alpha - 0.5) < 1e-16);
  CHECK(chain(4 * (1 + 1e-15)).time == 4);  // and a time beyond the end by rounding
}

TEST_CASE("Discrete levels are cumulative products") {
  const std::vector<double> betas{0.1, 0.2, 0.5};
  const Discrete chain = Discrete::from_betas(betas);
  CHECK(chain.steps() == 3);
  CHECK(chain(0).sigma == 0);
  CHECK(std::abs(chain(1).alpha - std::sqrt(0.9)) < 1e-15);
  CHECK(std::abs(chain(3).alpha - std::sqrt(0.9 * 0.8 * 0.5)) < 1e-15);
  CHECK(std::abs(chain(3).sigma - std::sqrt(1 - 0.9 * 0.8 * 0.5)) < 1e-15);
  const std::vector<double> bars{0.9, 0.72, 0.36};
  for (int n = 0; n <= 3; ++n) CHECK(std::abs(Discrete::from_alpha_bars(bars)(n).alpha - chain(n).alpha) < 1e-15);
}

TEST_CASE("Discrete inverts at every integer") {
  for (const Discrete& chain : {Discrete::linear(), Discrete::su(), Discrete::sigmoid()})
    for (int n = 0; n <= 1000; n += 100) CHECK(std::abs(chain.time(lambda(chain(n))) - n) < 1e-9);
}

TEST_CASE("Discrete at its ends: Ho's and Su's last alpha") {
  CHECK(std::abs(Discrete::linear()(1000).alpha - 0.006353) < 5e-7);
  CHECK(std::abs(Discrete::su()(1000).alpha - 0.006482) < 5e-7);
  CHECK(Discrete::jsd(10)(10).alpha == 0);
  CHECK(std::abs(std::pow(Discrete::jsd(10)(4).alpha, 2) - 0.6) < 1e-15);  // ᾱ_n = 1 − n/T
  CHECK(std::abs(std::pow(Discrete::exponential(100)(50).alpha, 2) - std::exp(-6)) < 1e-15);
  CHECK(std::abs(std::pow(Discrete::constant(8, 0.3)(8).alpha, 2) - std::pow(0.7, 8)) < 1e-15);
}

TEST_CASE("zero_terminal_snr keeps alpha_1 and the shape, and ends at 0") {
  const Discrete chain = Discrete::linear(), zero = Discrete::zero_terminal_snr(chain);
  CHECK(zero(1).alpha == chain(1).alpha);
  CHECK(zero(1000).alpha == 0);
  const double scale = chain(1).alpha / (chain(1).alpha - chain(1000).alpha);
  CHECK(std::abs(zero(500).alpha - scale * (chain(500).alpha - chain(1000).alpha)) < 1e-15);
  CHECK(zero.time(-std::numeric_limits<double>::infinity()) == 1000);
  CHECK(tests::contains(tests::refusal([&] { zero(999.5); }), "999.5", "alpha ends at 0"));
  CHECK(tests::contains(tests::refusal([&] { zero.time(-10); }), "-10", "alpha ends at 0"));
}

TEST_CASE("Discrete keeps full precision at n = 1, where 1 - alpha-bar has lost it") {
  const std::vector<double> betas{1e-10, 1e-10};
  CHECK(std::abs(Discrete::from_betas(betas)(1).sigma / 1e-5 - 1) < 1e-15);
}

TEST_CASE("the shortest chains: one step has the first beta, two have both ends") {
  CHECK(std::abs(std::pow(Discrete::linear(1, 0.1, 0.3)(1).alpha, 2) - 0.9) < 1e-15);
  CHECK(std::abs(std::pow(Discrete::linear(2, 0.1, 0.3)(2).alpha, 2) - 0.9 * 0.7) < 1e-15);
}

TEST_CASE("the end of a chain is found through rounding, and nothing beyond it") {
  const Discrete chain = Discrete::linear();
  const double end = lambda(chain(1000));
  CHECK(chain.time(end - 1e-13) == 1000);
  CHECK(tests::contains(tests::refusal([&] { chain.time(end - 0.01); }), "end of the chain"));
}

TEST_CASE("Discrete refuses") {
  const std::vector<double> too_large{0.1, 1.5}, rising{0.5, 0.6}, none;
  CHECK(tests::contains(tests::refusal([&] { Discrete::from_betas(too_large); }), "beta_2 = 1.5", "[0, 1]"));
  CHECK(tests::contains(tests::refusal([&] { Discrete::from_alpha_bars(rising); }), "alpha_bar_2 = 0.6", "0.5"));
  CHECK(tests::contains(tests::refusal([&] { Discrete::from_alpha_bars(std::vector{1.2}); }), "alpha_bar_1 = 1.2"));
  CHECK(tests::contains(tests::refusal([&] { Discrete::from_betas(none); }), "no steps"));
  CHECK(tests::contains(tests::refusal([] { Discrete::from_betas(std::vector{0.1, std::nan("")}); }), "beta_2 = nan"));
  CHECK(tests::contains(tests::refusal([] { Discrete::from_alpha_bars(std::vector{std::nan("")}); }), "alpha_bar_1"));
  CHECK(tests::contains(tests::refusal([] { Discrete::linear(0); }), "T = 0"));
  CHECK(tests::contains(tests::refusal([] { Discrete::linear(20, 0.005, 1.0 + 1e-9); }),
                        "beta_20"));  // 1000/T scaling of small T
  CHECK(tests::contains(tests::refusal([] { Discrete::linear()(1000.5); }), "1000.5", "[0, 1000]"));
  CHECK(tests::contains(tests::refusal([] { Discrete::linear()(-1); }), "n = -1"));
  CHECK(tests::contains(tests::refusal([] { Discrete::linear().time(-20); }), "-20", "end of the chain"));
  CHECK(tests::contains(tests::refusal([] { Discrete::zero_terminal_snr(Discrete::constant(3, 0)); }), "falls"));
}
