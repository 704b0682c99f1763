#pragma once
// Guidance by a similarity of the state with something given: any function with a gradient takes the place of log p(y |
// x), in classifier(…) and in MeanShift. Here is the cosine of an embedding e with the embedding e' that is asked for,
//   cos(e, e') = e·e'/(‖e‖ ‖e'‖),   ∇_e cos = (e'/‖e'‖ − cos(e, e') e/‖e‖)/‖e‖,  orthogonal to e                            [SIM-3]
// and ∇_x cos = (∂e/∂x)ᵀ ∇_e cos.

#include "gradient.hpp"

namespace tweedie {

namespace detail {
/// The embedding that is the state itself.
struct SameEmbedding {
  template <State X>
  X operator()(const X& x, const Level&) const {
    return x;
  }
  template <State X>
  X operator()(const X&, const Level&, const X& z) const {
    return z;
  }
};
}  // namespace detail

/// The gradient of the cosine with `target`, a state of one sample or of as many as x.
///   classifier(denoise, cosine_gradient(target), scale)
///   embed      (x, level) → e, of any number of rows; left out, e = x
///   pull       (x, level, u) → (∂e/∂x)ᵀ u, in the shape of x
/// Throws std::invalid_argument where e or e' is 0, which has no direction.
template <class E, class Embed = detail::SameEmbedding, class Pull = detail::SameEmbedding>
auto cosine_gradient(E target, Embed embed = {}, Pull pull = {}) {
  static_assert(State<E>, "tweedie: the target of a cosine is a Matrix, Array or Tensor of embeddings");
  return [target = std::move(target), embed = std::move(embed), pull = std::move(pull)](const auto& x, const Level& t) {
    auto e = embed(x, t);
    using Scalar = typename decltype(e)::Scalar;
    using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;
    auto view = columns(e);
    const auto wanted = columns(target);
    require(wanted.rows() == view.rows() && (wanted.cols() == view.cols() || wanted.cols() == 1),
            "cosine: the target has the shape ", shape(target), ", the embeddings of the state ", shape(e));
    for (Eigen::Index i = 0; i < view.cols(); ++i) {
      const Vector other = wanted.col(wanted.cols() == 1 ? 0 : i).template cast<Scalar>();
      const Scalar size = view.col(i).norm(), other_size = other.norm();
      require(size > 0 && other_size > 0, "cosine: at time ", t.time, " the embedding of ",
              size > 0 ? "the target" : "sample ", size > 0 ? "" : std::to_string(i), " is 0, which has no direction");
      const Scalar cosine = view.col(i).dot(other) / (size * other_size);
      view.col(i) = (other / other_size - cosine * view.col(i) / size) / size;
    }
    return pull(x, t, e);
  };
}

/// ∇(−‖x − target‖²/2) = target − x, for which the tilted kernel is known exactly.                                     [SIM-2]
template <class E>
auto distance_gradient(E target) {
  static_assert(State<E>, "tweedie: the target of a distance is a Matrix, Array or Tensor");
  return [target = std::move(target)](const auto& x, const Level&) {
    using X = std::remove_cvref_t<decltype(x)>;
    const auto wanted = columns(target);
    X g = x;
    auto view = columns(g);
    require(wanted.rows() == view.rows() && (wanted.cols() == view.cols() || wanted.cols() == 1),
            "distance: the target has the shape ", shape(target), ", the state ", shape(x));
    for (Eigen::Index i = 0; i < view.cols(); ++i)
      view.col(i) = wanted.col(wanted.cols() == 1 ? 0 : i).template cast<typename X::Scalar>() - view.col(i);
    return g;
  };
}

}  // namespace tweedie
