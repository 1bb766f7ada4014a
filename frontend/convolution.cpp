#include "frontend/emit.h"
#include "frontend/ops.h"
#include "frontend/window.h"

namespace cgan_jit {
namespace {

/// What a convolution runs over: image, [group,] output channel, positions... | input channel, window... .
/// Without groups there is no axis of theirs.
struct ConvDomain {
  Shape shape;
  IndexMap image, kernel;  // to [n, [g,] c, extents...] and [[g,] o, c, sizes...]
  std::vector<int> result_axes, summed_axes;
};

ConvDomain conv_domain(const Shape& result, const Shape& kernel, const std::vector<Window>& windows) {
  const int result_rank = static_cast<int>(result.size()), spatial = static_cast<int>(windows.size());
  const int rank = result_rank + 1 + spatial, output = result_rank - spatial - 1, input = result_rank;
  ConvDomain domain{result, {rank, {}}, {rank, {}}, {}, {}};
  domain.shape.insert(domain.shape.end(), kernel.end() - spatial - 1, kernel.end());
  for (int axis = 0; axis < rank; ++axis)
    (axis < result_rank ? domain.result_axes : domain.summed_axes).push_back(axis);
  std::vector<int> image_axes, kernel_axes;
  for (int axis = 0; axis < output; ++axis) image_axes.push_back(axis);
  image_axes.push_back(input);
  for (int axis = 1; axis <= output; ++axis) kernel_axes.push_back(axis);
  for (int axis = input; axis < rank; ++axis) kernel_axes.push_back(axis);
  domain.image = projection(rank, image_axes);
  for (int i = 0; i < spatial; ++i)
    domain.image.results.push_back(windows[i].along(rank, output + 1 + i, input + 1 + i));
  domain.kernel = projection(rank, kernel_axes);
  return domain;
}

/// The axis of channels as [groups, channels of each]; x itself of one group.
Tensor grouped(const Located& x, int axis, int64_t groups) {
  if (groups == 1) return x;
  Shape shape = x.shape();
  shape[axis] /= groups;
  shape.insert(shape.begin() + axis, groups);
  return reshape(x, shape);
}

/// [n, [g,] c, extents...] -> [n, g * c, extents...].
Tensor ungrouped(const Located& x, int64_t groups) { return groups == 1 ? Tensor(x) : flatten(x, 1, 2); }

/// x [n,c,extents...] and weight [o,c/groups,sizes...].
Tensor convolution(const Located& x, const Located& weight, const std::vector<Window>& windows,
                   int64_t groups) {
  const Shape& in = x.shape();
  Shape result =
      groups == 1 ? Shape{in[0], weight.shape()[0]} : Shape{in[0], groups, weight.shape()[0] / groups};
  for (size_t i = 0; i < windows.size(); ++i) result.push_back(windows[i].positions(in[2 + i]));
  const Located kernel{grouped({weight, x.where}, 0, groups), x.where};
  const ConvDomain domain = conv_domain(result, kernel.shape(), windows);
  const Tensor seen = emit_reindex({grouped(x, 1, groups), x.where}, domain.image, domain.shape);
  const Tensor taps = emit_reindex(kernel, domain.kernel, domain.shape);
  const Tensor terms = emit_map(x.where, Fn::mul, {seen, taps});
  return ungrouped({sum({terms, x.where}, domain.summed_axes), x.where}, groups);
}

/// Throws Error unless both are f32, of one builder, and have `rank` axes.
void require_ranks(const Located& x, const Located& weight, int rank, std::string_view op) {
  if (x.rank() != rank || weight.rank() != rank)
    fail(x.where, fmt::format("{}: {} by weight {}: both need {} axes", op, to_string(x.shape()),
                              to_string(weight.shape()), rank));
  require_dtype(x, DType::f32, op);
  require_dtype({weight, x.where}, DType::f32, op);
  x.builder->require_own(weight, x.where);
}

/// Throws Error unless x has the channels that the weight `takes`, and `groups` of them on both sides.
void require_channels(const Located& x, const Located& weight, int64_t takes, int64_t groups,
                      std::string_view op) {
  const bool divided = groups > 0 && x.shape()[1] % groups == 0 && weight.shape()[0] % groups == 0;
  if (divided && x.shape()[1] == takes) return;
  const std::string why =
      divided ? fmt::format("the weight takes {} channels", takes) : "groups divide channels";
  fail(x.where, fmt::format("{}: {} by weight {} in {} groups: {}", op, to_string(x.shape()),
                            to_string(weight.shape()), groups, why));
}

/// The windows of [n,c,h,w] in a weight [o,c,kh,kw].
std::vector<Window> windows_of(const Located& weight, Size2d stride, Size2d padding, Size2d dilation) {
  const Shape& of = weight.shape();
  return {{of[2], stride.height, padding.height, dilation.height},
          {of[3], stride.width, padding.width, dilation.width}};
}

}  // namespace

Tensor conv2d(const Located& x, const Located& weight, const ConvOptions& how) {
  require_ranks(x, weight, 4, "conv2d");
  require_channels(x, weight, weight.shape()[1] * how.groups, how.groups, "conv2d");
  const std::vector<Window> windows = windows_of(weight, how.stride, how.padding, how.dilation);
  for (size_t i = 0; i < windows.size(); ++i) windows[i].require_fits(x, static_cast<int>(2 + i), "conv2d");
  return convolution(x, weight, windows, how.groups);
}

Tensor conv1d(const Located& x, const Located& weight, const Conv1dOptions& how) {
  require_ranks(x, weight, 3, "conv1d");
  require_channels(x, weight, weight.shape()[1] * how.groups, how.groups, "conv1d");
  const Window window{weight.shape()[2], how.stride, how.padding, how.dilation};
  window.require_fits(x, 2, "conv1d");
  return convolution(x, weight, {window}, how.groups);
}

// Each element of x goes, times the kernel, to where conv2d would have read it from.
Tensor conv_transpose2d(const Located& x, const Located& weight, const ConvTransposeOptions& how) {
  constexpr std::string_view op = "conv_transpose2d";
  require_ranks(x, weight, 4, op);
  require_channels(x, weight, weight.shape()[0], how.groups, op);
  const std::vector<Window> windows = windows_of(weight, how.stride, how.padding, how.dilation);
  const int64_t further[] = {how.output_padding.height, how.output_padding.width};
  const Located in{grouped(x, 1, how.groups), x.where},
      kernel{grouped({weight, x.where}, 0, how.groups), x.where};
  Shape result = in.shape();
  result[result.size() - 3] = weight.shape()[1];
  for (size_t i = 0; i < windows.size(); ++i) {
    windows[i].require_sound(x, op);
    int64_t& extent = result[result.size() - 2 + i];
    extent = windows[i].spread(extent) + further[i];
    if (extent < 0 || further[i] < 0 || further[i] >= std::max(windows[i].stride, windows[i].dilation))
      fail(x.where, fmt::format("{}: {} by weight {}, stride {}, padding {}, output_padding {}", op,
                                to_string(x.shape()), to_string(weight.shape()), windows[i].stride,
                                windows[i].padding, further[i]));
  }
  const ConvDomain domain = conv_domain(in.shape(), kernel.shape(), windows);
  const Tensor sent = emit_reindex(in, projection(domain.image.rank, domain.result_axes), domain.shape);
  const Tensor taps = emit_reindex(kernel, domain.kernel, domain.shape);
  const Tensor terms = emit_map(x.where, Fn::mul, {sent, taps});
  const Tensor y = x.builder->add(x.where, Scatter{domain.image}, {terms}, {DType::f32, result});
  return ungrouped({y, x.where}, how.groups);
}

}  // namespace cgan_jit
