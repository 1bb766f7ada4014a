#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cgan_jit {

/// Element types. `boolean` is one byte, 0 or 1.
enum class DType : uint8_t { f32, i32, u32, u8, boolean };

/// "f32", "i32", "u32", "u8", "bool".
std::string_view name_of(DType dtype);
int64_t bytes_of(DType dtype);

/// Exchangeable in a program: 0 and -0 are two numbers, all NaNs are one.
constexpr bool same_number(double a, double b) {
  return (a != a && b != b) || std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

/// Extents, outermost first. Empty: a scalar (rank 0). An extent may be 0.
using Shape = std::vector<int64_t>;

/// Number of elements; 1 for rank 0.
int64_t element_count(const Shape& shape);
/// Row-major strides in elements.
std::vector<int64_t> row_major_strides(const Shape& shape);
/// "[64,784]".
std::string to_string(const Shape& shape);
inline int rank_of(const Shape& shape) { return static_cast<int>(shape.size()); }
/// Axes 0 .. rank - 1 that are not in `axes`, increasing.
std::vector<int> other_axes(int rank, const std::vector<int>& axes);
/// The extents of `axes`, in their order.
Shape extents_of(const Shape& shape, const std::vector<int>& axes);
/// One behind the other.
Shape joined(Shape first, const Shape& second);

struct Type {
  DType dtype = DType::f32;
  Shape shape;
  bool operator==(const Type&) const = default;
};
/// "f32[64,784]".
std::string to_string(const Type& type);

/// Calls `visit(coordinates)` for every point of `shape`, row-major.
template <typename Visit>
void for_each_point(const Shape& shape, Visit&& visit) {
  if (element_count(shape) == 0) return;
  std::vector<int64_t> at(shape.size(), 0);
  while (true) {
    visit(static_cast<const std::vector<int64_t>&>(at));
    int axis = static_cast<int>(shape.size()) - 1;
    for (; axis >= 0; --axis) {
      if (++at[axis] < shape[axis]) break;
      at[axis] = 0;
    }
    if (axis < 0) return;
  }
}

/// How a stored value lies in memory. One axis, `lane_axis`, is cut into blocks of `width` elements; memory
/// is [blocks of the lane axis][the other axes in logical order, but for inner_axis][inner_axis][width].
/// Row-major is {last axis, its extent}: one block. The last block is padded to `width`; what padding holds
/// is unspecified. Rank 0: {0, 1}.
struct Layout {
  int lane_axis = 0;
  int64_t width = 1;
  int inner_axis = -1;  // -1: all others are in logical order; said so wherever it makes no difference
  bool operator==(const Layout&) const = default;
};

Layout row_major(const Shape& shape);
/// The same layout with `axis`, which is not the lanes', next to them.
Layout with_inner_axis(Layout layout, const Shape& shape, int axis);
/// "@0/64", with an inner axis "@0/64,2".
std::string to_string(const Layout& layout);
/// Elements including padding.
int64_t stored_elements(const Shape& shape, const Layout& layout);

}  // namespace cgan_jit
