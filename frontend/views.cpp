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
    fail(x.where, fmt::format("{}: {} by {}, which is no extent", op, to_string(x.shape()), extent));
}

void require_own(const Located& x, const Tensor& tensor, std::string_view op) {
  tensor.type(x.where);
  if (tensor.builder != x.builder)
    fail(x.where, fmt::format("{}: {}: of two builders", op, both_types(x, tensor)));
}

int checked_axis(const Located& x, int axis, std::string_view op) {
  const int counted = axis < 0 ? axis + x.rank() : axis;
  if (counted < 0 || counted >= x.rank()) {
    const std::string there = fmt::format(": there are 0 to {}, or -{} to -1", x.rank() - 1, x.rank());
    fail(x.where,
         fmt::format("{}: {} has no axis {}{}", op, to_string(x.shape()), axis, x.rank() == 0 ? "" : there));
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

namespace {

/// An axis of two shapes, counted from the last (-1), that neither stretches along the other; 0: there is
/// none.
int unlike_axis(const Shape& a, const Shape& b) {
  for (int back = 1; back <= std::ssize(a) && back <= std::ssize(b); ++back) {
    const int64_t here = a[a.size() - back], there = b[b.size() - back];
    if (here != there && here != 1 && there != 1) return -back;
  }
  return 0;
}

/// What `shape` could be reshaped to, with axes of 1 behind, so that it stretches along `longer`; "":
/// nothing.
std::string what_would_stretch(Shape shape, const Shape& longer) {
  while (shape.size() < longer.size()) {
    shape.push_back(1);
    if (unlike_axis(shape, longer) == 0) return fmt::format("; {} would fit", to_string(shape));
  }
  return "";
}

Affine plain(int rank, int axis, int64_t coefficient = 1, int64_t offset = 0) {
  Affine affine{offset, std::vector<int64_t>(rank, 0)};
  affine.coefficients[axis] = coefficient;
  return affine;
}

/// `shape` with its open extent, if there is one, filled so that it has `count` elements, where that divides.
Shape filled(Shape shape, int64_t count) {
  const auto open = std::ranges::find(shape, -1);
  if (open == shape.end()) return shape;
  *open = 1;
  const int64_t known = count_of(shape).value_or(0);
  *open = known > 0 && count % known == 0 ? count / known : -1;
  return shape;
}

}  // namespace

Shape broadcast_shapes(const Line& where, std::string_view op, const Shape& a, const Shape& b) {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  if (const int axis = unlike_axis(a, b))
    fail(where, fmt::format("{}: {} by {}: axis {} is {} and {}, which are neither equal nor 1{}", op,
                            to_string(a), to_string(b), axis, a[a.size() + axis], b[b.size() + axis],
                            what_would_stretch(shorter, longer)));
  Shape shape = longer;
  for (size_t i = 1; i <= shorter.size(); ++i) {
    int64_t& extent = shape[shape.size() - i];
    if (extent == 1) extent = shorter[shorter.size() - i];
  }
  return shape;
}

Tensor reshape(const Located& x, Shape wanted) {
  const auto refuse = [&](const std::string& why) {
    fail(x.where, fmt::format("reshape: {} to {}: {}", to_string(x.shape()), to_string(wanted), why));
  };
  if (std::ranges::count(wanted, -1) > 1) refuse("one extent may be -1, what is left");
  const int64_t count = element_count(x.shape());
  const Shape shape = filled(wanted, count);
  if (count_of(shape) != count) {
    const auto others = count_of(shape);
    refuse(others ? fmt::format("{} elements, not {}", count, *others)
                  : fmt::format("the extents given do not divide {} elements", count));
  }
  if (shape == x.shape()) return x;
  return x.builder->add(x.where, Reshape{}, {x}, {x.dtype(), shape});
}

Tensor permute(const Located& x, const std::vector<int>& order) {
  std::vector<int> back(order.size());
  Shape shape;
  if (checked_axes(x, order, "permute").size() != x.shape().size())
    fail(x.where, fmt::format("permute: {} by {}: every axis is named once", to_string(x.shape()),
                              to_string(Shape(order.begin(), order.end()))));
  for (size_t i = 0; i < order.size(); ++i) {
    const int axis = checked_axis(x, order[i], "permute");
    back[axis] = static_cast<int>(i);
    shape.push_back(x.shape()[axis]);
  }
  return emit_reindex(x, projection(x.rank(), back), std::move(shape));
}

Tensor transpose(const Located& x, int first, int second) {
  first = checked_axis(x, first, "transpose"), second = checked_axis(x, second, "transpose");
  std::vector<int> order(x.rank());
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[first], order[second]);
  return permute(x, order);
}

Tensor transpose(const Located& x) {
  if (x.rank() < 2) fail(x.where, fmt::format("transpose: {} has no two axes", to_string(x.shape())));
  return transpose(x, -2, -1);
}

Tensor movedim(const Located& x, const std::vector<int>& from, const std::vector<int>& to) {
  checked_axes(x, to, "movedim");
  if (from.size() != to.size())
    fail(x.where,
         fmt::format("movedim: {} by {} axes to {} places", to_string(x.shape()), from.size(), to.size()));
  const int unmoved = x.rank();
  std::vector<int> order(x.rank(), unmoved), others;
  const std::vector<int> moved = checked_axes(x, from, "movedim");
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (!std::ranges::binary_search(moved, axis)) others.push_back(axis);
  }
  for (size_t i = 0; i < from.size(); ++i) order[checked_axis(x, to[i], "movedim")] = from[i];
  auto next = others.begin();
  for (int& axis : order) {
    if (axis == unmoved) axis = *next++;
  }
  return permute(x, order);
}
Tensor movedim(const Located& x, int from, int to) { return movedim(x, std::vector{from}, std::vector{to}); }

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

