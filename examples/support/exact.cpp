#include "exact.hpp"

template class Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>;
template Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>& Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>::compute(
    const Eigen::EigenBase<Eigen::MatrixXd>&, int);
template class Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf>;
template Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf>& Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf>::compute(
    const Eigen::EigenBase<Eigen::MatrixXf>&, int);
template Eigen::ArrayXd tweedie::detail::orthogonalise(Eigen::MatrixXd&, Eigen::MatrixXd&);
template Eigen::ArrayXf tweedie::detail::orthogonalise(Eigen::MatrixXf&, Eigen::MatrixXf&);
template Eigen::MatrixXd tweedie::detail::complement(const Eigen::MatrixXd&);
template Eigen::MatrixXd tweedie::polar_factor(Eigen::MatrixXd);
template Eigen::MatrixXf tweedie::polar_factor(Eigen::MatrixXf);
template class tweedie::detail::RelativeLogs<double>;
template class tweedie::Covariance<double>;
template class tweedie::Covariance<float>;
template class tweedie::Gaussian<double>;
template class tweedie::Gaussian<float>;
template class tweedie::GaussianMixture<double>;
template class tweedie::GaussianMixture<float>;
template double tweedie::wasserstein2(const tweedie::Gaussian<double>&, const tweedie::Gaussian<double>&);
template double tweedie::frechet(const tweedie::Gaussian<double>&, const tweedie::Gaussian<double>&);
