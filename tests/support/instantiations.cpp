#include "test.hpp"

template class Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>;
template class Eigen::BDCSVD<Eigen::MatrixXd>;
template class tweedie::Covariance<double>;
template class tweedie::Gaussian<double>;
template class tweedie::GaussianMixture<double>;
template double tweedie::kl(const tweedie::Gaussian<double>&, const tweedie::Gaussian<double>&);
template double tweedie::frechet(const tweedie::Gaussian<double>&, const tweedie::Gaussian<double>&);
template tweedie::Gaussian<double> tweedie::push_forward(const tweedie::Table&, const tweedie::Gaussian<double>&,
                                                         const tweedie::Gaussian<double>&);
