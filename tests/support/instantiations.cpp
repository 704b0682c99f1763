#include "test.hpp"

template class Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>;
template class Eigen::BDCSVD<Eigen::MatrixXd>;
template class tweedie::Covariance<double>;
template class tweedie::Gaussian<double>;
template class tweedie::GaussianMixture<double>;
