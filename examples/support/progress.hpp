#pragma once
// A bar with the time left, on a terminal; nothing where the error output is a file or a pipe.

#include <chrono>

namespace examples {

class Progress {
 public:
  /// Work of `total` equal parts.
  explicit Progress(long total);
  ~Progress() { hide(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `parts` more are done. To be called by one thread at a time.
  void advance(long parts = 1);
  /// Wipes the bar, so that a line may be printed; the next part brings it back.
  void hide();

 private:
  using Clock = std::chrono::steady_clock;
  long total_, done_ = 0;
  bool terminal_, visible_ = false;
  Clock::time_point start_ = Clock::now(), shown_ = start_;
};

}  // namespace examples
