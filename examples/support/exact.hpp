#pragma once
// The exact models, their costly decompositions compiled once (exact.cpp): every example includes them from here.

#include <Eigen/Eigenvalues>
#include <Eigen/SVD>
#include <tweedie/exact/distances.hpp>
#include <tweedie/exact/gaussian_mixture.hpp>

extern template class Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>;
extern template class Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf>;
extern template class tweedie::Covariance<double>;
extern template class tweedie::Covariance<float>;
extern template class tweedie::Gaussian<double>;
extern template class tweedie::Gaussian<float>;
extern template class tweedie::GaussianMixture<double>;
extern template class tweedie::GaussianMixture<float>;
extern template double tweedie::frechet(const tweedie::Gaussian<double>&, const tweedie::Gaussian<double>&);
