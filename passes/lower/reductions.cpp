#include <limits>

#include "passes/lower/values.h"

namespace cgan_jit {

using loop::Address;
using loop::Index;
using loop::Reg;

namespace {

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

/// Loops over `axes` of an operand of `space`; body(coordinates, of which those are set).
void ValueLowering::nest(const std::vector<int>& axes, size_t from, Value operand, Coords& at,
                         const std::function<void()>& body) {
  if (from == axes.size()) return body();
  const int axis = axes[from];
  memory_.axis_loop(graph_.shape(operand)[axis], width_along(operand, axis), [&](Index i) {
    at[axis] = {i, 0, {}};
    nest(axes, from + 1, operand, at, body);
  });
}

namespace {

/// `at` with the coordinates on `axes` of `from`.
Coords with_axes_of(Coords at, const Coords& from, const std::vector<int>& axes) {
  for (int axis : axes) at[axis] = from[axis];
  return at;
}

}  // namespace

/// The operand's coordinates of the result's point, without those that are summed.
Coords ValueLowering::operand_point(Value value, const Coords& at) const {
  Coords there(graph_.shape(graph_[value].operands[0]).size());
  const std::vector<int> kept = result_axes(graph_, value);
  for (size_t axis = 0; axis < kept.size(); ++axis) there[kept[axis]] = at[axis];
  return there;
}

Reg ValueLowering::reduce(Value value, const Coords& at, Mask mask) {
  const bool in_partials = is_vector(code_, at) && std::get<Reduce>(graph_[value].op).order == Order::lanes16;
  if (in_partials) return reduce_in_partials(value, operand_point(value, at), mask);
  return reduced_at(value, {at}, mask)[0];
}

void ValueLowering::reduce_together(Value value, const std::vector<Coords>& points) {
  if (is_vector(code_, points[0])) return;
  const std::vector<Reg> results = reduced_at(value, points, {});
  for (size_t i = 0; i < points.size(); ++i) remember(value, points[i], results[i]);
}

std::vector<Reg> ValueLowering::reduced_at(Value value, const std::vector<Coords>& points, Mask mask) {
  std::vector<Coords> there;
  for (const Coords& at : points) there.push_back(operand_point(value, at));
  const bool in_order = std::get<Reduce>(graph_[value].op).order == Order::seq;
  return in_order ? reduce_in_order(value, there, mask, is_vector(code_, points[0]))
                  : reduce_across_lanes(value, there, mask);
}

std::vector<Reg> ValueLowering::reduce_in_order(Value value, const std::vector<Coords>& points, Mask mask,
                                                bool vector) {
  const Node& node = graph_[value];
  const auto& op = std::get<Reduce>(node.op);
  const std::vector<Reg> sums = accumulators(node, points.size(), vector);
  Coords at = points[0];
  nest(op.axes, 0, node.operands[0], at, [&] {
    for (size_t i = 0; i < points.size(); ++i) {
      const Reg term = eval(node.operands[0], with_axes_of(points[i], at, op.axes), mask);
      code_.emit(loop::Compute{sums[i], fn_of(op.fn), {sums[i], vector ? code_.splat(term) : term}});
    }
  });
  return sums;
}

std::vector<Reg> ValueLowering::accumulators(const Node& reduce, size_t count, bool vector) {
  std::vector<Reg> sums;
  for (size_t i = 0; i < count; ++i) {
    sums.push_back(code_.fresh({reduce.type.dtype, vector}));
    code_.emit(loop::Literal{sums.back(), identity_of(std::get<Reduce>(reduce.op).fn, reduce.type.dtype)});
  }
  return sums;
}

std::vector<Reg> ValueLowering::reduce_across_lanes(Value value, const std::vector<Coords>& points,
                                                    Mask mask) {
  const Node& node = graph_[value];
  const auto& op = std::get<Reduce>(node.op);
  const Value operand = node.operands[0];
  const Shape& space = graph_.shape(operand);
  const int last = partial_axis(space, op.axes);
  std::vector<int> outer = op.axes;
  std::erase(outer, last);
  std::vector<Reg> partials = accumulators(node, points.size(), true);
  Coords at = points[0];
  nest(outer, 0, operand, at, [&] {
    memory_.lane_loop(space[last], width_along(operand, last), [&](Coord lane) {
      at[last] = lane;
      for (size_t i = 0; i < points.size(); ++i)
        add_lanes(op, partials[i], eval(operand, with_axes_of(points[i], at, op.axes), mask));
    });
  });
  for (Reg& sum : partials) sum = code_.reduce_lanes(sum, fn_of(op.fn));
  return partials;
}

void ValueLowering::add_to_partials(Value sum, Reg partials, const Coords& at) {
  const Node& node = graph_[sum];
  add_lanes(std::get<Reduce>(node.op), partials, eval(node.operands[0], at));
}

/// Lanes past the end add nothing.
void ValueLowering::add_lanes(const Reduce& op, Reg partials, Reg lanes_of_term) {
  const Reg term = code_.splat(lanes_of_term);
  if (!memory_.tail_mask()) return code_.emit(loop::Compute{partials, fn_of(op.fn), {partials, term}});
  const Reg sum = code_.fresh(code_.type(partials));
  code_.emit(loop::Compute{sum, fn_of(op.fn), {partials, term}});
  code_.emit(loop::Compute{partials, Fn::select, {*memory_.tail_mask(), sum, partials}});
}

constexpr int64_t partials_at_once = 4;

/// The first half and the second, term by term, again and again.
Reg ValueLowering::folded(std::vector<Reg> terms, Fn fn) {
  for (size_t half = terms.size() / 2; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i) code_.emit(loop::Compute{terms[i], fn, {terms[i], terms[i + half]}});
  }
  return terms[0];
}

/// Sixteen vectors of partial sums: a term's partial is known as the code is written. Where terms lie along
/// one axis, four at a time, which fit the registers: those that the tree adds first.
Reg ValueLowering::reduce_in_partials(Value value, Coords at, Mask mask) {
  const Node& node = graph_[value];
  const auto& op = std::get<Reduce>(node.op);
  const Value operand = node.operands[0];
  const Shape& space = graph_.shape(operand);
  const int last = partial_axis(space, op.axes);
  std::vector<int> outer = op.axes;
  std::erase(outer, last);
  const int64_t at_once = outer.empty() ? partials_at_once : lanes, apart = lanes / at_once;
  std::vector<Reg> sums;  // of the partials first, first + apart, ...
  const auto add_terms = [&](std::vector<Reg>& partials, const Index& start, int64_t count) {
    for (size_t i = 0; i < partials.size(); ++i) {
      if (static_cast<int64_t>(i) * apart >= count) break;
      at[last] = {start + static_cast<int64_t>(i) * apart, 0, {}};
      const Reg term = code_.splat(eval(operand, at, mask));
      code_.emit(loop::Compute{partials[i], fn_of(op.fn), {partials[i], term}});
    }
  };
  const int64_t whole = space[last] / lanes;
  for (int64_t first = 0; first < apart; ++first) {
    std::vector<Reg> partials = accumulators(node, at_once, true);
    nest(outer, 0, operand, at, [&] {
      memory_.axis_loop(whole, space[last],
                        [&](Index sixteen) { add_terms(partials, sixteen * lanes + first, lanes); });
      add_terms(partials, Index{whole * lanes + first, {}}, space[last] % lanes - first);
    });
    sums.push_back(folded(partials, fn_of(op.fn)));
  }
  return folded(sums, fn_of(op.fn));
}

/// A term that is left out leaves the sum as it is: added to -0, it would not.
void ValueLowering::add_product(Reg sum, Reg left, Reg right, Mask inside) {
  if (!inside) return code_.emit(loop::Compute{sum, Fn::fma, {left, right, sum}});
  const loop::RegType type = code_.type(sum);
  const Reg with_term = code_.fresh(type);
  code_.emit(loop::Compute{with_term, Fn::fma, {left, right, sum}});
  const Reg is_inside = type.vector ? code_.splat(*inside) : *inside;
  code_.emit(loop::Compute{sum, Fn::select, {is_inside, with_term, sum}});
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
      Reg left = eval(node.operands[0], at_left, both(mask, inside));
      Reg right = eval(node.operands[1], at_right, both(mask, inside));
      if (vector) left = code_.splat(left), right = code_.splat(right);
      return add_product(sum, left, right, inside);
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
