#pragma once

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

/// `max_pool2d(x, 3, {.stride = 2, .padding = 1})`.
struct PoolOptions {
  Size2d stride = 0;   // 0: the windows' size
  Size2d padding = 0;  // at most half of it
};
/// x [...,h,w] -> [...,(h+2*padding-size)/stride+1, and so w]: the largest number of each window. NaN if any
/// is; equal maxima share the gradient. Nothing is taken from the padding.
Tensor max_pool2d(const Located& x, Size2d size, const PoolOptions& how = {});
/// The same shapes: the mean of each window, the padding's zeros counted.
Tensor avg_pool2d(const Located& x, Size2d size, const PoolOptions& how = {});
/// x [...,h,w] -> [...,size]: means of equal windows. Error unless size divides [h,w].
Tensor adaptive_avg_pool2d(const Located& x, Size2d size);

/// x [...,h,w] -> [...,h*scale,w*scale]: torch.nn.functional.interpolate, each element repeated.
Tensor upsample_nearest(const Located& x, Size2d scale);
/// The same of mode="bilinear", align_corners=False: pixels are squares, the outermost reach to the border.
Tensor upsample_bilinear(const Located& x, Size2d scale);

}  // namespace cgan_jit
