#include "test.hpp"

template double tweedie::kl(const tweedie::Gaussian<double>&, const tweedie::Gaussian<double>&);
template Eigen::MatrixXd tweedie::Gaussian<double>::operator()(const Eigen::MatrixXd&, const tweedie::Level&) const;
template void tweedie::Gaussian<double>::operator()(const Eigen::MatrixXd&, const tweedie::Level&,
                                                    Eigen::MatrixXd&) const;
template Eigen::MatrixXd tweedie::Gaussian<double>::score(const Eigen::MatrixXd&, const tweedie::Level&) const;
template Eigen::VectorXd tweedie::Gaussian<double>::log_density(const Eigen::MatrixXd&, const tweedie::Level&) const;
template Eigen::MatrixXd tweedie::Gaussian<double>::variance(const Eigen::MatrixXd&, const tweedie::Level&) const;
template Eigen::MatrixXd tweedie::Gaussian<double>::covariance_times(const Eigen::MatrixXd&, const tweedie::Level&,
                                                                     const Eigen::Ref<const Eigen::MatrixXd>&) const;
template Eigen::MatrixXd tweedie::Gaussian<double>::covariance(const Eigen::MatrixXd&, const tweedie::Level&) const;
template Eigen::MatrixXd tweedie::Gaussian<double>::covariance(const Eigen::VectorXd&, const tweedie::Level&) const;
template Eigen::MatrixXd tweedie::GaussianMixture<double>::operator()(const Eigen::MatrixXd&,
                                                                      const tweedie::Level&) const;
template void tweedie::GaussianMixture<double>::operator()(const Eigen::MatrixXd&, const tweedie::Level&,
                                                           Eigen::MatrixXd&) const;
template Eigen::MatrixXd tweedie::GaussianMixture<double>::score(const Eigen::MatrixXd&, const tweedie::Level&) const;
template Eigen::MatrixXd tweedie::GaussianMixture<double>::variance(const Eigen::MatrixXd&,
                                                                    const tweedie::Level&) const;
template Eigen::MatrixXd tweedie::GaussianMixture<double>::covariance(const Eigen::VectorXd&,
                                                                      const tweedie::Level&) const;
template Eigen::MatrixXd tweedie::GaussianMixture<double>::covariance_times(
    const Eigen::MatrixXd&, const tweedie::Level&, const Eigen::Ref<const Eigen::MatrixXd>&) const;
template Eigen::MatrixXd tweedie::GaussianMixture<double>::covariance(const Eigen::MatrixXd&,
                                                                      const tweedie::Level&) const;
template class tweedie::BasicEstimate<double>;
template class tweedie::BasicLinearMeasurement<double>;
template Eigen::VectorXd tweedie::detail::krylov_coefficients(const Eigen::MatrixXd&, double, bool);
template tweedie::LinearMeasurement tweedie::masked<double>(const Eigen::VectorXd&, const Eigen::MatrixXd&, double);
template tweedie::detail::LinearPosterior<double> tweedie::detail::linear_posterior(const tweedie::Gaussian<double>&,
                                                                                    const Eigen::MatrixXd&,
                                                                                    const Eigen::VectorXd&, double);
template Eigen::Array<double, 128, 1> tweedie::normal_quantile(const Eigen::Array<double, 128, 1>&);
template tweedie::Gaussian<double> tweedie::push_forward(const tweedie::Table&, const tweedie::Gaussian<double>&,
                                                         const tweedie::Gaussian<double>&);
