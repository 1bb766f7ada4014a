#include <cmath>
#include <numbers>

#include "frontend/loss_parts.h"
#include "ir/standard_floats.h"

namespace cgan_jit {
namespace {

/// log(n!) of n above 1, else 0 (Stirling); of the branch not taken nothing grows.
Tensor log_factorial(const Located& n) {
  const Located counts = at(n > 1, n), safe = at(where(counts, n, 1), n), log_n = at(log(safe), n);
  const Tensor root = at(log_n + std::log(2 * std::numbers::pi), n) * 0.5;
  return where(counts, at(safe * log_n - safe, n) + root, 0);
}

}  // namespace

Tensor poisson_nll_loss(const Located& x, const Operand& target, const PoissonNllOptions& how) {
  const StandardFloats standard;
  require_target(x, target, "poisson_nll_loss");
  const Located rate = how.log_input ? at(exp(x), x) : x;
  const Located log_rate = how.log_input ? x : at(log(at(x + how.eps, x)), x);
  Located losses = at(rate - at(log_rate * target, x), x);
  if (how.full) losses = at(losses + log_factorial(target_tensor(x, target)), x);
  return reduced(losses, how.reduction);
}

// What counts as the variance is the variance and a constant.
Tensor gaussian_nll_loss(const Located& x, const Operand& target, const Located& var,
                         const GaussianNllOptions& how) {
  const StandardFloats standard;
  constexpr std::string_view op = "gaussian_nll_loss";
  require_target(x, target, op);
  if (!(how.eps > 0)) fail(x.where, fmt::format("{}: eps {} is not positive", op, how.eps));
  require_own(x, var, op);
  require_dtype(at(var, x), DType::f32, fmt::format("{}: the variance", op));
  const Located error = at(x - target, x), given = at(var, x);
  if (broadcast_shapes(x.where, op, error.shape(), var.shape()) != error.shape())
    fail(x.where, fmt::format("{}: {} by variances {}, which do not broadcast to it", op,
                              to_string(error.shape()), to_string(var.shape())));
  const Located missing = at(detach(at(maximum(given, how.eps) - given, x)), x);
  const Located counts = at(given + missing, x);
  const Located twice = at(log(counts) + at(error * error, x) / counts, x);
  const double constant = how.full ? 0.5 * std::log(2 * std::numbers::pi) : 0;
  return reduced(at(at(twice * 0.5, x) + constant, x), how.reduction);
}

}  // namespace cgan_jit
