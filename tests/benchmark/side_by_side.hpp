#pragma once
// Ours and a reference, measured in turn within one run: on a noisy machine only their ratio means something.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <vector>

/// Runs each once an iteration and reports the medians as numbers a second, and ours/reference as `ratio`.
template <class Ours, class Reference>
void side_by_side(benchmark::State& state, double numbers, const Ours& ours, const Reference& reference) {
  const auto seconds = [](const auto& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    benchmark::ClobberMemory();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const auto median = [](std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + std::ptrdiff_t(values.size() / 2), values.end());
    return values[values.size() / 2];
  };
  std::vector<double> mine, theirs;
  for (auto _ : state) {
    mine.push_back(seconds(ours));
    theirs.push_back(seconds(reference));
  }
  state.counters["ours"] = benchmark::Counter(numbers / median(mine));
  state.counters["reference"] = benchmark::Counter(numbers / median(theirs));
  state.counters["ratio"] = median(theirs) / median(mine);
}
