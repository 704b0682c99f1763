#include "progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

namespace examples {

Progress::Progress(long total) : total_(std::max(total, 1L)), terminal_(isatty(STDERR_FILENO) != 0) {
}

void Progress::hide() {
  if (visible_) fmt::print(stderr, "\r{:60}\r", "");
  visible_ = false;
}

void Progress::advance(long parts) {
  done_ = std::min(done_ + parts, total_);
  const auto now = Clock::now();
  if (!terminal_ || now - shown_ < std::chrono::milliseconds(100)) return;
  shown_ = now;
  visible_ = true;
  const double share = double(done_) / double(total_), spent = std::chrono::duration<double>(now - start_).count();
  const auto filled = std::size_t(std::lround(30 * share));
  fmt::print(stderr, "\r[{:.<30}] {:3.0f} %, {:.0f} s left  ", std::string(filled, '#'), 100 * share,
             spent * (1 - share) / share);
}

}  // namespace examples
