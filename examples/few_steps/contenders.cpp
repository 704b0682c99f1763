#include "contenders.hpp"

#include <tweedie/sampler/ddim.hpp>
#include <tweedie/sampler/ddpm.hpp>
#include <tweedie/variance/elementwise.hpp>
#include <tweedie/variance/full_covariance.hpp>
#include <tweedie/variance/nelbo.hpp>
#include <tweedie/variance/trajectory.hpp>

namespace few_steps {

namespace {

using tweedie::Grid;
using tweedie::LastRow;
using tweedie::Table;

constexpr int every = std::numeric_limits<int>::max();
const tweedie::Normals noise_of_bounds{3};
const tweedie::Discretised grey_levels{.lo = 0, .hi = 1, .bins = 256};

Code code(const tweedie::Bound<tweedie::Discretised>& bound) {
  return {bound.bits_per_dimension(), bound.standard_error()};
}

/// The two functions of a sampler that is a table: `sampled` draws, `bounded`, if it has a bound, is what is decoded.
Contender of_tables(const std::string& name, const std::function<Table(const Grid&)>& sampled,
                    const std::function<Table(const Grid&)>& bounded, const Measured& measured) {
  const auto draw = [sampled](const Grid& grid) -> digits::Draw {
    return
        [table = sampled(grid)](const digits::Denoise& denoise, const tweedie::Many& many, const digits::Watch& watch) {
          return tweedie::sample_many<float>(denoise, table, many, watch);
        };
  };
  Contender contender{name, false, every, {}, draw, {}};
  if (bounded)
    contender.code = [bounded, &measured](const Grid& grid, const digits::Mixture& law, const Eigen::MatrixXf& digits) {
      // DDPM leaves its last row without noise; it is lent the decoder of the others.
      const tweedie::Bounding how{.decoder_variance = measured.diagonal(grid[grid.size() - 2])};
      return code(nelbo(law, bounded(grid), digits, noise_of_bounds, grey_levels, how));
    };
  return contender;
}

Contender of_pixels(const std::string& name, const Measured& measured) {
  const auto sampler = [&measured](LastRow last_row) {
    return tweedie::ElementwiseVariance{tweedie::DDPM{}, std::cref(measured.diagonal), last_row};
  };
  const auto draw = [sampler](const Grid& grid) -> digits::Draw {
    return [sampler, grid](const digits::Denoise& denoise, const tweedie::Many& many, const digits::Watch& watch) {
      return tweedie::sample_many<float>(denoise, sampler(LastRow::mean), grid, many, watch);
    };
  };
  const auto bits = [sampler](const Grid& grid, const digits::Mixture& law, const Eigen::MatrixXf& digits) {
    return code(nelbo(law, sampler(LastRow::noise), digits, grid, noise_of_bounds, grey_levels));
  };
  return {name, false, every, {}, draw, bits};
}

Contender of_covariances(const std::string& name, const Measured& measured) {
  return {name,
          false,
          25,
          {},
          [&measured](const Grid& grid) -> digits::Draw {
            return [&measured, grid](const digits::Denoise& denoise, const tweedie::Many& many,
                                     const digits::Watch& watch) {
              const tweedie::FullCovariance sampler{tweedie::DDPM{}, std::cref(measured.full)};
              return tweedie::sample_many<float>(denoise, sampler, grid, many, watch);
            };
          },
          {}};
}

}  // namespace

std::vector<Contender> contenders(const Measured& measured) {
  const auto small = [](const Grid& grid) { return tabulate(tweedie::DDPM{}, grid); };
  const auto large = [](const Grid& grid) {
    return tabulate(tweedie::DDPM{.variance = tweedie::forward_variance}, grid);
  };
  const auto ddim = [](const Grid& grid) { return tabulate(tweedie::DDIM{}, grid); };
  const auto analytic = [&measured, small](const Grid& grid) { return with_variance(small(grid), measured.diagonal); };
  const std::vector<Contender> samplers{
      of_tables("DDPM, small", small, small, measured), of_tables("DDPM, large", large, large, measured),
      of_tables("DDIM", ddim, {}, measured), of_tables("Analytic-DPM", analytic, analytic, measured),
      of_pixels("Extended, diagonal", measured)};

  std::vector<Contender> all;
  for (const bool searched : {false, true})
    for (Contender contender : samplers) {
      contender.searched = searched;
      contender.levels = [searched, &measured](int steps) {
        return searched ? optimal_trajectory(uniform_levels(400), steps, measured.diagonal).grid
                        : uniform_levels(steps);
      };
      all.push_back(contender);
    }
  Contender full = of_covariances("Extended, full", measured);
  full.levels = uniform_levels;
  all.push_back(full);
  return all;
}

std::optional<Code> code_length(const Contender& contender, const tweedie::Grid& grid, const examples::DigitSet& real,
                                const std::vector<digits::Part>& parts) {
  if (!contender.code) return std::nullopt;
  Code mean{0, 0};
  for (const digits::Part& part : parts) {
    const auto count = coded_digits / int(parts.size());
    const Code one = contender.code(grid, part.law, digits::real_digits(real, part.label, count));
    mean.bits += one.bits / double(parts.size());
    mean.error = std::hypot(mean.error, one.error / double(parts.size()));
  }
  return mean;
}

}  // namespace few_steps
