#include "exact.hpp"

template class Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>;
template class Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf>;
template class tweedie::Covariance<double>;
template class tweedie::Covariance<float>;
template class tweedie::Gaussian<double>;
template class tweedie::Gaussian<float>;
template class tweedie::GaussianMixture<double>;
template class tweedie::GaussianMixture<float>;
template double tweedie::frechet(const tweedie::Gaussian<double>&, const tweedie::Gaussian<double>&);
