#include "guides.hpp"

#include <fmt/format.h>

#include <tweedie/guidance/classifier.hpp>
#include <tweedie/guidance/classifier_free.hpp>

namespace guided_digits {

namespace {

using digits::Mixture;
using digits::Part;
using tweedie::Level;

/// A law as its denoiser, not copied.
auto denoiser_of(const Mixture& law) {
  return [&law](const Eigen::MatrixXf& x, const Level& t, Eigen::MatrixXf& x0) { law(x, t, x0); };
}

/// x̂₀ + (σ²/α) γ ∇ log P(class | x_t), with the exact classifier of noised digits.
Denoise by_classifier(const examples::FittedMixture& fit, const Mixture& model, const Part& part, double scale) {
  const auto gradient = [&model, chosen = fit.components(part.label)](const Eigen::MatrixXf& x, const Level& t) {
    return model.log_probability_gradient(chosen, x, t);
  };
  return tweedie::classifier(denoiser_of(model), gradient, scale);
}

/// x̂₀ + γ (x̂₀(x | class) − x̂₀).
Denoise free_of_classifier(const Mixture& model, const Part& part, double scale) {
  return tweedie::classifier_free_scale(denoiser_of(part.law), denoiser_of(model), scale);
}

}  // namespace

std::string Guide::name() const {
  return scale ? fmt::format("{}, {:g}", method, *scale) : method;
}

std::vector<Guide> guides(const examples::FittedMixture& fit, const Mixture& model, const std::vector<double>& scales) {
  std::vector<Guide> all{{"conditional", std::nullopt, [](const Part& part) { return denoiser_of(part.law); }}};
  for (const double scale : scales)
    all.push_back({"classifier", scale,
                   [&fit, &model, scale](const Part& part) { return by_classifier(fit, model, part, scale); }});
  for (const double scale : scales)
    all.push_back({"classifier-free", scale,
                   [&model, scale](const Part& part) { return free_of_classifier(model, part, scale); }});
  return all;
}

}  // namespace guided_digits
