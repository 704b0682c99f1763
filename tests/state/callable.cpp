#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;

// Which callables are refused; tests/headers/messages.cpp has the sentences.

namespace {

template <class F>
bool loses(const F&) {
  return detail::loses_output<F, MatrixXd, Level>();
}

struct ByBase {
  template <class A, class B>
  void operator()(const Eigen::MatrixBase<A>& x, const Level&, Eigen::MatrixBase<B>& out) const {
    out = 2 * x;
  }
};
struct Both {
  void operator()(const MatrixXd& x, const Level&, MatrixXd& out) const { out = 2 * x; }
  MatrixXd operator()(const MatrixXd& x, const Level&) const { return 2 * x; }
};
struct BothByValue {
  void operator()(const MatrixXd& x, const Level&, MatrixXd out) const { out = 2 * x; }
  MatrixXd operator()(const MatrixXd& x, const Level&) const { return 2 * x; }
};
void by_value(const MatrixXd& x, const Level&, MatrixXd out) {
  out = 2 * x;
}
void by_reference(const MatrixXd& x, const Level&, MatrixXd& out) {
  out = 2 * x;
}

}  // namespace

TEST_CASE("an output taken by reference is told from one that is lost") {
  const auto plain = [](const MatrixXd& x, const Level&, MatrixXd& out) { out = 2 * x; };
  const auto check = [](const auto& fills) {
    CHECK(!loses(fills));
    const MatrixXd x = MatrixXd::Random(2, 3);
    MatrixXd out;
    denoised(fills, x, clean, out);
    CHECK(out == 2 * x);
  };
  check(plain);
  check([](const auto& x, const Level&, auto& out) { out = 2 * x; });
  check([](const auto& x, const auto&, auto&& out) { out = 2 * x; });
  check([](auto x, auto, auto& out) { out = 2 * x; });
  check([](const MatrixXd& x, const Level&, auto&& out) { out = 2 * x; });
  check([](const MatrixXd& x, const Level&, Eigen::Ref<MatrixXd> out) { out = 2 * x; });
  check([](const MatrixXd& x, const Level&, Eigen::MatrixBase<MatrixXd>& out) { out = 2 * x; });
  check([&](auto&&... all) { plain(std::forward<decltype(all)>(all)...); });
  check([&](const auto& x, const Level& t, auto&& out) { plain(x, t, std::forward<decltype(out)>(out)); });
  check(std::cref(plain));
  check(std::function<void(const MatrixXd&, const Level&, MatrixXd&)>(plain));
  check(&by_reference);
  check(ByBase{});
  check(Both{});

  CHECK(loses([](const MatrixXd& x, const Level&, MatrixXd out) { out = x; }));
  CHECK(loses([](const MatrixXd& x, const Level&, auto out) { out = x; }));
  CHECK(loses([](const auto& x, const Level&, auto out) { out = x; }));
  CHECK(loses([](auto x, auto, auto out) { out = x; }));
  CHECK(loses([](const MatrixXd&, const Level&, const MatrixXd&) {}));
  CHECK(loses([](const auto&, const auto&, const auto&) {}));
  CHECK(loses(std::function<void(const MatrixXd&, const Level&, MatrixXd)>(by_value)));
  CHECK(loses(&by_value));
  CHECK(loses(BothByValue{}));
}

TEST_CASE("noise that fills the state is told from noise that fills a copy") {
  const auto lost = []<class N>(const N&) { return detail::loses_noise<N, MatrixXd>(); };
  const auto fill = [](MatrixXd& z) { z.setOnes(); };
  CHECK(!lost(fill));
  CHECK(!lost([](auto& z) { z.setOnes(); }));
  CHECK(!lost([](auto&& z) { z.setOnes(); }));
  CHECK(!lost([](Eigen::Ref<MatrixXd> z) { z.setOnes(); }));
  CHECK(!lost([](auto& z, std::int64_t, std::int64_t) { z.setOnes(); }));
  CHECK(!lost([&](auto&&... all) { fill(std::forward<decltype(all)>(all)...); }));
  CHECK(!lost(Normals{1}));
  CHECK(lost([](MatrixXd z) { z.setOnes(); }));
  CHECK(lost([](auto z) { z.setOnes(); }));
  CHECK(lost([](MatrixXd z, std::int64_t, std::int64_t) { z.setOnes(); }));
  CHECK(lost([](auto z, auto, auto) { z.setOnes(); }));
}

TEST_CASE("an expression is told from a state that owns its numbers") {
  const MatrixXd x = MatrixXd::Ones(2, 3);
  const auto lazy = [](const auto& f) { return detail::Unevaluated<decltype(f())>; };
  CHECK(lazy([&] { return x * 0.5; }));
  CHECK(lazy([&] { return x.leftCols(2); }));
  CHECK(lazy([&] { return x * x.transpose(); }));
  CHECK(lazy([&] { return x.array(); }));
  CHECK(lazy([&] { return MatrixXd::Zero(2, 3); }));
  CHECK(lazy([&] { return flat(x).sin(); }));
  CHECK(!lazy([&] { return x; }));
  CHECK(!lazy([&]() -> const MatrixXd& { return x; }));
  CHECK(!lazy([&] { return MatrixXd(x * 0.5); }));
  CHECK(!lazy([&] { return (x * 0.5).eval(); }));
  CHECK(!lazy([&] { return Eigen::Map<const MatrixXd>(x.data(), 2, 3); }));
  CHECK(!lazy([&] { return 1.0; }));
}

TEST_CASE("a callable's parameters are known where it has one signature") {
  const auto of_float = [](const Eigen::MatrixXf& x, int) { return x; };
  CHECK(std::is_same_v<detail::Parameter<decltype(of_float), 0>, Eigen::MatrixXf>);
  CHECK(std::is_same_v<detail::Parameter<decltype(of_float), 1>, int>);
  CHECK(std::is_same_v<detail::Parameter<decltype(&by_value), 2>, MatrixXd>);
  CHECK(std::is_void_v<detail::Parameter<Both, 0>>);
  CHECK(detail::OtherScalar<Eigen::MatrixXf, MatrixXd>);
  CHECK(!detail::OtherScalar<Eigen::ArrayXXd, MatrixXd>);
  CHECK(!detail::OtherScalar<void, MatrixXd>);
}
