#pragma once
// A bar with the time left, on a terminal; nothing where the error output is a file or a pipe.

#include <chrono>

namespace examples {

class Progress {
 public:
  /// Work of `total` equal parts.
  explicit Progress(long total);
  /// Wipes the bar.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `parts` more are done. To be called by one thread at a time.
  void advance(long parts = 1);

 private:
  using Clock = std::chrono::steady_clock;
  long total_, done_ = 0;
  bool terminal_;
  Clock::time_point start_ = Clock::now(), shown_ = start_;
};

}  // namespace examples
