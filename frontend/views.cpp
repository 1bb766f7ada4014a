#include <algorithm>
#include <numeric>

#include "frontend/emit.h"
#include "frontend/ops.h"
#include "ir/integer.h"

namespace cgan_jit {

namespace {

/// Elements of a shape; nothing when an extent is negative or they are too many.
std::optional<int64_t> count_of(const Shape& shape) {
  int64_t count = 1;
  for (int64_t extent : shape) {
    if (extent < 0 || (extent > 0 && count > most_elements / extent)) return {};
    count *= extent;
  }
  return count;
}

}  // namespace

Tensor emit_reindex(const Located& x, IndexMap map, Shape shape, double fill) {
  if (is_identity(map) && shape == x.shape()) return x;
  return x.builder->add(x.where, Reindex{std::move(map), fill}, {x}, {x.dtype(), std::move(shape)});
}

void require_extent(const Located& x, int64_t extent, std::string_view op) {
  if (extent < 0 || extent >= most_elements)
    fail(x.where, fmt::format("{}: {} by {}", op, to_string(x.shape()), extent));
}

void require_own(const Located& x, const Tensor& tensor, std::string_view op) {
  tensor.type(x.where);
  if (tensor.builder != x.builder)
    fail(x.where, fmt::format("{}: {}: of two builders", op, both_types(x, tensor)));
}

int checked_axis(const Located& x, int axis, std::string_view op) {
  const int counted = axis < 0 ? axis + x.rank() : axis;
  if (counted < 0 || counted >= x.rank()) {
    fail(x.where, fmt::format("{}: {} has no axis {}", op, to_string(x.shape()), axis));
  }
  return counted;
}

std::vector<int> checked_axes(const Located& x, const std::vector<int>& axes, std::string_view op) {
  std::vector<int> counted;
  for (int axis : axes) counted.push_back(checked_axis(x, axis, op));
  std::ranges::sort(counted);
  if (std::ranges::adjacent_find(counted) != counted.end())
    fail(x.where, fmt::format("{}: an axis is named twice", op));
  return counted;
}

Shape broadcast_shapes(const Line& where, std::string_view op, const Shape& a, const Shape& b) {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape shape = longer;
  for (size_t i = 1; i <= shorter.size(); ++i) {
    int64_t& extent = shape[shape.size() - i];
    const int64_t other = shorter[shorter.size() - i];
    if (extent != other && extent != 1 && other != 1) {
      fail(where, fmt::format("{}: {} by {}", op, to_string(a), to_string(b)));
    }
    if (extent == 1) extent = other;
  }
  return shape;
}

namespace {

Affine plain(int rank, int axis, int64_t coefficient = 1, int64_t offset = 0) {
  Affine affine{offset, std::vector<int64_t>(rank, 0)};
  affine.coefficients[axis] = coefficient;
  return affine;
}

}  // namespace

Tensor reshape(const Located& x, Shape shape) {
  if (std::ranges::count(shape, -1) > 1)
    fail(x.where, fmt::format("reshape: {} to {}: one extent may be -1, what is left", to_string(x.shape()),
                              to_string(shape)));
  const auto open = std::ranges::find(shape, -1);
  if (open != shape.end()) {
    *open = 1;
    const int64_t known = count_of(shape).value_or(0);
    *open = known > 0 ? element_count(x.shape()) / known : -1;
  }
  if (count_of(shape) != element_count(x.shape())) {
    fail(x.where, fmt::format("reshape: {} to {}", to_string(x.shape()), to_string(shape)));
  }
  if (shape == x.shape()) return x;
  return x.builder->add(x.where, Reshape{}, {x}, {x.dtype(), std::move(shape)});
}

Tensor permute(const Located& x, const std::vector<int>& order) {
  std::vector<int> back(order.size());
  Shape shape;
  if (checked_axes(x, order, "permute").size() != x.shape().size())
    fail(x.where, "permute: every axis must be named");
  for (size_t i = 0; i < order.size(); ++i) {
    const int axis = checked_axis(x, order[i], "permute");
    back[axis] = static_cast<int>(i);
    shape.push_back(x.shape()[axis]);
  }
  return emit_reindex(x, projection(x.rank(), back), std::move(shape));
}

Tensor transpose(const Located& x) {
  if (x.rank() < 2) fail(x.where, fmt::format("transpose: {} has no two axes", to_string(x.shape())));
  std::vector<int> order(x.rank());
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[x.rank() - 1], order[x.rank() - 2]);
  return permute(x, order);
}

