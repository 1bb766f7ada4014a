#pragma once

#include <vector>

#include "frontend/tensor.h"

namespace cgan_jit {

// Element by element. Shapes broadcast as in numpy: aligned at the last axis, an extent of 1 stretches. Both
// operands have one element type (a C++ number takes the other's, and must be one of its numbers; f32 rounds
// it); Error names the line, the operation and both shapes or types.

Tensor operator+(const Operand& a, const Operand& b);
Tensor operator-(const Operand& a, const Operand& b);
Tensor operator*(const Operand& a, const Operand& b);
Tensor operator/(const Operand& a, const Operand& b);  // f32 only
Tensor operator-(const Located& x);
Tensor operator<(const Operand& a, const Operand& b);
Tensor operator<=(const Operand& a, const Operand& b);
Tensor operator>(const Operand& a, const Operand& b);
Tensor operator>=(const Operand& a, const Operand& b);
Tensor operator==(const Operand& a, const Operand& b);
Tensor operator!=(const Operand& a, const Operand& b);
/// NaN where either is; of two equal operands the second gets the gradient.
Tensor maximum(const Operand& a, const Operand& b);
Tensor minimum(const Operand& a, const Operand& b);
/// `condition` is bool; all three broadcast; at least one of a and b is a tensor.
Tensor where(const Located& condition, const Operand& a, const Operand& b);

Tensor abs(const Located& x);
Tensor exp(const Located& x);
Tensor log(const Located& x);
Tensor log1p(const Located& x);
Tensor sqrt(const Located& x);
Tensor tanh(const Located& x);
Tensor sigmoid(const Located& x);
Tensor sin(const Located& x);
Tensor cos(const Located& x);
Tensor expm1(const Located& x);
Tensor leaky_relu(const Located& x, float slope);
Tensor relu(const Located& x);
/// As a C cast; f32 to integers truncates and saturates. Large u32 values have no exact f32: u32 to f32 is
/// refused.
Tensor cast(const Located& x, DType dtype);
/// x, through which no gradient flows.
Tensor detach(const Located& x);

// Views. An axis counts from 0; negative ones from the end.

/// One extent may be -1: what is left.
Tensor reshape(const Located& x, Shape shape);
/// The last two axes change places.
Tensor transpose(const Located& x);
/// Axis i of the result is axis order[i] of x.
Tensor permute(const Located& x, const std::vector<int>& order);
Tensor broadcast_to(const Located& x, const Shape& shape);
/// [begin, end) of one axis, every `step`th; negative bounds count from the end. Bounds outside the axis are
/// an Error.
Tensor slice(const Located& x, int axis, int64_t begin, int64_t end, int64_t step = 1);
/// Side by side along `axis`; all other extents agree.
Tensor concat(const std::vector<Tensor>& parts, int axis, Line at = Line::current());
/// Before and after each axis's elements, `fill`.
Tensor pad(const Located& x, const std::vector<std::pair<int64_t, int64_t>>& widths, float fill = 0);

// Reductions: over `axes`, which disappear (with _keepdim: stay, of extent 1), or over all of them.

Tensor sum(const Located& x);
Tensor sum(const Located& x, const std::vector<int>& axes);
Tensor sum_keepdim(const Located& x, const std::vector<int>& axes);
Tensor mean(const Located& x);
Tensor mean(const Located& x, const std::vector<int>& axes);
Tensor mean_keepdim(const Located& x, const std::vector<int>& axes);
/// Equal maxima share the gradient. NaN if any is.
Tensor max(const Located& x);
Tensor max(const Located& x, const std::vector<int>& axes);
Tensor max_keepdim(const Located& x, const std::vector<int>& axes);

// Products and look-ups.

/// [..., m, k] by [k, n] -> [..., m, n].
Tensor matmul(const Located& a, const Located& b);
/// table [rows, ...rest], indices i32 (or u8) [...batch] -> [...batch, ...rest]; an index outside gives
/// zeros.
Tensor embedding(const Located& table, const Located& indices);
/// x [n,c,h,w], weight [o,c,kh,kw] -> [n,o,(h+2*padding-kh)/stride+1,(w+2*padding-kw)/stride+1].
Tensor conv2d(const Located& x, const Located& weight, int64_t stride = 1, int64_t padding = 0);
/// x [n,c,h,w] -> [n,c,(h-size)/stride+1,(w-size)/stride+1].
Tensor max_pool2d(const Located& x, int64_t size, int64_t stride);

// Random values: pure functions of the inputs "seed" and "step", the stream (counted in the order of these
// calls), and the element.

/// U[0, 1), in steps of 2^-24. One stream.
Tensor random_uniform(Builder& builder, const Shape& shape, Line at = Line::current());
/// N(0, 1) by Box and Muller: sqrt(-2 log(1 - u1)) cos(2 pi u2), u1 and u2 of two consecutive streams.
Tensor random_normal(Builder& builder, const Shape& shape, Line at = Line::current());
/// i32, uniform in 0 .. below-1 (0 < below <= 2^24). One stream.
Tensor random_integers(Builder& builder, int64_t below, const Shape& shape, Line at = Line::current());

// Layers without params.

/// Each element is times 0 with probability p, else times 1/(1-p): it is kept where a uniform number lies
/// below 1-p. One stream. x itself in evaluation mode, or when p is 0. 0 <= p < 1.
Tensor dropout(const Located& x, float p);
/// The same in a mode of one's choosing, whatever the builder's: noise while a net is used, for example.
Tensor dropout(const Located& x, float p, Mode mode);
/// The mean and the biased variance of x over its first axis, each of x's other extents.
struct BatchStatistics {
  Tensor mean, variance;
};
BatchStatistics batch_statistics(const Located& x);
/// (x - mean) / sqrt(variance + eps) * weight + bias (Ioffe & Szegedy 2015); the other operands have x's
/// extents but the first.
Tensor batch_norm(const Located& x, const BatchStatistics& statistics, const Located& weight,
                  const Located& bias, float eps);

// Derivatives.

/// d(loss)/d(wrt[i]), each of wrt[i]'s shape, recorded in the same program: gradients have gradients. `loss`
/// is an f32 scalar.
std::vector<Tensor> grad(const Located& loss, const std::vector<Tensor>& wrt);

}  // namespace cgan_jit
