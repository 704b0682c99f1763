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

using namespace tweedie;

int main() {
  const auto shrink = [](const Eigen::MatrixXf& x, const Level& t, Eigen::MatrixXf& out) { out = x * float(t.alpha); };
  const Grid grid = levels(VariancePreserving{}, uniform(12, 1, 0.01));
  Table deep = tabulate(DDIM{0.3}, grid);  // one that keeps three estimates, from row 2 on
  for (std::size_t i = 2; i < deep.size(); ++i) deep[i].row.x0[2] = deep[i].row.eps[1] = 0.1;
  int failures = 0;
  for (const Table& table : {tabulate(DDPM{}, grid), tabulate(DDIM{}, grid), deep}) {
    std::size_t row = 0;
    const auto watch = [&](const Step&, const Eigen::MatrixXf&, const Eigen::MatrixXf&) {
      if (++row == 1) Eigen::internal::set_is_malloc_allowed(false), counting = true;
      if (row + 1 == table.size()) Eigen::internal::set_is_malloc_allowed(true), counting = false;
    };
    allocations = 0;
    try {
      sample(shrink, table, Eigen::MatrixXf(Eigen::MatrixXf::Ones(33, 70)), Normals{1}, watch);
    } catch (const std::logic_error& error) {
      std::printf("Eigen allocated: %s\n", error.what());
      ++failures;
    }
    Eigen::internal::set_is_malloc_allowed(true);
    counting = false;
    if (allocations != 0) std::printf("%d allocations by new\n", allocations), ++failures;
  }
  return failures;
}