// Axes of extent 1 that stretch are dropped first, so that the map is a projection.
Tensor emit_spread(const Located& x, const std::vector<int>& axes, const Shape& domain) {
  std::vector<int> kept_axes;
  Shape kept;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (x.shape()[axis] != domain[axes[axis]]) continue;
    kept_axes.push_back(axes[axis]);
    kept.push_back(x.shape()[axis]);
  }
  const int rank = static_cast<int>(domain.size());
  return emit_reindex(at(reshape(x, kept), x), projection(rank, kept_axes), domain);
}

Tensor broadcast_to(const Located& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  const int rank = static_cast<int>(shape.size());
  if (x.rank() > rank || broadcast_shapes(x.where, "broadcast", x.shape(), shape) != shape) {
    fail(x.where, fmt::format("broadcast: {} to {}", to_string(x.shape()), to_string(shape)));
  }
  std::vector<int> axes(x.rank());
  std::iota(axes.begin(), axes.end(), rank - x.rank());
  return emit_spread(x, axes, shape);
}

Tensor slice(const Located& x, int axis, int64_t begin, int64_t end, int64_t step) {
  axis = checked_axis(x, axis, "slice");
  const int64_t extent = x.shape()[axis];
  const int64_t first = begin < 0 ? begin + extent : begin, last = end < 0 ? end + extent : end;
  if (first < 0 || last > extent || first > last || step < 1) {
    fail(x.where,
         fmt::format("slice: [{}, {}) by {} of axis {} of {}", begin, end, step, axis, to_string(x.shape())));
  }
  IndexMap map = identity_map(x.rank());
  map.results[axis] = plain(x.rank(), axis, step, first);
  Shape shape = x.shape();
  shape[axis] = ceil_div(last - first, step);
  return emit_reindex(x, std::move(map), std::move(shape));
}

Tensor concat(const std::vector<Tensor>& parts, int axis, Line at) {
  if (parts.empty()) fail(at, "concat: nothing to put side by side");
  for (const Tensor& part : parts) require_own({parts[0], at}, part, "concat");
  axis = checked_axis({parts[0], at}, axis, "concat");
  const Shape& first = parts[0].shape();
  Shape shape = first;
  shape[axis] = 0;
  for (const Tensor& part : parts) {
    Shape fits = first;
    if (part.rank() == parts[0].rank()) fits[axis] = part.shape()[axis];
    if (part.shape() != fits || part.dtype() != parts[0].dtype()) {
      fail(at, fmt::format("concat along axis {}: {}", axis, both_types(parts[0], part)));
    }
    shape[axis] += part.shape()[axis];
  }
  return parts[0].builder->add(at, Concat{axis}, parts, {parts[0].dtype(), std::move(shape)});
}

Tensor pad(const Located& x, const std::vector<std::pair<int64_t, int64_t>>& widths, float fill) {
  if (widths.size() != x.shape().size()) {
    fail(x.where,
         fmt::format("pad: {} has {} axes, {} are padded", to_string(x.shape()), x.rank(), widths.size()));
  }
  IndexMap map = identity_map(x.rank());
  Shape shape = x.shape();
  for (int axis = 0; axis < x.rank(); ++axis) {
    const auto [before, after] = widths[axis];
    require_extent(x, before, "pad");
    require_extent(x, after, "pad");
    map.results[axis].offset = -before;
    shape[axis] += before + after;
  }
  return emit_reindex(x, std::move(map), std::move(shape), fill);
}

}  // namespace cgan_jit
