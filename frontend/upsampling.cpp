#include "frontend/emit.h"
#include "frontend/ops.h"

namespace cgan_jit {
namespace {

void require_scale(const Located& x, Size2d scale, std::string_view op) {
  require_image(x, op);
  for (int64_t times : {scale.height, scale.width}) {
    require_extent(x, times, op);
    if (times < 1) fail(x.where, fmt::format("{}: {} by scale {}", op, to_string(x.shape()), times));
  }
}

/// The axis behind `axis`, of extent `times`, becomes a part of it.
Tensor joined(const Located& x, int axis) { return flatten(x, axis, axis + 1); }

Tensor repeated(const Located& x, int axis, int64_t times) {
  const Located apart{unsqueeze(x, axis + 1), x.where};
  Shape shape = apart.shape();
  shape[axis + 1] = times;
  return joined({broadcast_to(apart, shape), x.where}, axis);
}

// Part r of an element lies (r + 1/2) / times - 1/2 from its middle: that far it is its neighbour's, and at
// the border, where there is none, its own.
Tensor interpolated(const Located& x, int axis, int64_t times) {
  if (x.shape()[axis] == 0 || times == 1) return repeated(x, axis, times);
  const int64_t extent = x.shape()[axis];
  const auto part = [&](int64_t begin, int64_t end) { return slice(x, axis, begin, end); };
  const Tensor before = concat({part(0, 1), part(0, extent - 1)}, axis, x.where);
  const Tensor after = concat({part(1, extent), part(extent - 1, extent)}, axis, x.where);
  Shape parts(static_cast<size_t>(x.rank() - axis), 1);
  parts[0] = times;
  const Tensor r = cast(x.builder->iota(0, parts), DType::f32);
  const Tensor off = (r + 0.5) * (1.0 / static_cast<double>(times)) - 0.5;
  const auto apart = [&](const Tensor& t) { return unsqueeze({t, x.where}, axis + 1); };
  const Tensor mixed =
      apart(x) * (1 - abs(off)) + apart(before) * maximum(-off, 0) + apart(after) * maximum(off, 0);
  return joined({mixed, x.where}, axis);
}

}  // namespace

Tensor upsample_nearest(const Located& x, Size2d scale) {
  require_scale(x, scale, "upsample_nearest");
  const Located tall{repeated(x, x.rank() - 2, scale.height), x.where};
  return repeated(tall, x.rank() - 1, scale.width);
}

Tensor upsample_bilinear(const Located& x, Size2d scale) {
  require_dtype(x, DType::f32, "upsample_bilinear");
  require_scale(x, scale, "upsample_bilinear");
  const Located tall{interpolated(x, x.rank() - 2, scale.height), x.where};
  return interpolated(tall, x.rank() - 1, scale.width);
}

}  // namespace cgan_jit
