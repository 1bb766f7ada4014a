#include <limits>

#include "passes/lower/values.h"

namespace cgan_jit {

using loop::Address;
using loop::Index;
using loop::Reg;

namespace {

constexpr int64_t lanes = loop::lanes;

double identity_of(ReduceFn fn, DType dtype) {
  if (fn == ReduceFn::add) return 0;
  return dtype == DType::f32 ? -std::numeric_limits<double>::infinity()
                             : static_cast<double>(std::numeric_limits<int32_t>::min());
}

Fn fn_of(ReduceFn fn) { return fn == ReduceFn::add ? Fn::add : Fn::max; }

}  // namespace

int64_t ValueLowering::width_along(Value value, int axis) const {
  const Node& node = graph_[value];
  const Layout layout = layout_of(node);
  return layout.lane_axis == axis ? layout.width : node.type.shape[axis];
}

void ValueLowering::nest(const std::vector<int>& axes, size_t from, const Shape& space, Value operand,
                         Coords& at, const std::function<void()>& body) {
  if (from == axes.size()) return body();
  const int axis = axes[from];
  memory_.axis_loop(space[axis], width_along(operand, axis), [&](Index i) {
    at[axis] = {i, 0, {}};
    nest(axes, from + 1, space, operand, at, body);
  });
}

Reg ValueLowering::reduce(Value value, const Coords& at, Mask mask) {
  const Node& node = graph_[value];
  const auto& op = std::get<Reduce>(node.op);
  Coords there(graph_.shape(node.operands[0]).size());
  const std::vector<int> kept = result_axes(graph_, value);
  for (size_t axis = 0; axis < kept.size(); ++axis) there[kept[axis]] = at[axis];
  const bool vector = is_vector(code_, at);
  if (op.order == Order::seq) return reduce_in_order(value, std::move(there), mask, vector);
  return vector ? reduce_in_partials(value, std::move(there), mask)
                : reduce_across_lanes(value, std::move(there), mask);
}

Reg ValueLowering::reduce_in_order(Value value, Coords at, Mask mask, bool vector) {
  const Node& node = graph_[value];
  const auto& op = std::get<Reduce>(node.op);
  const Value operand = node.operands[0];
  const Reg sum = code_.fresh({node.type.dtype, vector});
  code_.emit(loop::Literal{sum, identity_of(op.fn, node.type.dtype)});
  nest(op.axes, 0, graph_.shape(operand), operand, at, [&] {
    const Reg term = eval(operand, at, mask);
    code_.emit(loop::Compute{sum, fn_of(op.fn), {sum, vector ? code_.splat(term) : term}});
  });
  return sum;
}

Reg ValueLowering::reduce_across_lanes(Value value, Coords at, Mask mask) {
  const Node& node = graph_[value];
  const auto& op = std::get<Reduce>(node.op);
  const Value operand = node.operands[0];
  const Shape& space = graph_.shape(operand);
  const std::vector<int> outer(op.axes.begin(), op.axes.end() - 1);
  const int last = op.axes.back();
  const Reg partials = code_.fresh({node.type.dtype, true});
  code_.emit(loop::Literal{partials, identity_of(op.fn, node.type.dtype)});
  nest(outer, 0, space, operand, at, [&] {
    memory_.lane_loop(space[last], width_along(operand, last), [&](Coord lane) {
      at[last] = lane;
      const Reg term = code_.splat(eval(operand, at, mask));
      if (!memory_.tail_mask()) {
        code_.emit(loop::Compute{partials, fn_of(op.fn), {partials, term}});
        return;
      }
      const Reg sum = code_.fresh(code_.type(partials));
      code_.emit(loop::Compute{sum, fn_of(op.fn), {partials, term}});
      code_.emit(loop::Compute{partials, Fn::select, {*memory_.tail_mask(), sum, partials}});
    });
  });
  return code_.reduce_lanes(partials, fn_of(op.fn));
}

Reg ValueLowering::reduce_in_partials(Value value, Coords at, Mask mask) {
  const Node& node = graph_[value];
  const auto& op = std::get<Reduce>(node.op);
  const Value operand = node.operands[0];
  const Shape& space = graph_.shape(operand);
  const std::vector<int> outer(op.axes.begin(), op.axes.end() - 1);
  const int last = op.axes.back();
  const loop::Buf area = memory_.add_scratch(node.type.dtype, lanes * lanes);
  const Reg start = code_.splat(code_.literal(node.type.dtype, identity_of(op.fn, node.type.dtype)));
  for (int64_t i = 0; i < lanes; ++i) code_.store({area, Index{i * lanes, {}}, {}}, start, {});
  const auto add_term = [&](Index position, const Index& partial) {
    at[last] = {std::move(position), 0, {}};
    const Reg term = code_.splat(eval(operand, at, mask));
    const Reg sum = code_.fresh({node.type.dtype, true});
    const Address place{area, partial * lanes, {}};
    code_.emit(loop::Load{sum, place, {}});
    code_.emit(loop::Compute{sum, fn_of(op.fn), {sum, term}});
    code_.store(place, sum, {});
  };
  nest(outer, 0, space, operand, at, [&] {
    memory_.axis_loop(space[last] / lanes, space[last], [&](Index sixteen) {
      code_.loop(lanes, [&](Index partial) { add_term(sixteen * lanes + partial, partial); });
    });
    if (space[last] % lanes != 0) {
      code_.loop(space[last] % lanes,
                 [&](Index partial) { add_term(partial + space[last] / lanes * lanes, partial); });
    }
  });
  std::vector<Reg> partials;
  for (int64_t i = 0; i < lanes; ++i) {
    partials.push_back(code_.fresh({node.type.dtype, true}));
    code_.emit(loop::Load{partials.back(), {area, Index{i * lanes, {}}, {}}, {}});
  }
  for (size_t half = lanes / 2; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i)
      code_.emit(loop::Compute{partials[i], fn_of(op.fn), {partials[i], partials[i + half]}});
  }
  return partials[0];
}

/// The element, or 0 where the term is left out.
Reg ValueLowering::term_of(Value operand, const Coords& there, Mask inside, Mask mask) {
  const Reg value = eval(operand, there, both(mask, inside));
  if (!inside) return value;
  return code_.compute(Fn::select, {*inside, value, code_.literal(DType::f32, 0)});
}

Reg ValueLowering::contract(Value value, const Coords& at, Mask mask) {
  const Node& node = graph_[value];
  const auto& op = std::get<Contract>(node.op);
  const Shape space = iteration_space(graph_, value);
  Coords there = at;
  there.resize(space.size());
  const bool vector = is_vector(code_, at);
  const Reg sum = code_.fresh({DType::f32, vector});
  code_.emit(loop::Literal{sum, 0});
  const std::function<void(size_t)> loops = [&](size_t axis) {
    if (axis == space.size()) {
      const Coords at_left = mapped(code_, op.lhs, there), at_right = mapped(code_, op.rhs, there);
      const Mask inside = both(inside_of(node.operands[0], op.lhs, space, at_left),
                               inside_of(node.operands[1], op.rhs, space, at_right));
      Reg left = term_of(node.operands[0], at_left, inside, mask);
      Reg right = term_of(node.operands[1], at_right, inside, mask);
      if (vector) left = code_.splat(left), right = code_.splat(right);
      code_.emit(loop::Compute{sum, Fn::fma, {left, right, sum}});
      return;
    }
    memory_.axis_loop(space[axis], 64, [&](Index i) {
      there[axis] = {i, 0, {}};
      loops(axis + 1);
    });
  };
  loops(at.size());
  return sum;
}

}  // namespace cgan_jit
