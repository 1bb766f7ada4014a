#include <limits>

#include "frontend/emit.h"
#include "frontend/ops.h"

namespace cgan_jit {

namespace {

[[noreturn]] void fail_shapes(const Located& a, const Located& b, std::string_view op) {
  fail(a.where, fmt::format("{}: {} by {}: each has an axis at least", op, to_string(a.shape()),
                            to_string(b.shape())));
}

/// The axes that the first `count` of `rank` axes become in a domain whose last such axis is `last`.
std::vector<int> aligned_axes(int count, int last) {
  std::vector<int> axes;
  for (int i = 0; i < count; ++i) axes.push_back(last - count + 1 + i);
  return axes;
}

Shape batch_of(const Located& x) { return {x.shape().begin(), x.shape().end() - 2}; }

}  // namespace

// Broadcast, multiply, sum: contractions are recognised later, forward and backward alike.
Tensor matmul(const Located& a, const Located& b) {
  require_dtype(a, DType::f32, "matmul");
  require_dtype(at(b, a), DType::f32, "matmul");
  require_own(a, b, "matmul");
  if (a.rank() < 1 || b.rank() < 1) fail_shapes(a, b, "matmul");
  const int64_t row = a.shape().back(), column = b.shape()[b.rank() > 1 ? b.rank() - 2 : 0];
  if (row != column)
    fail(a.where, fmt::format("matmul: {} by {}: rows of {} by columns of {}{}", to_string(a.shape()),
                              to_string(b.shape()), row, column,
                              b.shape().back() == row ? "; the second one transposed would fit" : ""));
  if (a.rank() == 1) return squeeze(at(matmul(at(unsqueeze(a, 0), a), b), a), b.rank() > 1 ? -2 : 0);
  if (b.rank() == 1) return squeeze(at(matmul(a, at(unsqueeze(b, 1), a)), a), -1);
  Shape domain = broadcast_shapes(a.where, "matmul", batch_of(a), batch_of(b));
  const int m = static_cast<int>(domain.size()), n = m + 1, k = m + 2;
  domain.insert(domain.end(), {a.shape()[a.rank() - 2], b.shape().back(), a.shape().back()});
  std::vector<int> left = aligned_axes(a.rank() - 2, m - 1), right = aligned_axes(b.rank() - 2, m - 1);
  left.insert(left.end(), {m, k});
  right.insert(right.end(), {k, n});
  const Tensor terms =
      emit_map(a.where, Fn::mul, {emit_spread(a, left, domain), emit_spread(at(b, a), right, domain)});
  return sum(at(terms, a), {k});
}

Tensor embedding(const Located& table, const Located& indices) {
  require_own(table, indices, "embedding");
  if (table.rank() < 1) fail(table.where, "embedding: the table has no rows");
  const Tensor rows =
      indices.dtype() == DType::u8 ? cast({indices, table.where}, DType::i32) : Tensor(indices);
  require_dtype({rows, table.where}, DType::i32, "embedding: the index");
  Shape shape = indices.shape();
  shape.insert(shape.end(), table.shape().begin() + 1, table.shape().end());
  return table.builder->add(table.where, Gather{}, {table, rows}, {table.dtype(), std::move(shape)});
}

// Where in x, flattened, an element is taken from: its own place but for the coordinate on the axis.
Tensor gather(const Located& x, int axis, const Located& index) {
  axis = checked_axis(x, axis, "gather");
  require_own(x, index, "gather");
  require_dtype(at(index, x), DType::i32, "gather: the index");
  bool fits = index.rank() == x.rank() && element_count(x.shape()) <= std::numeric_limits<int32_t>::max();
  for (int i = 0; fits && i < x.rank(); ++i) fits = i == axis || index.shape()[i] <= x.shape()[i];
  if (!fits)
    fail(x.where, fmt::format("gather: {} along axis {} by index {}, which may be longer on that axis alone",
                              to_string(x.shape()), axis, to_string(index.shape())));
  Tensor place = x.builder->constant(0, DType::i32, index.shape(), x.where);
  for (int i = 0; i < x.rank(); ++i) {
    const Tensor coordinate = i == axis ? Tensor(index) : x.builder->iota(i, index.shape(), x.where);
    place = at(place, x) * x.shape()[i] + coordinate;
  }
  const Located wanted = at(index, x);
  const Tensor inside = logical_and(at(wanted >= 0, x), wanted < x.shape()[axis]);
  return embedding(at(reshape(x, {-1}), x), at(where(at(inside, x), place, -1), x));
}

// The axes before it are one with it: place p of those has the rows from p * extent on, all else lies within.
Tensor index_select(const Located& x, int axis, const Located& index) {
  axis = checked_axis(x, axis, "index_select");
  require_own(x, index, "index_select");
  if (index.rank() != 1 || (index.dtype() != DType::i32 && index.dtype() != DType::u8))
    fail(x.where, fmt::format("index_select: {} by index {}: an index is i32 or u8 [k]", to_string(x.shape()),
                              to_string(index.type())));
  if (axis == 0) return embedding(x, at(index, x));
  const int64_t extent = x.shape()[axis];
  const Located table = at(flatten(x, 0, axis), x), wanted = at(cast(at(index, x), DType::i32), x);
  if (table.shape()[0] > std::numeric_limits<int32_t>::max())
    fail(x.where, fmt::format("index_select: {} has more than 2^31 - 1 rows up to axis {}",
                              to_string(x.shape()), axis));
  const Shape before = {element_count(Shape(x.shape().begin(), x.shape().begin() + axis)), 1};
  const Tensor row = at(x.builder->iota(0, before, x.where), x) * extent + wanted;
  const Tensor inside = logical_and(at(wanted >= 0, x), wanted < extent);
  const Tensor rows = embedding(table, at(where(at(inside, x), row, -1), x));
  Shape shape = x.shape();
  shape[axis] = index.shape()[0];
  return reshape(at(rows, x), shape);
}

Tensor one_hot(const Located& indices, int64_t classes) {
  if (indices.dtype() != DType::i32 && indices.dtype() != DType::u8)
    fail(indices.where, fmt::format("one_hot: the indices are {}, not i32 or u8", to_string(indices.type())));
  require_extent(indices, classes, "one_hot");
  const Tensor of = cast(at(unsqueeze(indices, -1), indices), DType::i32);
  const Tensor hit = at(of, indices) == indices.builder->iota(0, {classes}, indices.where);
  return cast(at(hit, indices), DType::i32);
}

}  // namespace cgan_jit
