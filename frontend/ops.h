#pragma once

#include <limits>
#include <vector>

#include "frontend/tensor.h"
#include "frontend/windows.h"

namespace cgan_jit {

// Element by element. Shapes broadcast as in numpy: aligned at the last axis, an extent of 1 stretches. Both
// operands have one element type (a C++ number takes the other's, and must be one of its numbers; f32 rounds
// it); Error names the line, the operation and both shapes or types. What has one operand keeps its shape.

/// f32, or i32 and u32, which wrap around.
Tensor operator+(const Operand& a, const Operand& b);
Tensor operator-(const Operand& a, const Operand& b);
Tensor operator*(const Operand& a, const Operand& b);
Tensor operator/(const Operand& a, const Operand& b);  // f32 only
Tensor operator-(const Located& x);
/// bool; false where a number is NaN, but for !=.
Tensor operator<(const Operand& a, const Operand& b);
Tensor operator<=(const Operand& a, const Operand& b);
Tensor operator>(const Operand& a, const Operand& b);
Tensor operator>=(const Operand& a, const Operand& b);
Tensor operator==(const Operand& a, const Operand& b);
Tensor operator!=(const Operand& a, const Operand& b);
/// The larger (smaller) of both; NaN where either is; of two equal operands the second gets the gradient.
Tensor maximum(const Operand& a, const Operand& b);
Tensor minimum(const Operand& a, const Operand& b);
/// a where `condition`, which is bool, holds, else b. All three broadcast; of two numbers f32.
Tensor where(const Located& condition, const Operand& a, const Operand& b);

/// start + weight (end - start); f32.
Tensor lerp(const Located& start, const Located& end, const Operand& weight);
/// x, but `value`, a number or a scalar of x's type, where `mask`, which is bool and broadcasts to x, holds.
Tensor masked_fill(const Located& x, const Located& mask, const Operand& value);

/// |x|, of i32, too. The others of f32 alone: e^x, log x, log(1 + x), the square root, tanh, 1 / (1 + e^-x),
/// sine and cosine of radians, e^x - 1, the error function, 1 / sqrt(x).
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
Tensor erf(const Located& x);
Tensor rsqrt(const Located& x);
/// x x, of f32, or of i32 and u32, which wrap around. The others of f32 alone: 1 / x, 2^x, the tangent of
/// radians, the hyperbolic sine and cosine.
Tensor square(const Located& x);
Tensor reciprocal(const Located& x);
Tensor exp2(const Located& x);
Tensor tan(const Located& x);
Tensor sinh(const Located& x);
Tensor cosh(const Located& x);
/// log x times a constant, at most 2 ulp from the truth: of a power of the base not always the integer.
Tensor log2(const Located& x);
Tensor log10(const Located& x);
/// -1, 0 or 1; NaN of a NaN.
Tensor sign(const Located& x);
/// Down (up) to an integer.
Tensor floor(const Located& x);
Tensor ceil(const Located& x);
/// To the nearest integer, ties to even.
Tensor round(const Located& x);
/// x^exponent, as C's; f32, at least one of both a tensor. No gradient by x where the exponent is 0, none by
/// the exponent where x is 0 and the exponent is not negative.
Tensor pow(const Operand& x, const Operand& exponent);
/// minimum(high, maximum(low, x)); the gradient passes where low <= x <= high.
Tensor clamp(const Located& x, const Operand& low, const Operand& high);
/// Of truth values: what is not 0 is true.
Tensor logical_and(const Located& a, const Located& b);
Tensor logical_or(const Located& a, const Located& b);
Tensor logical_xor(const Located& a, const Located& b);
Tensor logical_not(const Located& x);
/// x where it is positive, else slope x (else 0); NaN of a NaN.
Tensor leaky_relu(const Located& x, float slope);
Tensor relu(const Located& x);
/// As a C cast; f32 to integers truncates and saturates. Large u32 values have no exact f32: u32 to f32 is
/// refused.
Tensor cast(const Located& x, DType dtype);
/// x, through which no gradient flows.
Tensor detach(const Located& x);

// Views. An axis counts from 0; negative ones from the end.

/// The same elements, row-major, in another shape of as many. One extent may be -1: what is left.
Tensor reshape(const Located& x, Shape shape);
/// [..., m, n] -> [..., n, m]; or these two axes change places.
Tensor transpose(const Located& x);
Tensor transpose(const Located& x, int first, int second);
/// Axis i of the result is axis order[i] of x.
Tensor permute(const Located& x, const std::vector<int>& order);
/// These axes of x become those of the result, place by place; the others keep their order.
Tensor movedim(const Located& x, const std::vector<int>& from, const std::vector<int>& to);
Tensor movedim(const Located& x, int from, int to);
/// x stretched to `shape`: axes are aligned at the last, those of extent 1 or missing ones repeat x. An
/// extent of -1 is x's own.
Tensor broadcast_to(const Located& x, const Shape& shape);
/// [begin, end) of one axis, every `step`th; negative bounds count from the end. Bounds outside the axis are
/// an Error.
Tensor slice(const Located& x, int axis, int64_t begin, int64_t end, int64_t step = 1);
/// Side by side along `axis`; all other extents agree.
Tensor concat(const std::vector<Tensor>& parts, int axis, Line at = Line::current());
/// Before and after each axis's elements, `fill`.
Tensor pad(const Located& x, const std::vector<std::pair<int64_t, int64_t>>& widths, float fill = 0);
/// What lies beyond an axis: its elements mirrored, the outermost not told twice (widths below its extent);
/// its outermost (which there is); or its elements from the other end on (widths up to its extent).
enum class Border : uint8_t { reflect, replicate, circular };
/// Before and after each axis's elements, so many beyond it.
Tensor pad(const Located& x, const std::vector<std::pair<int64_t, int64_t>>& widths, Border border);

/// An axis of extent 1 more, at place `axis` of the result.
Tensor unsqueeze(const Located& x, int axis);
/// Without that axis if its extent is 1, else x; without all such axes.
Tensor squeeze(const Located& x, int axis);
Tensor squeeze(const Located& x);
/// Axes `first` to `last` as one; a scalar as [1].
Tensor flatten(const Located& x, int first = 0, int last = -1);
/// Tensors of one type side by side, along a new axis.
Tensor stack(const std::vector<Tensor>& parts, int axis = 0, Line where = Line::current());
/// Parts of `size` along the axis; the last may be shorter.
std::vector<Tensor> split(const Located& x, int64_t size, int axis = 0);
/// As many parts, or fewer, of extent/chunks rounded up; the last may be shorter.
std::vector<Tensor> chunk(const Located& x, int64_t chunks, int axis = 0);
/// The other way round along each of the axes.
Tensor flip(const Located& x, const std::vector<int>& axes);
/// The last two axes' lower (upper) triangle, up to (from) a diagonal above the main one; else 0.
Tensor tril(const Located& x, int64_t diagonal = 0);
Tensor triu(const Located& x, int64_t diagonal = 0);

/// The elements `shift` places further along the axis, the last ones first; without an axis row-major, as if
/// there were one axis. Along several axes in one go.
Tensor roll(const Located& x, int64_t shift, int axis);
Tensor roll(const Located& x, int64_t shift);
Tensor roll(const Located& x, const std::vector<int64_t>& shifts, const std::vector<int>& axes);
/// x side by side with itself so many times along each axis; axes that x lacks stand before its own.
Tensor repeat(const Located& x, const Shape& times);
/// Rows, or what else lies along the axis: index i32 (or u8) [k] -> k of them; one outside is zeros. x has at
/// most 2^31 - 1 of them.
Tensor index_select(const Located& x, int axis, const Located& index);

// Constants.

/// i32: begin, begin + step, ... before end.
Tensor arange(Builder& builder, int64_t begin, int64_t end, int64_t step = 1, Line where = Line::current());
Tensor arange(Builder& builder, int64_t end, Line where = Line::current());
/// f32 [steps]: from begin to end, both of them exactly, in equal steps; of one step begin.
Tensor linspace(Builder& builder, double begin, double end, int64_t steps, Line where = Line::current());
/// f32 [rows, columns], or [rows, rows]: 1 on the diagonal, else 0.
Tensor eye(Builder& builder, int64_t rows, Line where = Line::current());
Tensor eye(Builder& builder, int64_t rows, int64_t columns, Line where = Line::current());
/// Of x's type and shape: `value`, 0, 1. Of any shape: `Builder::constant`.
Tensor full_like(const Located& x, double value);
Tensor zeros_like(const Located& x);
Tensor ones_like(const Located& x);

// Reductions. Over `axes`, which disappear (with _keepdim: stay, of extent 1), or over all of them: a scalar.
// sum, prod, max, min, argmax, argmin and cumsum take f32 or i32, any and all every type, the others f32.

/// i32 wraps around.
Tensor sum(const Located& x);
Tensor sum(const Located& x, const std::vector<int>& axes);
Tensor sum_keepdim(const Located& x, const std::vector<int>& axes);
/// The sum over the count.
Tensor mean(const Located& x);
Tensor mean(const Located& x, const std::vector<int>& axes);
Tensor mean_keepdim(const Located& x, const std::vector<int>& axes);
/// The largest; equal maxima share the gradient. NaN if any is.
Tensor max(const Located& x);
Tensor max(const Located& x, const std::vector<int>& axes);
Tensor max_keepdim(const Located& x, const std::vector<int>& axes);
/// The smallest, likewise.
Tensor min(const Located& x);
Tensor min(const Located& x, const std::vector<int>& axes);
Tensor min_keepdim(const Located& x, const std::vector<int>& axes);
/// The product, by one axis; i32 wraps around. Each factor by log n roundings.
Tensor prod(const Located& x);
Tensor prod(const Located& x, int axis);
/// Of truth values: what is not 0 is true. bool; of nothing false (true).
Tensor any(const Located& x);
Tensor any(const Located& x, const std::vector<int>& axes);
Tensor all(const Located& x);
Tensor all(const Located& x, const std::vector<int>& axes);
/// The squares' distance from their mean over count - correction, which is above 0.
Tensor var(const Located& x);
Tensor var(const Located& x, const std::vector<int>& axes, int64_t correction = 1);
/// Its root, PyTorch's `std`, a name that C++ has taken; its gradient at 0 is 0.
Tensor stddev(const Located& x);
Tensor stddev(const Located& x, const std::vector<int>& axes, int64_t correction = 1);
/// The root of the squares' sum; its gradient at 0 is 0.
Tensor norm(const Located& x);
Tensor norm(const Located& x, const std::vector<int>& axes);
/// log(sum(exp(x))), without overflow.
Tensor logsumexp(const Located& x, const std::vector<int>& axes);
/// Where the first maximum (minimum), or NaN, is: i32.
Tensor argmax(const Located& x);
Tensor argmax(const Located& x, int axis);
Tensor argmin(const Located& x);
Tensor argmin(const Located& x, int axis);
/// The sum of all elements up to each. O(n log n), each element by log n roundings.
Tensor cumsum(const Located& x, int axis);

// Distances. f32, of Euclidean norms. As torch.nn.functional has them.

/// x over its norm along the axis, no less than eps; the result has x's shape.
Tensor normalize(const Located& x, int axis = 1, float eps = 1e-12f);
/// sum(a b) / (norm(a) norm(b)) along the axis, which disappears, each norm no less than eps; a and b
/// broadcast.
Tensor cosine_similarity(const Located& a, const Located& b, int axis = 1, float eps = 1e-8f);
/// `pairwise_distance(a, b, {.keepdim = true})`.
struct DistanceOptions {
  float eps = 1e-6f;     // keeps equal ones away from 0
  bool keepdim = false;  // the axis stays, of extent 1
};
/// norm(a - b + eps) along the last axis, which disappears; a and b broadcast.
Tensor pairwise_distance(const Located& a, const Located& b, const DistanceOptions& how = {});

// Products and look-ups.

/// [..., m, k] by [..., k, n] -> [..., m, n]; the axes before broadcast. [k] is a row on the left, a column
/// on the right, and no axis of the result. PyTorch's mm, bmm, mv and dot, too; its outer is
/// `unsqueeze(a, 1) * b`.
Tensor matmul(const Located& a, const Located& b);
/// table [rows, ...rest], indices i32 (or u8) [...batch] -> [...batch, ...rest]; an index outside gives
/// zeros.
Tensor embedding(const Located& table, const Located& indices);
/// Einstein's sum, f32: `einsum("bij,bjk->bik", {a, b})`. Letters that the result lacks are summed; a letter
/// twice in one operand is its diagonal. Without an arrow the result has the letters that occur once, in
/// alphabetical order. "..." stands for any axes, aligned at the last, of which those of extent 1 stretch;
/// without an arrow they come first. Throws Error when a letter has two extents.
Tensor einsum(const std::string& equation, const std::vector<Tensor>& operands, Line where = Line::current());
/// The shape of `index`, i32: there x at the same coordinates but that on `axis`, which is the index; 0 where
/// it is outside. x has at most 2^31 - 1 elements, and index's extents at most x's, but on the axis.
Tensor gather(const Located& x, int axis, const Located& index);
/// i32 or u8 [...] -> i32 [..., classes]: 1 at the index, else 0.
Tensor one_hot(const Located& indices, int64_t classes);

// Random values. Pure functions of the inputs "seed" and "step", the stream (counted in the order of these
// calls), and the element.

/// U[0, 1), in steps of 2^-24. One stream.
Tensor random_uniform(Builder& builder, const Shape& shape, Line at = Line::current());
/// N(0, 1) by Box and Muller: sqrt(-2 log(1 - u1)) cos(2 pi u2), u1 and u2 of two consecutive streams.
Tensor random_normal(Builder& builder, const Shape& shape, Line at = Line::current());
/// i32, uniform in 0 .. below-1 (0 < below <= 2^24). One stream.
Tensor random_integers(Builder& builder, int64_t below, const Shape& shape, Line at = Line::current());

// Dropout and normalisation. f32; the result has x's shape.

/// Each element is times 0 with probability p, else times 1/(1-p): it is kept where a uniform number lies
/// below 1-p. One stream. x itself in evaluation mode, or when p is 0. 0 <= p < 1.
Tensor dropout(const Located& x, float p);
/// The same in a mode of one's choosing, whatever the builder's: noise while a net is used, for example.
Tensor dropout(const Located& x, float p, Mode mode);
/// x [n,c,...]: whole channels, each times 0 with probability p, else times 1/(1-p). One stream.
Tensor dropout2d(const Located& x, float p);
/// The mean and the biased variance of x [n,c,...] over all axes but the second, [c] both.
struct BatchStatistics {
  Tensor mean, variance;
};
/// Of x.
BatchStatistics batch_statistics(const Located& x);
/// (x - mean) / sqrt(variance + eps) * weight + bias (Ioffe & Szegedy 2015); the other operands are [c].
Tensor batch_norm(const Located& x, const BatchStatistics& statistics, const Located& weight,
                  const Located& bias, float eps);
/// `layer_norm(x, {64}, {.weight = w, .bias = b})`.
struct NormOptions {
  std::optional<Tensor> weight, bias;  // nothing: 1 and 0
  float eps = 1e-5f;
};
/// (x - mean) / sqrt(variance + eps) * weight + bias, over x's last axes, of shape `over`, which is weight's
/// and bias's too (Ba et al. 2016).
Tensor layer_norm(const Located& x, const Shape& over, const NormOptions& how = {});
/// `rms_norm(x, {64}, {.weight = w})`.
struct RmsNormOptions {
  std::optional<Tensor> weight;                       // nothing: 1
  float eps = std::numeric_limits<float>::epsilon();  // 2^-23
};
/// x / sqrt(mean(x^2) + eps) * weight, over x's last axes, of shape `over`, which is weight's, too (Zhang &
/// Sennrich 2019).
Tensor rms_norm(const Located& x, const Shape& over, const RmsNormOptions& how = {});
/// x [n,c,...]: layer_norm's over each of `groups` groups of channels (Wu & He 2018); weight and bias are
/// [c].
Tensor group_norm(const Located& x, int64_t groups, const NormOptions& how = {});
/// x [n,c,...]: over each channel of each sample alone (Ulyanov et al. 2016).
Tensor instance_norm(const Located& x, const NormOptions& how = {});

// Derivatives.

/// d(loss)/d(wrt[i]), each of wrt[i]'s shape, recorded in the same program: gradients have gradients. `loss`
/// is an f32 scalar.
std::vector<Tensor> grad(const Located& loss, const std::vector<Tensor>& wrt);

}  // namespace cgan_jit
