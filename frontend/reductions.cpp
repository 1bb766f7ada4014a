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

void require_summable(const Located& x, std::string_view op) {
  if (x.dtype() != DType::f32 && x.dtype() != DType::i32)
    fail(x.where, fmt::format("{}: needs f32 or i32, got {}", op, to_string(x.type())));
}

int64_t count_over(const Located& x, const std::vector<int>& axes, std::string_view op) {
  int64_t count = 1;
  for (int axis : checked_axes(x, axes, op)) count *= x.shape()[axis];
  return count;
}

Tensor reduce(const Located& x, ReduceFn fn, const std::vector<int>& axes, std::string_view op) {
  require_summable(x, op);
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
  const int64_t count = count_over(x, axes, "mean");
  if (count == 0) fail(x.where, fmt::format("mean: of nothing in {}", to_string(x.shape())));
  return Operand{sum(x, axes), x.where} / static_cast<double>(count);
}
Tensor mean(const Located& x) { return mean(x, all_axes(x)); }
Tensor mean_keepdim(const Located& x, const std::vector<int>& axes) {
  return keepdim(x, axes, mean(x, axes));
}

Tensor var(const Located& x, const std::vector<int>& axes, int64_t correction) {
  const StandardFloats standard;
  require_dtype(x, DType::f32, "var");
  const int64_t count = count_over(x, axes, "var");
  if (count <= correction)
    fail(x.where,
         fmt::format("var: of {} numbers in {}, correction {}", count, to_string(x.shape()), correction));
  const Located off = at(x - mean_keepdim(x, axes), x);
  return at(sum(at(off * off, x), axes), x) / static_cast<double>(count - correction);
}
Tensor var(const Located& x, int64_t correction) { return var(x, all_axes(x), correction); }

// The root has no slope at 0: there it is asked of 1.
Tensor norm(const Located& x, const std::vector<int>& axes) {
  require_dtype(x, DType::f32, "norm");
  checked_axes(x, axes, "norm");
  const Located squares = at(sum(at(x * x, x), axes), x);
  const Located none = at(squares == 0, x);
  return where(none, 0, sqrt(at(where(none, 1, squares), x)));
}
Tensor norm(const Located& x) { return norm(x, all_axes(x)); }

// The largest is subtracted as a constant: the sum does not depend on it. What is infinite stays where it is.
Tensor logsumexp(const Located& x, const std::vector<int>& axes) {
  require_dtype(x, DType::f32, "logsumexp");
  checked_axes(x, axes, "logsumexp");
  const Located largest = at(detach(at(max_keepdim(x, axes), x)), x);
  const Located finite = at(where(at(at(abs(largest), x) == infinity, x), 0, largest), x);
  const Located total = at(log(at(sum(at(exp(at(x - finite, x)), x), axes), x)), x);
  return total + reshape(finite, total.shape());
}

// The larger, the earlier: the first of all hits. Where a NaN is the maximum, NaN are the hits.
Tensor argmax(const Located& x, int axis) {
  require_summable(x, "argmax");
  axis = checked_axis(x, axis, "argmax");
  const int64_t extent = x.shape()[axis];
  if (extent == 0) fail(x.where, fmt::format("argmax: of nothing in {}", to_string(x.shape())));
  const Tensor hit = logical_or(at(x == max_keepdim(x, {axis}), x), x != x);
  const Tensor earlier = Operand(extent - 1, x.where) - x.builder->iota(axis, x.shape(), x.where);
  return Operand(extent - 1, x.where) - max(at(where(at(hit, x), earlier, 0), x), {axis});
}
Tensor argmax(const Located& x) { return argmax(at(reshape(x, {-1}), x), 0); }

// Sums of 2, 4, 8, ... elements (Hillis & Steele 1986).
Tensor cumsum(const Located& x, int axis) {
  require_summable(x, "cumsum");
  axis = checked_axis(x, axis, "cumsum");
  Located so_far = x;
  for (int64_t reach = 1; reach < x.shape()[axis]; reach *= 2) {
    std::vector<std::pair<int64_t, int64_t>> before(x.shape().size());
    before[axis].first = reach;
    const Tensor earlier = slice(so_far, axis, 0, x.shape()[axis] - reach);
    so_far = at(so_far + pad(at(earlier, x), before), x);
  }
  return so_far;
}

}  // namespace cgan_jit
