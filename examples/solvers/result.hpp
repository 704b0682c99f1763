#pragma once
// What a sampler came to.

#include <optional>
#include <string>
#include <vector>

namespace solvers {

/// How far samples are from the law that they should have.
struct Measured {
  double frechet;      ///< of the samples' moments to the data's
  double log_density;  ///< mean, nats
};

/// One number of evaluations.
struct Run {
  int asked;                  ///< evaluations at most
  int steps;                  ///< that they paid for
  double used;                ///< evaluations of the denoiser for each sample
  std::optional<double> off;  ///< root mean square per pixel from the ends of the flow; none where noise is drawn
  Measured measured;
};

struct Result {
  std::string sampler;
  std::vector<Run> runs;
};

}  // namespace solvers
