// k-diffusion's log_likelihood: the flow of x = x₀ + σ ε from sigma_min to sigma_max, one probe of signs, N(0,
// sigma_max² I) at the end.

#include "likelihoods.hpp"

using namespace tweedie;
using tests::Case;

namespace {

void check(const Case& c) {
  require(c.type.ends_with("log_likelihood"), "no rule for ", c.type);
  c.args.settled({"atol", "rtol"});  // the case's tolerance follows from them
  const EDM edm{};
  const Level from = edm(c.args.number("sigma_min")), to = edm(c.args.number("sigma_max"));
  const auto found =
      tests::probed(c, c.state("data"), c.state("rademacher_v"), Probe::rademacher, from, to, at_lambda(edm), to.sigma);
  compare(c, "log_likelihood", found.log_density, tests::column(c, "log_likelihood"));
  compare(c, "exact_logp_at_sigma_min", c.mixture.log_density(c.state("data"), from),
          tests::column(c, "exact_logp_at_sigma_min"));
}

}  // namespace

TEST_CASE("Golden: k-diffusion, likelihood", "[golden]") {
  tests::check_family("kdiffusion_likelihood", {}, check);
}
