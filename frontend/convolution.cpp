#include "frontend/emit.h"
#include "frontend/ops.h"
#include "frontend/window.h"
#include "ir/integer.h"

namespace cgan_jit {
namespace {

/// What a convolution runs over: image, [group,] output channel, positions... | input channel, window... .
/// Without groups there is no axis of theirs.
struct ConvDomain {
  Shape shape;
  IndexMap image, kernel;  // to [n, [g,] c, extents...] and [[g,] o, c, sizes...]
  std::vector<int> summed_axes;
};

ConvDomain conv_domain(const Shape& result, const Shape& kernel, const std::vector<Window>& windows) {
  const int result_rank = static_cast<int>(result.size()), spatial = static_cast<int>(windows.size());
  const int rank = result_rank + 1 + spatial, output = result_rank - spatial - 1, input = result_rank;
  ConvDomain domain{result, {}, {}, {}};
  domain.shape.insert(domain.shape.end(), kernel.end() - spatial - 1, kernel.end());
  for (int axis = result_rank; axis < rank; ++axis) domain.summed_axes.push_back(axis);
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
  require_own(x, weight, op);
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

namespace {

/// One axis of a transposed convolution. Element i of the result, its padding not cut off yet, is stride * q
/// + r: the sum of x[q - dilation k] kernel[stride k + r].
struct Transposed {
  int64_t stride, dilation, taps;  // k's
  int64_t whole;                   // elements, the padding's too
  int64_t quotients() const { return ceil_div(whole, stride); }
};

/// The weight's axis as [taps, stride], zeros where it has none. A dilated kernel that does not move by 1 has
/// zeros within, too.
Tensor told_apart(const Located& x, const Tensor& weight, int axis, int64_t times, int64_t parts) {
  const auto padded_by = [&](const Tensor& of, int at_axis, int64_t after) {
    std::vector<std::pair<int64_t, int64_t>> widths(of.shape().size());
    widths[at_axis].second = after;
    return pad(at(of, x), widths);
  };
  Tensor sparse = weight;
  if (times > 1)
    sparse =
        flatten(at(padded_by(unsqueeze(at(weight, x), axis + 1), axis + 1, times - 1), x), axis, axis + 1);
  Shape shape = sparse.shape();
  shape[axis] = ceil_div(shape[axis], parts);
  shape.insert(shape.begin() + axis + 1, parts);
  const int64_t missing = shape[axis] * parts - sparse.shape()[axis];
  return reshape(at(padded_by(sparse, axis, missing), x), shape);
}

/// x [n, [g,] c, extents...] and kernel [[g,] c, o, (taps, stride)...] -> [n, [g,] o, (q, r)...].
Tensor transposed_convolution(const Located& x, const Located& kernel, const std::vector<Transposed>& axes) {
  const int spatial = static_cast<int>(axes.size()),
            group = x.rank() - 2 - spatial;  // axes of groups: 0 or 1
  const int o = 1 + group, c = o + 1 + 2 * spatial, rank = c + 1 + spatial;
  Shape domain(x.shape().begin(), x.shape().begin() + 1 + group);
  domain.push_back(kernel.shape()[1 + group]);
  for (const Transposed& axis : axes) domain.insert(domain.end(), {axis.quotients(), axis.stride});
  domain.push_back(kernel.shape()[group]);
  for (const Transposed& axis : axes) domain.push_back(axis.taps);

  std::vector<int> image_axes = {0, c}, kernel_axes = {c, o}, summed = {c};
  if (group == 1) {
    image_axes.insert(image_axes.begin() + 1, 1);
    kernel_axes.insert(kernel_axes.begin(), 1);
  }
  for (int i = 0; i < spatial; ++i) {
    image_axes.push_back(o + 1 + 2 * i);
    kernel_axes.insert(kernel_axes.end(), {c + 1 + i, o + 2 + 2 * i});
    summed.push_back(c + 1 + i);
  }
  IndexMap image = projection(rank, image_axes);
  for (int i = 0; i < spatial; ++i) image.results[o + 1 + i].coefficients[c + 1 + i] = -axes[i].dilation;
  const Tensor seen = emit_reindex(x, std::move(image), domain);
  const Tensor taps = emit_reindex(kernel, projection(rank, kernel_axes), domain);
  return sum(at(emit_map(x.where, Fn::mul, {seen, taps}), x), summed);
}

Transposed checked_transpose(const Located& x, int axis, const Window& window, int64_t further,
                             std::string_view op) {
  window.require_sound(x, op);
  const int64_t whole = window.spread(x.shape()[axis]) + 2 * window.padding + further;
  if (further < 0 || further >= std::max(window.stride, window.dilation) || whole < 2 * window.padding)
    fail(x.where,
         fmt::format("{}: {} by a window of {}, stride {}, padding {}, output_padding {}: nothing is left, "
                     "or output_padding not below stride or dilation",
                     op, to_string(x.shape()), window.size, window.stride, window.padding, further));
  const bool sparse = window.stride > 1;
  const int64_t size = sparse ? window.size * window.dilation : window.size;
  return {window.stride, sparse ? 1 : window.dilation, ceil_div(size, window.stride), whole};
}

/// x [n,c,extents...], weight [c,o/groups,sizes...]; `further`: how much of what the last windows leave out
/// each axis has more.
Tensor transposed(const Located& x, const Located& weight, const std::vector<Window>& windows,
                  const std::vector<int64_t>& further, int64_t groups, std::string_view op) {
  const int spatial = static_cast<int>(windows.size());
  require_channels(x, weight, weight.shape()[0], groups, op);
  std::vector<Transposed> axes;
  Tensor apart = weight;
  Shape whole = {x.shape()[0], weight.shape()[1] * groups};
  for (int i = 0; i < spatial; ++i) {
    const Transposed& axis = axes.emplace_back(checked_transpose(x, 2 + i, windows[i], further[i], op));
    apart = told_apart(x, apart, 2 + 2 * i, axis.stride > 1 ? windows[i].dilation : 1, axis.stride);
    whole.push_back(axis.quotients() * axis.stride);
  }
  const Located in = at(grouped(x, 1, groups), x), kernel = at(grouped(at(apart, x), 0, groups), x);
  Tensor y = reshape(at(transposed_convolution(in, kernel, axes), x), whole);
  for (int i = 0; i < spatial; ++i)
    y = slice(at(y, x), 2 + i, windows[i].padding, axes[i].whole - windows[i].padding);
  return y;
}

}  // namespace

Tensor conv_transpose2d(const Located& x, const Located& weight, const ConvTransposeOptions& how) {
  require_ranks(x, weight, 4, "conv_transpose2d");
  return transposed(x, weight, windows_of(weight, how.stride, how.padding, how.dilation),
                    {how.output_padding.height, how.output_padding.width}, how.groups, "conv_transpose2d");
}

Tensor conv_transpose1d(const Located& x, const Located& weight, const ConvTranspose1dOptions& how) {
  require_ranks(x, weight, 3, "conv_transpose1d");
  return transposed(x, weight, {{weight.shape()[2], how.stride, how.padding, how.dilation}},
                    {how.output_padding}, how.groups, "conv_transpose1d");
}

}  // namespace cgan_jit
