#include "support/test.hpp"

#include <random>
#if __has_include(<Random123/philox.h>)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <Random123/philox.h>
#pragma GCC diagnostic pop
#endif

using tweedie::Philox;

TEST_CASE("Philox is C++26's std::philox4x32") {
  Philox engine;  // [rand.predef]: the 10000th invocation of a default-constructed std::philox4x32 gives 1955073260
  for (int i = 1; i < 10000; ++i) engine();
  CHECK(engine() == 1955073260u);
}

#if __has_include(<Random123/philox.h>)
TEST_CASE("philox equals Random123 on many counters and keys") {
  std::mt19937 random(7);
  const auto word = [&] { return std::uint32_t(random()); };
  for (int i = 0; i < 100000; ++i) {
    const std::array<std::uint32_t, 4> c{word(), word(), word(), word()};
    const std::array<std::uint32_t, 2> k{word(), word()};
    const r123::Philox4x32::ctr_type out = r123::Philox4x32()({{c[0], c[1], c[2], c[3]}}, {{k[0], k[1]}});
    if (tweedie::philox(c, k) != std::array<std::uint32_t, 4>{out[0], out[1], out[2], out[3]}) FAIL("counter " << i);
  }
}
#endif

TEST_CASE("philox computes its lanes independently") {
  std::array<std::array<std::uint32_t, 3>, 4> lanes{{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}, {10, 11, 12}}};
  const auto given = lanes;
  tweedie::philox<3>(lanes, {13, 14});
  for (std::size_t i = 0; i < 3; ++i) {
    const auto one = tweedie::philox({given[0][i], given[1][i], given[2][i], given[3][i]}, {13, 14});
    for (std::size_t w = 0; w < 4; ++w) CHECK(lanes[w][i] == one[w]);
  }
}

TEST_CASE("discard skips as many numbers, across words and carries") {
  for (const unsigned skipped : {0u, 1u, 3u, 4u, 5u, 8u, 1001u})
    for (const int before : {0, 1, 3, 4}) {
      Philox a(42), b(42);
      for (int i = 0; i < before; ++i) a(), b();
      a.discard(skipped);
      for (unsigned i = 0; i < skipped; ++i) b();
      CHECK(a == b);
      CHECK(a() == b());
    }
  Philox far;
  far.set_counter({0, 0, 0, 0xFFFFFFFF});
  far.discard(4);  // the counter carries into its second word
  Philox carried;
  carried.set_counter({0, 0, 1, 0});
  CHECK(far() == carried());
}

TEST_CASE("Philox is a uniform random bit generator") {
  STATIC_REQUIRE(std::uniform_random_bit_generator<Philox>);
  Philox a(1), b(2);
  CHECK(!(a == b));
  CHECK(a() != b());
}
