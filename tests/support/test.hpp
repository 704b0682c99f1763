#pragma once
// What every test file includes: Catch2 (2.13 or 3), the library, and a few words for assertions.

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_message.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <Eigen/Dense>
#include <tweedie/tweedie.hpp>

#include "support/exact.hpp"  // of the examples: the exact models, compiled once for both

// So is, in instantiations.cpp, what else several tests use.
extern template double tweedie::kl(const tweedie::Gaussian<double>&, const tweedie::Gaussian<double>&);
extern template Eigen::MatrixXd tweedie::Gaussian<double>::operator()(const Eigen::MatrixXd&,
                                                                      const tweedie::Level&) const;
extern template void tweedie::Gaussian<double>::operator()(const Eigen::MatrixXd&, const tweedie::Level&,
                                                           Eigen::MatrixXd&) const;
extern template Eigen::MatrixXd tweedie::Gaussian<double>::score(const Eigen::MatrixXd&, const tweedie::Level&) const;
extern template Eigen::VectorXd tweedie::Gaussian<double>::log_density(const Eigen::MatrixXd&,
                                                                       const tweedie::Level&) const;
extern template Eigen::MatrixXd tweedie::Gaussian<double>::variance(const Eigen::MatrixXd&,
                                                                    const tweedie::Level&) const;
extern template Eigen::MatrixXd tweedie::Gaussian<double>::covariance_times(
    const Eigen::MatrixXd&, const tweedie::Level&, const Eigen::Ref<const Eigen::MatrixXd>&) const;
extern template Eigen::MatrixXd tweedie::Gaussian<double>::covariance(const Eigen::MatrixXd&,
                                                                      const tweedie::Level&) const;
extern template Eigen::MatrixXd tweedie::Gaussian<double>::covariance(const Eigen::VectorXd&,
                                                                      const tweedie::Level&) const;
extern template Eigen::MatrixXd tweedie::GaussianMixture<double>::operator()(const Eigen::MatrixXd&,
                                                                             const tweedie::Level&) const;
extern template void tweedie::GaussianMixture<double>::operator()(const Eigen::MatrixXd&, const tweedie::Level&,
                                                                  Eigen::MatrixXd&) const;
extern template Eigen::MatrixXd tweedie::GaussianMixture<double>::score(const Eigen::MatrixXd&,
                                                                        const tweedie::Level&) const;
extern template Eigen::MatrixXd tweedie::GaussianMixture<double>::variance(const Eigen::MatrixXd&,
                                                                           const tweedie::Level&) const;
extern template Eigen::MatrixXd tweedie::GaussianMixture<double>::covariance(const Eigen::VectorXd&,
                                                                             const tweedie::Level&) const;
extern template Eigen::MatrixXd tweedie::GaussianMixture<double>::covariance_times(
    const Eigen::MatrixXd&, const tweedie::Level&, const Eigen::Ref<const Eigen::MatrixXd>&) const;
extern template Eigen::MatrixXd tweedie::GaussianMixture<double>::covariance(const Eigen::MatrixXd&,
                                                                             const tweedie::Level&) const;
extern template class tweedie::BasicEstimate<double>;
extern template class tweedie::BasicLinearMeasurement<double>;
extern template Eigen::VectorXd tweedie::detail::krylov_coefficients(const Eigen::MatrixXd&, double, bool);
extern template tweedie::LinearMeasurement tweedie::masked<double>(const Eigen::VectorXd&, const Eigen::MatrixXd&,
                                                                   double);
extern template tweedie::detail::LinearPosterior<double> tweedie::detail::linear_posterior(
    const tweedie::Gaussian<double>&, const Eigen::MatrixXd&, const Eigen::VectorXd&, double);
extern template Eigen::Array<double, 128, 1> tweedie::normal_quantile(const Eigen::Array<double, 128, 1>&);
extern template tweedie::Gaussian<double> tweedie::push_forward(const tweedie::Table&, const tweedie::Gaussian<double>&,
                                                                const tweedie::Gaussian<double>&);

namespace tests {

/// The largest |a − b|, for states of any kind and their expressions.
template <class A, class B>
double largest_difference(const A& a, const B& b) {
  const tweedie::Plain<A>& left = a;
  const tweedie::Plain<B>& right = b;
  const auto difference =
      tweedie::columns(left).template cast<double>() - tweedie::columns(right).template cast<double>();
  return difference.cwiseAbs().maxCoeff();
}

/// The sentence that `action` throws as an exception of type E; fails if it throws none.
template <class E = std::invalid_argument, class Action>
std::string refusal(const Action& action) {
  try {
    action();
  } catch (const E& error) {
    return error.what();
  }
  FAIL("nothing was refused");
  return {};
}

/// Whether `text` contains every one of the words.
template <class... Words>
bool contains(const std::string& text, const Words&... words) {
  return ((text.find(words) != std::string::npos) && ...);
}

}  // namespace tests
