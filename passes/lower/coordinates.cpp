#include "passes/lower/coordinates.h"

#include <algorithm>

#include "ir/integer.h"

namespace cgan_jit {

using loop::Index;
using loop::KernelWriter;
using loop::Reg;

bool is_vector(const KernelWriter& code, const Coords& at) {
  return std::any_of(at.begin(), at.end(), [&](const Coord& coord) {
    return coord.lane != 0 || (coord.plus && code.type(*coord.plus).vector);
  });
}

Reg value_of(KernelWriter& code, const Coord& coord) {
  Reg value = code.index_value(coord.index);
  if (coord.lane != 0) {
    Reg lane = code.lane_ids();
    if (coord.lane != 1)
      lane = code.compute(Fn::mul, {lane, code.literal(DType::i32, static_cast<int32_t>(coord.lane))});
    value = code.compute(Fn::add, {value, lane});
  }
  if (coord.plus) value = code.compute(Fn::add, {value, *coord.plus});
  return value;
}

Coord mapped(KernelWriter& code, const Affine& affine, const Coords& at) {
  Coord sum{Index{affine.offset, {}}, 0, {}};
  for (size_t axis = 0; axis < at.size(); ++axis) {
    const int64_t factor = affine.coefficients[axis];
    if (factor == 0) continue;
    sum.index = sum.index + at[axis].index * factor;
    sum.lane = wrapped_sum(sum.lane, wrapped_product(at[axis].lane, factor));
    if (!at[axis].plus) continue;
    Reg plus = *at[axis].plus;
    if (factor != 1)
      plus = code.compute(Fn::mul, {plus, code.literal(DType::i32, static_cast<double>(factor))});
    sum.plus = sum.plus ? code.compute(Fn::add, {*sum.plus, plus}) : plus;
  }
  return sum;
}

Coords mapped(KernelWriter& code, const IndexMap& map, const Coords& at) {
  Coords result;
  for (const Affine& affine : map.results) result.push_back(mapped(code, affine, at));
  return result;
}

Coord flatten(KernelWriter& code, const Shape& shape, const Coords& at) {
  return mapped(code, Affine{0, row_major_strides(shape)}, at);
}

Coords unflatten(KernelWriter& code, Coord linear, const Shape& shape) {
  Coords at(shape.size());
  for (size_t axis = shape.size(); axis-- > 0;) {
    if (axis == 0) {
      at[axis] = linear;
      break;
    }
    const auto parts = linear.plus || linear.lane < 0
                           ? std::nullopt
                           : code.split(linear.index, linear.lane * (loop::lanes - 1), shape[axis]);
    if (parts) {
      at[axis] = {parts->second, linear.lane, {}};
      linear = {parts->first, 0, {}};
      continue;
    }
    const auto [quotient, remainder] = code.divide(value_of(code, linear), shape[axis]);
    at[axis] = {Index{}, 0, remainder};
    linear = {Index{}, 0, quotient};
  }
  return at;
}

}  // namespace cgan_jit
