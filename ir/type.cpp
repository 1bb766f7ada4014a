#include "ir/type.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "ir/error.h"
#include "ir/integer.h"

namespace cgan_jit {

std::string_view name_of(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return "f32";
    case DType::i32:
      return "i32";
    case DType::u32:
      return "u32";
    case DType::u8:
      return "u8";
    case DType::boolean:
      return "bool";
  }
  throw InternalError("internal error: no such element type");
}

int64_t bytes_of(DType dtype) {
  switch (dtype) {
    case DType::f32:
    case DType::i32:
    case DType::u32:
      return 4;
    case DType::u8:
    case DType::boolean:
      return 1;
  }
  throw InternalError("internal error: no such element type");
}

int64_t element_count(const Shape& shape) {
  int64_t count = 1;
  for (int64_t extent : shape) count *= extent;
  return count;
}

std::vector<int64_t> row_major_strides(const Shape& shape) {
  std::vector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t axis = shape.size(); axis-- > 0; stride *= shape[axis]) strides[axis] = stride;
  return strides;
}

std::string to_string(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ",")); }

std::vector<int> other_axes(int rank, const std::vector<int>& axes) {
  std::vector<int> others;
  for (int axis = 0; axis < rank; ++axis) {
    if (std::find(axes.begin(), axes.end(), axis) == axes.end()) others.push_back(axis);
  }
  return others;
}

Shape extents_of(const Shape& shape, const std::vector<int>& axes) {
  Shape extents;
  for (int axis : axes) extents.push_back(shape[axis]);
  return extents;
}

Shape joined(Shape first, const Shape& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

std::string to_string(const Layout& layout) {
  const std::string inner = layout.inner_axis < 0 ? "" : fmt::format(",{}", layout.inner_axis);
  return fmt::format("@{}/{}{}", layout.lane_axis, layout.width, inner);
}

std::string to_string(const Type& type) {
  return fmt::format("{}{}", name_of(type.dtype), to_string(type.shape));
}

Layout row_major(const Shape& shape) {
  if (shape.empty()) return {0, 1};
  return {static_cast<int>(shape.size()) - 1, shape.back()};
}

Layout with_inner_axis(Layout layout, const Shape& shape, int axis) {
  bool makes_a_difference = false;
  for (int behind = axis + 1; behind < rank_of(shape); ++behind)
    makes_a_difference |= behind != layout.lane_axis && shape[behind] > 1;
  layout.inner_axis = makes_a_difference && shape[axis] > 1 ? axis : -1;
  return layout;
}

int64_t stored_elements(const Shape& shape, const Layout& layout) {
  if (shape.empty()) return layout.width;
  if (layout.width == 0) return 0;
  int64_t elements = ceil_div(shape[layout.lane_axis], layout.width) * layout.width;
  for (int axis = 0; axis < rank_of(shape); ++axis) {
    if (axis != layout.lane_axis) elements *= shape[axis];
  }
  return elements;
}

}  // namespace cgan_jit
