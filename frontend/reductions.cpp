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

namespace {

/// The order of numbers turned round, and turned back. (The smallest i32 has no opposite.)
Tensor turned(const Located& x) { return x.dtype() == DType::i32 ? Operand(-1, x.where) - x : -x; }

}  // namespace

Tensor min(const Located& x, const std::vector<int>& axes) {
  require_summable(x, "min");
  checked_axes(x, axes, "min");
  return turned(at(max(at(turned(x), x), axes), x));
}
Tensor min(const Located& x) { return min(x, all_axes(x)); }
Tensor min_keepdim(const Located& x, const std::vector<int>& axes) { return keepdim(x, axes, min(x, axes)); }

// Half by half: a gradient is a product, too, and by no zero is divided.
Tensor prod(const Located& x, int axis) {
  require_summable(x, "prod");
  axis = checked_axis(x, axis, "prod");
  const auto with_ones = [&](const Located& factors, int64_t extent) {
    std::vector<std::pair<int64_t, int64_t>> widths(x.shape().size());
    widths[axis].second = extent - factors.shape()[axis];
    return at(pad(factors, widths, 1), x);
  };
  Located factors = x.shape()[axis] == 0 ? with_ones(x, 1) : x;
  while (factors.shape()[axis] > 1) {
    const int64_t extent = factors.shape()[axis], half = extent - extent / 2;
    const Located behind = with_ones(at(slice(factors, axis, half, extent), x), half);
    factors = at(at(slice(factors, axis, 0, half), x) * behind, x);
  }
  return squeeze(factors, axis);
}
Tensor prod(const Located& x) {
  require_summable(x, "prod");
  Located factors = x;
  while (factors.rank() > 0) factors = at(prod(factors, -1), x);
  return factors;
}

Tensor any(const Located& x, const std::vector<int>& axes) {
  checked_axes(x, axes, "any");
  const Tensor numbers = cast(at(cast(x, DType::boolean), x), DType::i32);
  return at(max(at(numbers, x), axes), x) > 0;
}
Tensor any(const Located& x) { return any(x, all_axes(x)); }
Tensor all(const Located& x, const std::vector<int>& axes) {
  checked_axes(x, axes, "all");
  return logical_not(at(any(at(logical_not(x), x), axes), x));
}
Tensor all(const Located& x) { return all(x, all_axes(x)); }

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

namespace {

Tensor variance(const Located& x, const std::vector<int>& axes, int64_t correction, std::string_view op) {
  const StandardFloats standard;
  require_dtype(x, DType::f32, op);
  const int64_t count = count_over(x, axes, op);
  if (count <= correction || count == 0)
    fail(x.where,
         fmt::format("{}: of {} numbers in {}, correction {}", op, count, to_string(x.shape()), correction));
  const Located off = at(x - mean_keepdim(x, axes), x);
  return at(sum(at(off * off, x), axes), x) / static_cast<double>(count - correction);
}

/// The root has no slope at 0: there it is asked of 1.
Tensor root(const Located& squares) {
  const Located none = at(squares == 0, squares);
  return where(none, 0, sqrt(at(where(none, 1, squares), squares)));
}

}  // namespace

Tensor var(const Located& x, const std::vector<int>& axes, int64_t correction) {
  return variance(x, axes, correction, "var");
}
Tensor var(const Located& x) { return var(x, all_axes(x)); }
Tensor stddev(const Located& x, const std::vector<int>& axes, int64_t correction) {
  return root(at(variance(x, axes, correction, "stddev"), x));
}
Tensor stddev(const Located& x) { return stddev(x, all_axes(x)); }

Tensor norm(const Located& x, const std::vector<int>& axes) {
  require_dtype(x, DType::f32, "norm");
  checked_axes(x, axes, "norm");
  return root(at(sum(at(x * x, x), axes), x));
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

namespace {

/// Where along the axis the first `extreme` is: the larger, the earlier, so it is the first of all hits.
/// Where a NaN is the extreme, NaN are the hits.
Tensor first_place(const Located& x, int axis,
                   Tensor (*extreme)(const Located&, const std::vector<int>& axes), std::string_view op) {
  require_summable(x, op);
  axis = checked_axis(x, axis, op);
  const int64_t extent = x.shape()[axis];
  if (extent == 0) fail(x.where, fmt::format("{}: of nothing in {}", op, to_string(x.shape())));
  const Tensor hit = logical_or(at(x == extreme(x, {axis}), x), x != x);
  const Tensor earlier = Operand(extent - 1, x.where) - x.builder->iota(axis, x.shape(), x.where);
  return Operand(extent - 1, x.where) - max(at(where(at(hit, x), earlier, 0), x), {axis});
}

}  // namespace

Tensor argmax(const Located& x, int axis) { return first_place(x, axis, max_keepdim, "argmax"); }
Tensor argmax(const Located& x) { return argmax(at(reshape(x, {-1}), x), 0); }
Tensor argmin(const Located& x, int axis) { return first_place(x, axis, min_keepdim, "argmin"); }
Tensor argmin(const Located& x) { return argmin(at(reshape(x, {-1}), x), 0); }

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
