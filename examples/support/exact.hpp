#pragma once
// The exact models, their costly decompositions compiled once (exact.cpp): every example and every test includes them
// from here.

#include <tweedie/exact/distances.hpp>
#include <tweedie/exact/gaussian_mixture.hpp>

extern template class Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>;
extern template Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>& Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>::compute(
    const Eigen::EigenBase<Eigen::MatrixXd>&, int);
extern template class Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf>;
extern template Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf>& Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf>::compute(
    const Eigen::EigenBase<Eigen::MatrixXf>&, int);
extern template Eigen::ArrayXd tweedie::detail::orthogonalise(Eigen::MatrixXd&, Eigen::MatrixXd&);
extern template Eigen::ArrayXf tweedie::detail::orthogonalise(Eigen::MatrixXf&, Eigen::MatrixXf&);
extern template Eigen::MatrixXd tweedie::detail::complement(const Eigen::MatrixXd&);
extern template Eigen::MatrixXd tweedie::polar_factor(Eigen::MatrixXd);
extern template Eigen::MatrixXf tweedie::polar_factor(Eigen::MatrixXf);
extern template class tweedie::detail::RelativeLogs<double>;
extern template class tweedie::Covariance<double>;
extern template class tweedie::Covariance<float>;
extern template class tweedie::Gaussian<double>;
extern template class tweedie::Gaussian<float>;
extern template class tweedie::GaussianMixture<double>;
extern template class tweedie::GaussianMixture<float>;
extern template double tweedie::wasserstein2(const tweedie::Gaussian<double>&, const tweedie::Gaussian<double>&);
extern template double tweedie::frechet(const tweedie::Gaussian<double>&, const tweedie::Gaussian<double>&);
