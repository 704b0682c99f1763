#include "test.hpp"

template class Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>;
template Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>& Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>::compute(
    const Eigen::EigenBase<Eigen::MatrixXd>&, int);
template Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf>& Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf>::compute(
    const Eigen::EigenBase<Eigen::MatrixXf>&, int);
template class Eigen::BDCSVD<Eigen::MatrixXd>;
template class tweedie::Covariance<double>;
template class tweedie::Covariance<float>;
template class tweedie::Gaussian<double>;
template class tweedie::GaussianMixture<double>;
template double tweedie::kl(const tweedie::Gaussian<double>&, const tweedie::Gaussian<double>&);
template double tweedie::frechet(const tweedie::Gaussian<double>&, const tweedie::Gaussian<double>&);
template Eigen::MatrixXd tweedie::Gaussian<double>::operator()(const Eigen::MatrixXd&, const tweedie::Level&) const;
template void tweedie::Gaussian<double>::operator()(const Eigen::MatrixXd&, const tweedie::Level&,
                                                    Eigen::MatrixXd&) const;
template Eigen::MatrixXd tweedie::Gaussian<double>::score(const Eigen::MatrixXd&, const tweedie::Level&) const;
template Eigen::VectorXd tweedie::Gaussian<double>::log_density(const Eigen::MatrixXd&, const tweedie::Level&) const;
template Eigen::MatrixXd tweedie::Gaussian<double>::variance(const Eigen::MatrixXd&, const tweedie::Level&) const;
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
template Eigen::MatrixXd tweedie::GaussianMixture<double>::covariance(const Eigen::MatrixXd&,
                                                                      const tweedie::Level&) const;
template class tweedie::BasicEstimate<double>;
template class tweedie::BasicLinearMeasurement<double>;
template Eigen::VectorXd tweedie::detail::least_squares(const Eigen::MatrixXd&, const Eigen::VectorXd&);
template tweedie::LinearMeasurement tweedie::masked<double>(const Eigen::VectorXd&, const Eigen::MatrixXd&, double);
template tweedie::detail::LinearPosterior<double> tweedie::detail::linear_posterior(const tweedie::Gaussian<double>&,
                                                                                    const Eigen::MatrixXd&,
                                                                                    const Eigen::VectorXd&, double);
template Eigen::Array<double, 128, 1> tweedie::normal_quantile(const Eigen::Array<double, 128, 1>&);
template tweedie::Gaussian<double> tweedie::push_forward(const tweedie::Table&, const tweedie::Gaussian<double>&,
                                                         const tweedie::Gaussian<double>&);
