// The loop makes no heap allocation after its first row. A program of its own: Eigen must be told before it is
// included, and the global operator new is replaced.

#include <cstdio>
#include <cstdlib>
#include <new>
#include <stdexcept>

static bool counting = false;
static int allocations = 0;

void* operator new(std::size_t size) {
  allocations += counting ? 1 : 0;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

#define EIGEN_RUNTIME_NO_MALLOC  // and its check is an assertion, silent in a release build unless it throws:
#define eigen_assert(condition) \
  if (!(condition)) throw std::logic_error(#condition)

#include <tweedie/tweedie.hpp>
#include <unsupported/Eigen/CXX11/Tensor>

using namespace tweedie;

int main() {
  const auto shrink = [](const Eigen::MatrixXf& x, const Level& t, Eigen::MatrixXf& out) { out = x * float(t.alpha); };
  const Grid grid = levels(VariancePreserving{}, uniform(12, 1, 0.01));
  Table deep = tabulate(DDIM{0.3}, grid);  // one that keeps three estimates, from row 2 on
  for (std::size_t i = 2; i < deep.size(); ++i) deep[i].row.x0[2] = deep[i].row.eps[1] = 0.1;
  int failures = 0;
  const auto check = [&](const char* what, const auto& denoise, const Table& table, const auto& start) {
    using X = std::remove_cvref_t<decltype(start)>;
    std::size_t row = 0;
    const auto watch = [&](const Step&, const X&, const X&) {
      if (++row == 1) Eigen::internal::set_is_malloc_allowed(false), counting = true;
      if (row + 1 == table.size()) Eigen::internal::set_is_malloc_allowed(true), counting = false;
    };
    allocations = 0;
    try {
      sample(denoise, table, start, Normals{1}, watch);
    } catch (const std::logic_error& error) {
      std::printf("%s: Eigen allocated: %s\n", what, error.what());
      ++failures;
    }
    Eigen::internal::set_is_malloc_allowed(true);
    counting = false;
    if (allocations != 0) std::printf("%s: %d allocations by new\n", what, allocations), ++failures;
  };
  const Eigen::MatrixXf start = Eigen::MatrixXf::Ones(33, 70);
  for (const Table& table : {tabulate(DDPM{}, grid), tabulate(DDIM{}, grid), deep})
    check("plain", shrink, table, start);
  check("clipped", clipped(shrink, -0.5, 0.5), deep, start);
  check("thresholded", thresholded(shrink, 0.9, 0.5), deep, start);
  check("network", network(Prediction::v, shrink), deep, start);
  // The shape of this one, in words, is too long for a std::string to hold it in itself: no sentence may be made of it.
  using Long = Eigen::Tensor<float, 9>;
  const auto same = [](const Long& x, const Level&, Long& out) { flat(out) = flat(x); };
  Long ones(1, 2, 1, 1, 1, 1, 1, 1, 3);
  ones.setConstant(1);
  check("tensor", network(Prediction::v, same), deep, ones);
  return failures;
}
