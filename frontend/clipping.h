#pragma once

#include <vector>

#include "frontend/ops.h"

namespace cgan_jit {

// Clipping. Between `grad` and an optimiser's `step`. f32; throw Error when a tensor is of another type, when
// the list is empty, or when a bound is no positive number.

/// The root of the sum of all squares, of all tensors together; f32 scalar.
Tensor total_norm(const std::vector<Tensor>& tensors, Line at = Line::current());
/// All of them times min(1, max_norm / (their norm + 1e-6)), as torch.nn.utils.clip_grad_norm_ does.
std::vector<Tensor> clip_by_norm(const std::vector<Tensor>& gradients, double max_norm,
                                 Line at = Line::current());
/// Each element no lower than -bound and no higher than bound.
std::vector<Tensor> clip_by_value(const std::vector<Tensor>& gradients, double bound,
                                  Line at = Line::current());

}  // namespace cgan_jit
