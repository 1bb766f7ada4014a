#include "frontend/emit.h"
#include "frontend/ops.h"

namespace cgan_jit {

namespace {

[[noreturn]] void fail_shapes(const Located& a, const Located& b, std::string_view op) {
  fail(a.where, fmt::format("{}: {} by {}", op, to_string(a.shape()), to_string(b.shape())));
}

/// Row `position` of a window: coordinate axis `window` of a domain of `rank` axes, moved by `stride` a step
/// of axis `position`.
Affine window(int rank, int position, int64_t stride, int within, int64_t padding) {
  Affine affine{-padding, std::vector<int64_t>(rank, 0)};
  affine.coefficients[position] = stride;
  affine.coefficients[within] = 1;
  return affine;
}

/// How often a window of `size` fits.
int64_t positions(int64_t extent, int64_t size, int64_t stride, int64_t padding) {
  return (extent + 2 * padding - size) / stride + 1;
}

}  // namespace

// Broadcast, multiply, sum: contractions are recognised later, forward and backward alike.
Tensor matmul(const Located& a, const Located& b) {
  require_dtype(a, DType::f32, "matmul");
  require_dtype({b, a.where}, DType::f32, "matmul");
  if (a.rank() < 2 || b.rank() != 2 || a.shape().back() != b.shape()[0]) fail_shapes(a, b, "matmul");
  const int rank = a.rank() + 1;  // a's axes but the last, n, k
  const int n = rank - 2, k = rank - 1;
  Shape domain = a.shape();
  domain.insert(domain.end() - 1, b.shape()[1]);
  std::vector<int> rows;
  for (int axis = 0; axis < n; ++axis) rows.push_back(axis);
  rows.push_back(k);
  const Tensor left = emit_reindex(a, projection(rank, rows), domain);
  const Tensor right = emit_reindex({b, a.where}, projection(rank, {k, n}), domain);
  return sum({emit_map(a.where, Fn::mul, {left, right}), a.where}, {k});
}

Tensor embedding(const Located& table, const Located& indices) {
  if (table.rank() < 1) fail(table.where, "embedding: the table has no rows");
  const Tensor rows =
      indices.dtype() == DType::u8 ? cast({indices, table.where}, DType::i32) : Tensor(indices);
  require_dtype({rows, table.where}, DType::i32, "embedding: the index");
  Shape shape = indices.shape();
  shape.insert(shape.end(), table.shape().begin() + 1, table.shape().end());
  return table.builder->add(table.where, Gather{}, {table, rows}, {table.dtype(), std::move(shape)});
}

Tensor conv2d(const Located& x, const Located& weight, int64_t stride, int64_t padding) {
  require_extent(x, padding, "conv2d: padding");
  const bool fits = x.rank() == 4 && weight.rank() == 4 && x.shape()[1] == weight.shape()[1] && stride > 0 &&
                    x.shape()[2] + 2 * padding >= weight.shape()[2] &&
                    x.shape()[3] + 2 * padding >= weight.shape()[3];
  if (!fits) fail_shapes(x, weight, "conv2d");
  const Shape &in = x.shape(), &of = weight.shape();
  // n, o, row, column | c, kernel row, kernel column
  const Shape domain = {
      in[0], of[0], positions(in[2], of[2], stride, padding), positions(in[3], of[3], stride, padding), of[1],
      of[2], of[3]};
  IndexMap windows = projection(7, {0, 4, 2, 3});
  windows.results[2] = window(7, 2, stride, 5, padding);
  windows.results[3] = window(7, 3, stride, 6, padding);
  const Tensor seen = emit_reindex(x, std::move(windows), domain);
  const Tensor kernel = emit_reindex({weight, x.where}, projection(7, {1, 4, 5, 6}), domain);
  return sum({emit_map(x.where, Fn::mul, {seen, kernel}), x.where}, {4, 5, 6});
}

Tensor max_pool2d(const Located& x, int64_t size, int64_t stride) {
  if (x.rank() != 4 || size < 1 || stride < 1 || x.shape()[2] < size || x.shape()[3] < size) {
    fail(x.where, fmt::format("max_pool2d: {} by windows of {}", to_string(x.shape()), size));
  }
  const Shape& in = x.shape();
  const Shape domain = {in[0], in[1], positions(in[2], size, stride, 0), positions(in[3], size, stride, 0),
                        size,  size};
  IndexMap windows = projection(6, {0, 1, 2, 3});
  windows.results[2] = window(6, 2, stride, 4, 0);
  windows.results[3] = window(6, 3, stride, 5, 0);
  return max({emit_reindex(x, std::move(windows), domain), x.where}, {4, 5});
}

}  // namespace cgan_jit
