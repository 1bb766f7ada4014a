#pragma once

#include "frontend/activations.h"
#include "frontend/ops.h"

namespace cgan_jit {

// Layers without params. The functions of their names, called like layers.

/// x [...,h,w]: max_pool2d(x, size, how).
struct MaxPool2d {
  Size2d size = 2;
  PoolOptions how = {};
  Tensor operator()(const Located& x) const { return max_pool2d(x, size, how); }
};

/// x [...,h,w]: avg_pool2d(x, size, how).
struct AvgPool2d {
  Size2d size = 2;
  AvgPoolOptions how = {};
  Tensor operator()(const Located& x) const { return avg_pool2d(x, size, how); }
};

/// x [...,l]: max_pool1d(x, size, how).
struct MaxPool1d {
  int64_t size = 2;
  Pool1dOptions how = {};
  Tensor operator()(const Located& x) const { return max_pool1d(x, size, how); }
};

/// x [...,l]: avg_pool1d(x, size, how).
struct AvgPool1d {
  int64_t size = 2;
  AvgPool1dOptions how = {};
  Tensor operator()(const Located& x) const { return avg_pool1d(x, size, how); }
};

/// x [...,h,w]: adaptive_avg_pool2d(x, size).
struct AdaptiveAvgPool2d {
  Size2d size = 1;
  Tensor operator()(const Located& x) const { return adaptive_avg_pool2d(x, size); }
};

/// x [...,h,w]: adaptive_max_pool2d(x, size).
struct AdaptiveMaxPool2d {
  Size2d size = 1;
  Tensor operator()(const Located& x) const { return adaptive_max_pool2d(x, size); }
};

/// x [...,l]: adaptive_avg_pool1d(x, size).
struct AdaptiveAvgPool1d {
  int64_t size = 1;
  Tensor operator()(const Located& x) const { return adaptive_avg_pool1d(x, size); }
};

/// x [...,l]: adaptive_max_pool1d(x, size).
struct AdaptiveMaxPool1d {
  int64_t size = 1;
  Tensor operator()(const Located& x) const { return adaptive_max_pool1d(x, size); }
};

/// x [...,h,w]: interpolate(x, how).
struct Upsample {
  InterpolateOptions how = {};
  Tensor operator()(const Located& x) const { return interpolate(x, how); }
};

/// x [...,c,h,w]: pixel_shuffle(x, factor).
struct PixelShuffle {
  int64_t factor = 1;
  Tensor operator()(const Located& x) const { return pixel_shuffle(x, factor); }
};

/// x [...,c,h,w]: pixel_unshuffle(x, factor).
struct PixelUnshuffle {
  int64_t factor = 1;
  Tensor operator()(const Located& x) const { return pixel_unshuffle(x, factor); }
};

/// Of pictures: one number for all sides, or one each.
struct Sides {
  Sides(int64_t all) : left(all), right(all), top(all), bottom(all) {}  // NOLINT: implicit
  Sides(int64_t of_left, int64_t of_right, int64_t of_top, int64_t of_bottom)
      : left(of_left), right(of_right), top(of_top), bottom(of_bottom) {}
  int64_t left, right, top, bottom;
};
/// x [...,h,w] -> [...,top+h+bottom,left+w+right], zeros beyond x.
struct ZeroPad2d {
  Sides padding = 1;
  Tensor operator()(const Located& x) const;
};
/// The same with elements of x, as pad(x, widths, Border) has them.
struct ReflectionPad2d {
  Sides padding = 1;
  Tensor operator()(const Located& x) const;
};
struct ReplicationPad2d {
  Sides padding = 1;
  Tensor operator()(const Located& x) const;
};
struct CircularPad2d {
  Sides padding = 1;
  Tensor operator()(const Located& x) const;
};

/// x [n, ...] -> [n, all others], or axes `first` to `last` as one.
struct Flatten {
  int first = 1, last = -1;
  Tensor operator()(const Located& x) const { return flatten(x, first, last); }
};

/// leaky_relu(x, slope).
struct LeakyReLU {
  float slope = 0.01f;
  Tensor operator()(const Located& x) const { return leaky_relu(x, slope); }
};

/// relu(x).
struct ReLU {
  Tensor operator()(const Located& x) const { return relu(x); }
};

/// gelu(x, approximate).
struct GELU {
  Approximate approximate = Approximate::none;
  Tensor operator()(const Located& x) const { return gelu(x, approximate); }
};

/// silu(x).
struct SiLU {
  Tensor operator()(const Located& x) const { return silu(x); }
};

/// elu(x, alpha).
struct ELU {
  float alpha = 1;
  Tensor operator()(const Located& x) const { return elu(x, alpha); }
};

/// softplus(x, beta, threshold).
struct Softplus {
  float beta = 1, threshold = 20;
  Tensor operator()(const Located& x) const { return softplus(x, beta, threshold); }
};

/// softmax(x, axis).
struct Softmax {
  int axis = -1;
  Tensor operator()(const Located& x) const { return softmax(x, axis); }
};

/// log_softmax(x, axis).
struct LogSoftmax {
  int axis = -1;
  Tensor operator()(const Located& x) const { return log_softmax(x, axis); }
};

/// logsigmoid(x).
struct LogSigmoid {
  Tensor operator()(const Located& x) const { return logsigmoid(x); }
};

/// hardtanh(x, low, high).
struct Hardtanh {
  float low = -1, high = 1;
  Tensor operator()(const Located& x) const { return hardtanh(x, low, high); }
};

/// relu6(x).
struct ReLU6 {
  Tensor operator()(const Located& x) const { return relu6(x); }
};

/// hardsigmoid(x).
struct Hardsigmoid {
  Tensor operator()(const Located& x) const { return hardsigmoid(x); }
};

/// hardswish(x).
struct Hardswish {
  Tensor operator()(const Located& x) const { return hardswish(x); }
};

/// mish(x).
struct Mish {
  Tensor operator()(const Located& x) const { return mish(x); }
};

/// selu(x).
struct SELU {
  Tensor operator()(const Located& x) const { return selu(x); }
};

/// celu(x, alpha).
struct CELU {
  float alpha = 1;
  Tensor operator()(const Located& x) const { return celu(x, alpha); }
};

/// softsign(x).
struct Softsign {
  Tensor operator()(const Located& x) const { return softsign(x); }
};

/// tanhshrink(x).
struct Tanhshrink {
  Tensor operator()(const Located& x) const { return tanhshrink(x); }
};

/// glu(x, axis).
struct GLU {
  int axis = -1;
  Tensor operator()(const Located& x) const { return glu(x, axis); }
};

/// dropout(x, p): 0 <= p < 1; x itself in evaluation mode.
struct Dropout {
  float p = 0.5f;
  Tensor operator()(const Located& x) const { return dropout(x, p); }
};

/// dropout2d(x, p), x [n,c,...]: whole channels.
struct Dropout2d {
  float p = 0.5f;
  Tensor operator()(const Located& x) const { return dropout2d(x, p); }
};

/// tanh(x).
struct Tanh {
  Tensor operator()(const Located& x) const { return tanh(x); }
};

/// sigmoid(x).
struct Sigmoid {
  Tensor operator()(const Located& x) const { return sigmoid(x); }
};

/// x.
struct Identity {
  Tensor operator()(const Located& x) const { return x; }
};

}  // namespace cgan_jit
