#include <algorithm>
#include <numeric>

#include "frontend/emit.h"
#include "frontend/ops.h"
#include "ir/standard_floats.h"

namespace cgan_jit {

namespace {

std::vector<int> all_axes(const Tensor& x) {
  std::vector<int> axes(x.rank());
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

bool contains(const std::vector<int>& axes, int axis) { return std::ranges::find(axes, axis) != axes.end(); }

Tensor reduce(const Located& x, ReduceFn fn, const std::vector<int>& axes, std::string_view op) {
  if (x.dtype() != DType::f32 && x.dtype() != DType::i32) {
    fail(x.where, fmt::format("{}: needs f32 or i32, got {}", op, to_string(x.type())));
  }
  const std::vector<int> counted = checked_axes(x, axes, op);
  if (counted.empty()) return x;
  Shape shape;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (!contains(counted, axis)) shape.push_back(x.shape()[axis]);
  }
  return x.builder->add(x.where, Reduce{fn, counted, Order::seq}, {x}, {x.dtype(), std::move(shape)});
}

Tensor keepdim(const Located& x, const std::vector<int>& axes, const Tensor& reduced) {
  const std::vector<int> counted = checked_axes(x, axes, "keepdim");
  Shape shape = x.shape();
  for (int axis : counted) shape[axis] = 1;
  return reshape({reduced, x.where}, std::move(shape));
}

}  // namespace

Tensor sum(const Located& x, const std::vector<int>& axes) { return reduce(x, ReduceFn::add, axes, "sum"); }
Tensor sum(const Located& x) { return sum(x, all_axes(x)); }
Tensor sum_keepdim(const Located& x, const std::vector<int>& axes) { return keepdim(x, axes, sum(x, axes)); }

Tensor max(const Located& x, const std::vector<int>& axes) { return reduce(x, ReduceFn::max, axes, "max"); }
Tensor max(const Located& x) { return max(x, all_axes(x)); }
Tensor max_keepdim(const Located& x, const std::vector<int>& axes) { return keepdim(x, axes, max(x, axes)); }

Tensor mean(const Located& x, const std::vector<int>& axes) {
  const StandardFloats standard;
  require_dtype(x, DType::f32, "mean");
  int64_t count = 1;
  for (int axis : checked_axes(x, axes, "mean")) count *= x.shape()[axis];
  if (count == 0) fail(x.where, fmt::format("mean: of nothing in {}", to_string(x.shape())));
  return Operand{sum(x, axes), x.where} / static_cast<double>(count);
}
Tensor mean(const Located& x) { return mean(x, all_axes(x)); }
Tensor mean_keepdim(const Located& x, const std::vector<int>& axes) {
  return keepdim(x, axes, mean(x, axes));
}

}  // namespace cgan_jit
