#pragma once

#include <limits>
#include <string_view>
#include <vector>

#include "frontend/tensor.h"
#include "ir/verify.h"

namespace cgan_jit {

// For the operations' own definitions.

constexpr double infinity = std::numeric_limits<double>::infinity();

/// fn of operands of one shape; throws Error at `where`, naming `op` (nothing: fn itself), when their
/// builders or element types do not fit.
Tensor emit_map(const Line& where, Fn fn, const std::vector<Tensor>& operands, std::string_view op = {});
Tensor emit_reindex(const Located& x, IndexMap map, Shape shape, double fill = 0);
/// At each point of the domain, x at the point's coordinates on `axes`, one for each of x's. Axes of extent 1
/// stretch; others have the domain's extents.
Tensor emit_spread(const Located& x, const std::vector<int>& axes, const Shape& domain);
/// Throws Error at x's line unless `tensor` is of x's builder.
void require_own(const Located& x, const Tensor& tensor, std::string_view op);
/// Throws Error at x's line when it lacks a channel, a height or a width.
void require_image(const Located& x, std::string_view op);
/// Throws Error at x's line unless each of its axes has a pair of widths.
void require_widths(const Located& x, const std::vector<std::pair<int64_t, int64_t>>& widths);
/// [c] as it meets x [n,c,...].
Tensor by_channel(const Located& x, const Tensor& of_channels);
/// `tensor`, as if the user had passed it where `x` was.
inline Located at(const Tensor& tensor, const Located& x) { return {tensor, x.where}; }
/// Throws Error at x's line when `extent`, of a window or its surroundings, is negative or beyond any memory.
void require_extent(const Located& x, int64_t extent, std::string_view op);
/// U[0, 1), in steps of 2^-24, of u32 words.
Tensor uniform_of_words(const Located& words);
/// N(0, 1) of two numbers from U[0, 1) each (Box & Muller 1958).
Tensor normal_of_uniforms(const Tensor& u1, const Tensor& u2);
/// The axis counted from 0; throws Error when x has no such axis.
int checked_axis(const Located& x, int axis, std::string_view op);
/// The axes counted from 0, increasing; throws Error when one is missing or named twice.
std::vector<int> checked_axes(const Located& x, const std::vector<int>& axes, std::string_view op);
/// The shape that both stretch to; throws Error at `where` when there is none.
Shape broadcast_shapes(const Line& where, std::string_view op, const Shape& a, const Shape& b);

}  // namespace cgan_jit
