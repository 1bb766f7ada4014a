#include <algorithm>

#include "frontend/emit.h"
#include "frontend/ops.h"

namespace cgan_jit {
namespace {

/// An axis that is to be: from 0, or of the end from -1.
int new_axis(const Located& x, int axis, std::string_view op) {
  const int counted = axis < 0 ? axis + x.rank() + 1 : axis;
  if (counted < 0 || counted > x.rank())
    fail(x.where, fmt::format("{}: {} has no place for an axis {}", op, to_string(x.shape()), axis));
  return counted;
}

/// x where row + diagonal `compare` column, else 0.
Tensor kept_where(const Located& x, int64_t diagonal, Tensor (*compare)(const Operand&, const Operand&),
                  std::string_view op) {
  if (x.rank() < 2) fail(x.where, fmt::format("{}: {} has no two axes", op, to_string(x.shape())));
  const Shape matrix(x.shape().end() - 2, x.shape().end());
  const Tensor row = x.builder->iota(0, matrix, x.where), column = x.builder->iota(1, matrix, x.where);
  return where(at(compare(at(row, x) + diagonal, at(column, x)), x), x, 0);
}

}  // namespace

Tensor unsqueeze(const Located& x, int axis) {
  Shape shape = x.shape();
  shape.insert(shape.begin() + new_axis(x, axis, "unsqueeze"), 1);
  return reshape(x, std::move(shape));
}

Tensor squeeze(const Located& x, int axis) {
  axis = checked_axis(x, axis, "squeeze");
  Shape shape = x.shape();
  if (shape[axis] == 1) shape.erase(shape.begin() + axis);
  return reshape(x, std::move(shape));
}

Tensor squeeze(const Located& x) {
  Shape shape = x.shape();
  std::erase(shape, 1);
  return reshape(x, std::move(shape));
}

Tensor flatten(const Located& x, int first, int last) {
  if (x.rank() == 0) return reshape(x, {1});
  first = checked_axis(x, first, "flatten"), last = checked_axis(x, last, "flatten");
  if (first > last)
    fail(x.where, fmt::format("flatten: {} from axis {} to {}", to_string(x.shape()), first, last));
  const auto begin = x.shape().begin() + first, end = x.shape().begin() + last + 1;
  Shape shape(x.shape().begin(), begin);
  shape.push_back(element_count(Shape(begin, end)));
  shape.insert(shape.end(), end, x.shape().end());
  return reshape(x, std::move(shape));
}

Tensor stack(const std::vector<Tensor>& parts, int axis, Line where) {
  if (parts.empty()) fail(where, "stack: nothing to put side by side");
  axis = new_axis({parts[0], where}, axis, "stack");
  std::vector<Tensor> rows;
  for (const Tensor& part : parts) {
    require_own({parts[0], where}, part, "stack");
    if (part.type() != parts[0].type())
      fail(where, fmt::format("stack along axis {}: {}", axis, both_types(parts[0], part)));
    rows.push_back(unsqueeze({part, where}, axis));
  }
  return concat(rows, axis, where);
}

std::vector<Tensor> split(const Located& x, int64_t size, int axis) {
  axis = checked_axis(x, axis, "split");
  const int64_t extent = x.shape()[axis];
  if (size < 1) fail(x.where, fmt::format("split: {} into parts of {}", to_string(x.shape()), size));
  std::vector<Tensor> parts;
  for (int64_t begin = 0; begin < extent; begin += size)
    parts.push_back(slice(x, axis, begin, begin + std::min(size, extent - begin)));
  if (parts.empty()) parts.push_back(x);
  return parts;
}

std::vector<Tensor> chunk(const Located& x, int64_t chunks, int axis) {
  axis = checked_axis(x, axis, "chunk");
  if (chunks < 1) fail(x.where, fmt::format("chunk: {} into {}", to_string(x.shape()), chunks));
  const int64_t extent = x.shape()[axis];
  return split(x, std::max<int64_t>(1, extent / chunks + (extent % chunks != 0)), axis);
}

Tensor flip(const Located& x, const std::vector<int>& axes) {
  IndexMap map = identity_map(x.rank());
  for (int axis : checked_axes(x, axes, "flip")) {
    map.results[axis].coefficients[axis] = -1;
    map.results[axis].offset = x.shape()[axis] - 1;
  }
  return emit_reindex(x, std::move(map), x.shape());
}

Tensor roll(const Located& x, int64_t shift, int axis) {
  axis = checked_axis(x, axis, "roll");
  const int64_t extent = x.shape()[axis];
  const int64_t last = extent == 0 ? 0 : (shift % extent + extent) % extent;
  if (last == 0) return x;
  return concat({slice(x, axis, extent - last, extent), slice(x, axis, 0, extent - last)}, axis, x.where);
}

Tensor roll(const Located& x, int64_t shift) {
  return reshape(at(roll(at(reshape(x, {-1}), x), shift, 0), x), x.shape());
}

Tensor roll(const Located& x, const std::vector<int64_t>& shifts, const std::vector<int>& axes) {
  if (shifts.size() != axes.size())
    fail(x.where, fmt::format("roll: {} by {} shifts along {} axes", to_string(x.shape()), shifts.size(),
                              axes.size()));
  Located rolled = x;
  for (size_t i = 0; i < axes.size(); ++i) rolled = at(roll(rolled, shifts[i], axes[i]), x);
  return rolled;
}

Tensor repeat(const Located& x, const Shape& times) {
  if (std::ssize(times) < x.rank())
    fail(x.where, fmt::format("repeat: {} by {}: each axis has a number of times", to_string(x.shape()),
                              to_string(times)));
  const size_t before = times.size() - x.shape().size();
  Shape apart, stretched, whole;
  for (size_t axis = 0; axis < times.size(); ++axis) {
    require_extent(x, times[axis], "repeat");
    const int64_t extent = axis < before ? 1 : x.shape()[axis - before];
    apart.insert(apart.end(), {1, extent});
    stretched.insert(stretched.end(), {times[axis], extent});
  }
  const Located all = at(broadcast_to(at(reshape(x, apart), x), stretched), x);
  for (size_t axis = 0; axis < times.size(); ++axis)
    whole.push_back(stretched[2 * axis] * stretched[2 * axis + 1]);
  return reshape(all, whole);
}

Tensor tril(const Located& x, int64_t diagonal) { return kept_where(x, diagonal, operator>=, "tril"); }
Tensor triu(const Located& x, int64_t diagonal) { return kept_where(x, diagonal, operator<=, "triu"); }

}  // namespace cgan_jit
