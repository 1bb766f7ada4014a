#pragma once

#include <optional>

#include "frontend/tensor.h"

namespace cgan_jit {

// Convolutions, pooling and upsampling. As torch.nn.functional has them, f32. Nothing here has a gradient of
// its own.

/// Along height and width: one number for both, or one each.
struct Size2d {
  Size2d(int64_t both) : height(both), width(both) {}  // NOLINT: implicit
  Size2d(int64_t of_height, int64_t of_width) : height(of_height), width(of_width) {}
  int64_t height, width;
};

/// `conv2d(x, weight, {.stride = 2, .padding = {0, 1}})`.
struct ConvOptions {
  Size2d stride = 1, padding = 0, dilation = 1;
  int64_t groups = 1;
};
/// x [n,c,h,w], weight [o,c/groups,kh,kw] -> [n,o,(h+2*padding-dilation*(kh-1)-1)/stride+1, and so w].
/// Channels of group g of x meet outputs of group g alone; groups divide c and o. Error when the window does
/// not fit.
Tensor conv2d(const Located& x, const Located& weight, const ConvOptions& how = {});

/// `conv1d(x, weight, {.padding = 1})`.
struct Conv1dOptions {
  int64_t stride = 1, padding = 0, dilation = 1, groups = 1;
};
/// x [n,c,l], weight [o,c/groups,k] -> [n,o,(l+2*padding-dilation*(k-1)-1)/stride+1].
Tensor conv1d(const Located& x, const Located& weight, const Conv1dOptions& how = {});

/// `conv_transpose2d(x, weight, {.stride = 2, .output_padding = 1})`.
struct ConvTransposeOptions {
  Size2d stride = 1, padding = 0, output_padding = 0;
  int64_t groups = 1;
  Size2d dilation = 1;
};
/// The transpose of conv2d, that is its gradient by its input: x [n,c,h,w], weight [c,o/groups,kh,kw] ->
/// [n,o,(h-1)*stride-2*padding+dilation*(kh-1)+output_padding+1, and so w]. output_padding is below stride or
/// dilation.
Tensor conv_transpose2d(const Located& x, const Located& weight, const ConvTransposeOptions& how = {});

/// `conv_transpose1d(x, weight, {.stride = 2})`.
struct ConvTranspose1dOptions {
  int64_t stride = 1, padding = 0, output_padding = 0, groups = 1, dilation = 1;
};
/// The same of x [n,c,l], weight [c,o/groups,k].
Tensor conv_transpose1d(const Located& x, const Located& weight, const ConvTranspose1dOptions& how = {});

/// `max_pool2d(x, 3, {.stride = 2, .padding = 1})`.
struct PoolOptions {
  Size2d stride = 0;   // 0: the windows' size
  Size2d padding = 0;  // at most half of it
  Size2d dilation = 1;
  bool ceil_mode = false;  // a last window that begins before the padding behind may reach beyond it
};
/// x [...,h,w] -> [...,(h+2*padding-dilation*(size-1)-1)/stride+1, and so w], rounded up in ceil_mode: the
/// largest number of each window. NaN if any is; the first of equal maxima, row-major, has the gradient.
/// Nothing is taken from the padding.
Tensor max_pool2d(const Located& x, Size2d size, const PoolOptions& how = {});
/// PoolOptions', along the only axis.
struct Pool1dOptions {
  int64_t stride = 0, padding = 0, dilation = 1;
  bool ceil_mode = false;
};
/// The same of x [...,l].
Tensor max_pool1d(const Located& x, int64_t size, const Pool1dOptions& how = {});
/// `avg_pool2d(x, 3, {.padding = 1, .count_include_pad = false})`.
struct AvgPoolOptions {
  Size2d stride = 0, padding = 0;  // as PoolOptions'
  bool ceil_mode = false;
  bool count_include_pad = true;                 // the padding's zeros are numbers like the others
  std::optional<int64_t> divisor_override = {};  // in place of how many numbers a window has
};
/// The same shapes: the mean of each window. What lies beyond the padding does not count.
Tensor avg_pool2d(const Located& x, Size2d size, const AvgPoolOptions& how = {});
/// AvgPoolOptions', along the only axis.
struct AvgPool1dOptions {
  int64_t stride = 0, padding = 0;
  bool ceil_mode = false, count_include_pad = true;
};
/// The same of x [...,l].
Tensor avg_pool1d(const Located& x, int64_t size, const AvgPool1dOptions& how = {});
/// x [...,h,w] -> [...,size]: means (the largest) of equal windows. Error unless size divides [h,w].
Tensor adaptive_avg_pool2d(const Located& x, Size2d size);
Tensor adaptive_max_pool2d(const Located& x, Size2d size);
/// The same of x [...,l].
Tensor adaptive_avg_pool1d(const Located& x, int64_t size);
Tensor adaptive_max_pool1d(const Located& x, int64_t size);

/// How many times as large, along height and width: one number for both, or one each.
struct Scale2d {
  Scale2d(double both) : height(both), width(both) {}  // NOLINT: implicit
  Scale2d(double of_height, double of_width) : height(of_height), width(of_width) {}
  double height, width;
};
/// Whose numbers a new pixel has: one pixel's, or those of the four around it.
enum class Interpolation : uint8_t { nearest, bilinear };
/// `interpolate(x, {.scale_factor = 2, .mode = Interpolation::bilinear})`. Either size or scale_factor.
struct InterpolateOptions {
  Size2d size = 0;
  Scale2d scale_factor = 0;
  Interpolation mode = Interpolation::nearest;
  bool align_corners = false;  // bilinear: the corners' middles stay corners; else pixels are squares
};
/// x [...,h,w] -> [...,size], or [...,h*scale_factor and w*scale_factor, rounded down]. `nearest` takes pixel
/// floor(i * h / size) (floor(i / scale_factor)).
Tensor interpolate(const Located& x, const InterpolateOptions& how);
/// x [...,c*factor*factor,h,w] -> [...,c,h*factor,w*factor]: channels become the pixels of squares (Shi et
/// al. 2016); and back. Of any element type.
Tensor pixel_shuffle(const Located& x, int64_t factor);
Tensor pixel_unshuffle(const Located& x, int64_t factor);

}  // namespace cgan_jit