Tensor broadcast_to(const Located& x, const Shape& wanted) {
  const int rank = static_cast<int>(wanted.size()), before = rank - x.rank();
  Shape shape = wanted;
  for (int axis = std::max(before, 0); axis < rank; ++axis) {
    if (shape[axis] == -1) shape[axis] = x.shape()[axis - before];
  }
  if (x.shape() == shape) return x;
  const bool is_shape = std::ranges::all_of(shape, [](int64_t extent) { return extent >= 0; });
  if (before < 0 || !is_shape || broadcast_shapes(x.where, "broadcast", x.shape(), shape) != shape) {
    fail(x.where,
         fmt::format("broadcast: {} to {}: only axes of 1 stretch, and new ones stand before them{}",
                     to_string(x.shape()), to_string(wanted), is_shape ? "" : "; -1 is an old one's extent"));
  }
  std::vector<int> axes(x.rank());
  std::iota(axes.begin(), axes.end(), before);
  return emit_spread(x, axes, shape);
}

Tensor slice(const Located& x, int axis, int64_t begin, int64_t end, int64_t step) {
  axis = checked_axis(x, axis, "slice");
  const int64_t extent = x.shape()[axis];
  const int64_t first = begin < 0 ? begin + extent : begin, last = end < 0 ? end + extent : end;
  if (first < 0 || last > extent || first > last || step < 1) {
    fail(x.where, fmt::format("slice: [{}, {}) by {} of axis {} of {}: there are 0 to {}, steps of 1 or more",
                              begin, end, step, axis, to_string(x.shape()), extent));
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
      fail(at, fmt::format("concat along axis {}: {}: parts may differ along that axis alone", axis,
                           both_types(parts[0], part)));
    }
    shape[axis] += part.shape()[axis];
  }
  return parts[0].builder->add(at, Concat{axis}, parts, {parts[0].dtype(), std::move(shape)});
}

void require_widths(const Located& x, const std::vector<std::pair<int64_t, int64_t>>& widths) {
  if (widths.size() != x.shape().size()) {
    fail(x.where, fmt::format("pad: {} has {} axes, not {}: each has a pair of widths", to_string(x.shape()),
                              x.rank(), widths.size()));
  }
}

Tensor pad(const Located& x, const std::vector<std::pair<int64_t, int64_t>>& widths, float fill) {
  require_widths(x, widths);
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
