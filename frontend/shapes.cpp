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

Tensor tril(const Located& x, int64_t diagonal) { return kept_where(x, diagonal, operator>=, "tril"); }
Tensor triu(const Located& x, int64_t diagonal) { return kept_where(x, diagonal, operator<=, "triu"); }

Tensor arange(Builder& builder, int64_t begin, int64_t end, int64_t step, Line where) {
  if (step == 0 || (step > 0 ? begin > end : begin < end))
    fail(where, fmt::format("arange: from {} to {} by {}", begin, end, step));
  const int64_t count = (end - begin) / step + ((end - begin) % step != 0);
  const Tensor steps = Operand(builder.iota(0, {count}, where), where) * step;
  return Operand(steps, where) + begin;
}

Tensor arange(Builder& builder, int64_t end, Line where) { return arange(builder, 0, end, 1, where); }

}  // namespace cgan_jit
