#include <Eigen/Eigenvalues>
#include <cmath>

#include "cli/score_metrics.h"

namespace cgan_jit::cli {
namespace {

struct Gaussian {
  Eigen::VectorXd mean;
  Eigen::MatrixXd covariance;
};

Eigen::VectorXd row(const Points& points, int64_t i) {
  return Eigen::Map<const Eigen::VectorXf>(points.values.data() + i * points.width, points.width)
      .cast<double>();
}

Gaussian fitted(const Points& points) {
  const int64_t count = points.count();
  Gaussian fit{Eigen::VectorXd::Zero(points.width), Eigen::MatrixXd::Zero(points.width, points.width)};
  for (int64_t i = 0; i < count; ++i) fit.mean += row(points, i);
  fit.mean /= static_cast<double>(count);
  for (int64_t i = 0; i < count; ++i) {
    const Eigen::VectorXd from_mean = row(points, i) - fit.mean;
    fit.covariance += from_mean * from_mean.transpose();
  }
  fit.covariance /= static_cast<double>(count - 1);
  return fit;
}

using Eigensystem = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>;

// Of a matrix without negative eigenvalues; rounding may leave tiny ones.
Eigen::VectorXd roots_of_eigenvalues(const Eigensystem& system) {
  return system.eigenvalues().cwiseMax(0).cwiseSqrt();
}

Eigen::MatrixXd square_root(const Eigen::MatrixXd& covariance) {
  const Eigensystem system(covariance);
  return system.eigenvectors() * roots_of_eigenvalues(system).asDiagonal() *
         system.eigenvectors().transpose();
}

/// tr((A B)^(1/2)): A B has the eigenvalues of the symmetric A^(1/2) B A^(1/2).
double trace_of_root(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  const Eigen::MatrixXd root = square_root(a);
  return roots_of_eigenvalues(Eigensystem(root * b * root, Eigen::EigenvaluesOnly)).sum();
}

}  // namespace

double frechet_distance(const Points& a, const Points& b) {
  if (a.width != b.width) throw Error("Frechet distance: {} features by {}", a.width, b.width);
  if (a.count() < 2 || b.count() < 2)
    throw Error("Frechet distance: of {} and {} points; it takes two at least", a.count(), b.count());
  const Gaussian p = fitted(a), q = fitted(b);
  const double traces = p.covariance.trace() + q.covariance.trace();
  return (p.mean - q.mean).squaredNorm() +
         std::max(0.0, traces - 2 * trace_of_root(p.covariance, q.covariance));
}

}  // namespace cgan_jit::cli
