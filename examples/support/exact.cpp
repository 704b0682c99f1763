#include "exact.hpp"

template class Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>;
template Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>& Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>::compute(
    const Eigen::EigenBase<Eigen::MatrixXd>&, int);
template class Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf>;
template Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf>& Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf>::compute(
    const Eigen::EigenBase<Eigen::MatrixXf>&, int);
template Eigen::MatrixXd tweedie::polar_factor(Eigen::MatrixXd);
template Eigen::MatrixXf tweedie::polar_factor(Eigen::MatrixXf);
template class tweedie::Covariance<double>;
template class tweedie::Covariance<float>;
template class tweedie::Gaussian<double>;
template class tweedie::Gaussian<float>;
template class tweedie::GaussianMixture<double>;
template class tweedie::GaussianMixture<float>;
template double tweedie::frechet(const tweedie::Gaussian<double>&, const tweedie::Gaussian<double>&);
