#include "passes/lower/values.h"

#include <algorithm>
#include <limits>

#include "ir/integer.h"
#include "ir/overloaded.h"
#include "ir/regrouping.h"
#include "ir/verify.h"
#include "passes/graph/views.h"
#include "passes/lower/magnitude.h"

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

bool in_range(const Affine& affine, const Shape& domain, int64_t extent) {
  const auto [low, high] = affine.range(domain);
  return low >= 0 && high < extent;
}

}  // namespace

ValueLowering::ValueLowering(const FusedGraph& fused, const Storage& storage, int kernel)
    : graph_(fused.graph),
      storage_(storage),
      members_(fused.kernels[kernel].nodes.begin(), fused.kernels[kernel].nodes.end()),
      loaded_(fused.kernels[kernel].loads.begin(), fused.kernels[kernel].loads.end()) {
  const auto touch = [&](const Home& home) {
    if (buffers_.emplace(home.root, loop::Buf{static_cast<uint32_t>(roots_.size())}).second)
      roots_.push_back(home.root);
  };
  for (Value node : members_) {
    if (as<Concat>(graph_[node])) loaded_.insert(node);  // it copies what the parts' kernels wrote
  }
  for (Value value : loaded_) touch(storage.homes.at(value));
  for (Value result : fused.kernels[kernel].results) {
    touch(storage.homes.at(result));
    if (auto copies = storage.copies.find(result); copies != storage.copies.end()) {
      for (const Home& home : copies->second) touch(home);
    }
  }
}

LoweredKernel ValueLowering::finish(std::string name, std::vector<Value> nodes) {
  std::vector<loop::Buffer> buffers;
  std::set<int> written;
  for (Value node : nodes) {
    if (auto home = storage_.homes.find(node); home != storage_.homes.end())
      written.insert(home->second.root);
    if (auto copies = storage_.copies.find(node); copies != storage_.copies.end()) {
      for (const Home& home : copies->second) written.insert(home.root);
    }
  }
  for (int root : roots_) {
    const Root& place = storage_.roots[root];
    buffers.push_back(
        {place.type.dtype, stored_elements(place.type.shape, place.layout), written.count(root) > 0});
  }
  return {std::move(name), std::move(nodes), code.finish(std::move(buffers), areas_), roots_, {}};
}

loop::Buf ValueLowering::add_scratch(DType dtype, int64_t elements) {
  int64_t offset = 0;
  if (!areas_.empty()) {
    const loop::ScratchArea& last = areas_.back();
    offset = round_up(last.byte_offset + last.elements * bytes_of(last.dtype), 64);
  }
  areas_.push_back({dtype, elements, offset});
  return loop::Buf{static_cast<uint32_t>(roots_.size() + areas_.size() - 1)};
}

Home ValueLowering::home_of(Value base) const { return storage_.homes.at(base); }

std::string ValueLowering::key_of(Value value, const Coords& at, Mask mask) const {
  std::string key = fmt::format("node {}", cgan_jit::index(value));
  for (const Coord& coord : at) {
    key += fmt::format(" [{}", coord.index.offset);
    for (const auto& [var, coefficient] : coord.index.terms)
      key += fmt::format("+{}v{}", coefficient, static_cast<uint32_t>(var));
    key += fmt::format(" l{}", coord.lane);
    if (coord.plus) key += fmt::format(" r{}", static_cast<uint32_t>(*coord.plus));
    key += "]";
  }
  if (mask) key += fmt::format(" mask r{}", static_cast<uint32_t>(*mask));
  return key;
}

bool ValueLowering::is_vector(const Coords& at) const {
  return std::any_of(at.begin(), at.end(), [&](const Coord& coord) {
    return coord.lane != 0 || (coord.plus && code.type(*coord.plus).vector);
  });
}

Reg ValueLowering::coordinate(const Coord& coord) {
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

Coord ValueLowering::scaled_sum(const Affine& affine, const Coords& at) {
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

ValueLowering::Coords ValueLowering::mapped(const IndexMap& map, const Coords& at) {
  Coords result;
  for (const Affine& affine : map.results) result.push_back(scaled_sum(affine, at));
  return result;
}

Coord ValueLowering::flatten(const Shape& shape, const Coords& at) {
  return scaled_sum({0, row_major_strides(shape)}, at);
}

ValueLowering::Coords ValueLowering::unflatten(Coord linear, const Shape& shape) {
  Coords at(shape.size());
  for (size_t axis = shape.size(); axis-- > 0;) {
    if (axis == 0) {
      at[axis] = linear;
      break;
    }
    const auto parts = linear.plus || linear.lane < 0
                           ? std::nullopt
                           : code.split(linear.index, linear.lane * (lanes - 1), shape[axis]);
    if (parts) {
      at[axis] = {parts->second, linear.lane, {}};
      linear = {parts->first, 0, {}};
      continue;
    }
    const auto [quotient, remainder] = code.divide(coordinate(linear), shape[axis]);
    at[axis] = {Index{}, 0, remainder};
    linear = {Index{}, 0, quotient};
  }
  return at;
}

ValueLowering::Mask ValueLowering::both(Mask a, Mask b) {
  if (a && b) return code.compute(Fn::bit_and, {*a, *b});
  return a ? a : b;
}

bool ValueLowering::is_vector(const Address& address) const {
  const auto is_vector = [&](Reg reg) { return code.type(reg).vector; };
  return (address.plus && is_vector(*address.plus)) ||
         std::any_of(address.far.begin(), address.far.end(),
                     [&](const auto& term) { return is_vector(term.first); });
}

int64_t ValueLowering::elements_of(loop::Buf buf) const {
  const auto number = static_cast<size_t>(buf);
  if (number >= roots_.size()) return areas_[number - roots_.size()].elements;
  const Root& root = storage_.roots[roots_[number]];
  return stored_elements(root.type.shape, root.layout);
}

/// Elements from `address` on, whose run-time part is the sum of `terms`: an i32 where 31 bits are enough.
void ValueLowering::add_terms(Address& address, int64_t lane_stride, const FarTerms& terms) {
  if (terms.empty()) return;
  const auto [low, high] = code.range_of(address.index);
  const int64_t reach = saturated_product(lane_stride, lanes - 1);
  const int64_t last = saturated_sum(high, std::max<int64_t>(reach, 0)),
                first = saturated_sum(low, std::min<int64_t>(reach, 0));
  if (last > most_extent || first < elements_of(address.buf) - most_extent) {
    address.far.insert(address.far.end(), terms.begin(), terms.end());
    return;
  }
  for (const auto& [reg, stride] : terms) {
    const Reg term =
        stride == 1 ? reg
                    : code.compute(Fn::mul, {reg, code.literal(DType::i32, static_cast<double>(stride))});
    address.plus = address.plus ? code.compute(Fn::add, {*address.plus, term}) : term;
  }
}

ValueLowering::Place ValueLowering::place_of(const Home& home, loop::Buf buf, const Coords& at) {
  Place place{{buf, Index{home.base, {}}, {}}, 0};
  FarTerms terms;
  const bool blocked = home.lane_axis >= 0 && home.block_stride != 0;
  for (size_t axis = 0; axis < at.size(); ++axis) {
    const int64_t stride = blocked && static_cast<int>(axis) == home.lane_axis ? 0 : home.strides[axis];
    if (stride == 0) continue;
    place.address.index = place.address.index + at[axis].index * stride;
    place.lane_stride = wrapped_sum(place.lane_stride, wrapped_product(at[axis].lane, stride));
    if (at[axis].plus) terms.emplace_back(*at[axis].plus, stride);
  }
  if (!blocked && home.lane_axis >= 0) place.address.index = place.address.index + home.lane_shift;
  if (blocked) {
    Coord lane = at[home.lane_axis];
    lane.index = lane.index + home.lane_shift;
    const auto parts = lane.plus ? std::nullopt : code.split(lane.index, lane.lane * (lanes - 1), home.width);
    if (parts) {
      place.address.index = place.address.index + parts->first * home.block_stride + parts->second;
      place.lane_stride += lane.lane;
    } else {
      const auto [block, offset] = code.divide(coordinate(lane), home.width);
      terms.emplace_back(block, home.block_stride);
      terms.emplace_back(offset, 1);
    }
  }
  add_terms(place.address, place.lane_stride, terms);
  return place;
}

bool ValueLowering::tail_is_safe(const Home& home, const Coords& at, int64_t lane_stride) const {
  return home.padded && lane_stride == 1 && home.lane_axis >= 0 && at[home.lane_axis].index == tail_->index &&
         at[home.lane_axis].lane == 1;
}

/// The address with a place for every lane of its own.
Address ValueLowering::scattered(Address address, int64_t lane_stride) {
  constexpr int64_t furthest = most_extent / lanes;
  if (address.far.empty() && lane_stride >= -furthest && lane_stride <= furthest) {
    address.plus = code.splat(coordinate({Index{}, lane_stride, address.plus}));
    return address;
  }
  if (address.plus) address.plus = code.splat(*address.plus);
  for (auto& term : address.far) term.first = code.splat(term.first);
  if (lane_stride != 0) address.far.emplace_back(code.lane_ids(), lane_stride);
  return address;
}

Reg ValueLowering::load(const Home& home, loop::Buf buf, DType dtype, const Coords& at, Mask mask,
                        int least_depth) {
  auto [from, lane_stride] = place_of(home, buf, at);
  const bool finds_vector = is_vector(from);
  bool vector = lane_stride != 0 || finds_vector;
  if (vector && tail_ && !(tail_is_safe(home, at, lane_stride) && !finds_vector))
    mask = both(mask, tail_->mask);
  if (mask && code.type(*mask).vector && !vector) {
    vector = true;
    from.plus = code.splat(from.plus ? *from.plus : code.literal(DType::i32, 0));
  } else if (vector && (finds_vector || lane_stride != 1)) {
    from = scattered(std::move(from), lane_stride);
  }
  if (mask && vector) mask = code.splat(*mask);
  const bool is_constant = from.index.terms.empty() && !from.plus && from.far.empty();
  return code.load(dtype, from, vector, mask,
                   is_constant ? least_depth : std::max(least_depth, branch_floor));
}

void ValueLowering::store(const Home& home, loop::Buf buf, const Coords& at, Reg value) {
  auto [to, lane_stride] = place_of(home, buf, at);
  const bool finds_vector = is_vector(to);
  if (!is_vector(at)) {
    code.store(to, value, {});
    return;
  }
  Mask mask;
  if (tail_ && !(tail_is_safe(home, at, lane_stride) && !finds_vector)) mask = tail_->mask;
  if (finds_vector || lane_stride != 1) to = scattered(std::move(to), lane_stride);
  code.store(to, code.splat(value), mask);
}

void ValueLowering::axis_loop(int64_t extent, int64_t width, const std::function<void(Index)>& body) {
  if (width >= extent) return code.loop(extent, body);
  const int64_t blocks = extent / width;
  code.loop(blocks,
            [&](Index block) { code.loop(width, [&](Index inner) { body(block * width + inner); }); });
  if (extent % width != 0) code.loop(extent % width, [&](Index inner) { body(inner + blocks * width); });
}

void ValueLowering::lane_loop(int64_t extent, int64_t width, const std::function<void(Coord)>& body) {
  // Vectors go over the borders of blocks that are no whole number of them.
  if (width >= extent || width % lanes != 0)
    return panel_loop(Index{}, extent, round_up(extent, lanes), body);
  code.loop(ceil_div(extent, width), [&](Index panel) { panel_loop(panel, extent, width, body); });
}

void ValueLowering::panel_loop(const Index& panel, int64_t extent, int64_t width,
                               const std::function<void(Coord)>& body) {
  if (panel == Index{})
    width = std::min(width, round_up(extent, lanes));  // a block may be wider than its value
  std::optional<Index> end;
  if (!panel.terms.empty() && extent % width != 0) end = panel * -width + extent;
  const int unroll = width <= 4 * lanes && !end ? static_cast<int>(width / lanes) : 1;
  code.strided_loop(width, lanes, end, unroll, [&](Index inner) {
    const Index start = panel * width + inner;
    panel_rest(start, extent, [&] { body({start, 1, {}}); });
  });
}

void ValueLowering::panel_rest(const Index& start, int64_t extent, const std::function<void()>& body) {
  const std::optional<Tail> outer = tail_;
  tail_.reset();
  if (extent % lanes != 0) {
    const Reg inside = code.compute(
        Fn::lt, {coordinate({start, 1, {}}), code.literal(DType::i32, static_cast<double>(extent))});
    tail_ = Tail{inside, start};
  }
  body();
  tail_ = outer;
}

int64_t ValueLowering::width_along(Value value, int axis) const {
  const Node& node = graph_[value];
  const Layout layout = layout_of(node);
  return layout.lane_axis == axis ? layout.width : node.type.shape[axis];
}

void ValueLowering::nest(const std::vector<int>& axes, size_t from, const Shape& space, Value operand,
                         Coords& at, const std::function<void()>& body) {
  if (from == axes.size()) return body();
  const int axis = axes[from];
  axis_loop(space[axis], width_along(operand, axis), [&](Index i) {
    at[axis] = {i, 0, {}};
    nest(axes, from + 1, space, operand, at, body);
  });
}

Reg ValueLowering::eval(Value value, const Coords& at, Mask mask) {
  if (const std::optional<Reg> known = code.recall(key_of(value, at, mask))) return *known;
  if (mask) {
    if (const std::optional<Reg> known = code.recall(key_of(value, at, {}))) return *known;
  }
  if (auto found = scratch.find(value); found != scratch.end()) {
    Coords local = at;
    for (size_t axis = 0; axis < at.size(); ++axis)
      local[axis].index = at[axis].index + found->second.origin[axis] * -1;
    const std::optional<Tail> outer = tail_;
    if (tail_ && found->second.home.lane_axis >= 0 && at[found->second.home.lane_axis].index == tail_->index)
      tail_->index = local[found->second.home.lane_axis].index;
    const Reg loaded =
        load(found->second.home, found->second.buf, graph_.type(value).dtype, local, mask, floor);
    tail_ = outer;
    return loaded;
  }
  const Node& node = graph_[value];
  const bool mine = members_.count(value) > 0;
  if (mine && !is_view(node) && in_memory.count(value)) {
    const Home& home = storage_.homes.at(value);
    return load(home, buffer(home.root), node.type.dtype, at, mask, floor);
  }
  if (loaded_.count(value)) {
    const Home& home = storage_.homes.at(value);
    return load(home, buffer(home.root), node.type.dtype, at, mask, 0);
  }
  const Reg reg = compute(value, at, mask);
  code.remember(key_of(value, at, mask), reg);
  return reg;
}

Reg ValueLowering::compute(Value value, const Coords& at, Mask mask) {
  const Node& node = graph_[value];
  const auto stored = [&]() -> Reg {
    const Home& home = storage_.homes.at(value);
    return load(home, buffer(home.root), node.type.dtype, at, mask, 0);
  };
  return std::visit(
      Overloaded{
          [&](const Input&) { return stored(); },
          [&](const Param&) { return stored(); },
          [&](const Const& constant) { return code.literal(node.type.dtype, constant.value); },
          [&](const Iota& iota) { return coordinate(at[iota.axis]); },
          [&](const Random&) { return random(value, at); },
          [&](const Map& map) {
            std::vector<Reg> args;
            for (Value operand : node.operands) args.push_back(eval(operand, at, mask));
            return code.compute(map.fn, std::move(args), magnitude_of(graph_, node.operands[0]));
          },
          [&](const Reindex& reindex) {
            return read_mapped(node.operands[0], reindex.map, node.type.shape, at, reindex.fill, mask);
          },
          [&](const Scatter&) -> Reg { throw InternalError("a scatter is computed by its block only"); },
          [&](const Reduce&) { return reduce(value, at, mask); },
          [&](const Gather&) { return gather(value, at, mask); },
          [&](const Deposit&) -> Reg { throw InternalError("a deposit is computed by its block only"); },
          [&](const Concat&) { return stored(); },
          [&](const Reshape&) { return regrouped(node.operands[0], node.type.shape, at, mask); },
          [&](const Detach&) { return eval(node.operands[0], at, mask); },
          [&](const Contract&) { return contract(value, at, mask); },
      },
      node.op);
}

/// Where `there`, a point of `domain` sent through `map`, lies inside of `operand`; nothing if it always
/// does.
ValueLowering::Mask ValueLowering::inside_of(Value operand, const IndexMap& map, const Shape& domain,
                                             const Coords& there) {
  const Shape& shape = graph_.shape(operand);
  Mask inside;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (in_range(map.results[axis], domain, shape[axis])) continue;
    const Reg c = coordinate(there[axis]);
    inside = both(inside, code.compute(Fn::le, {code.literal(DType::i32, 0), c}));
    inside =
        both(inside, code.compute(Fn::lt, {c, code.literal(DType::i32, static_cast<double>(shape[axis]))}));
  }
  return inside;
}

Reg ValueLowering::read_mapped(Value operand, const IndexMap& map, const Shape& domain, const Coords& at,
                               double fill, Mask mask) {
  const Coords there = mapped(map, at);
  const Mask inside = inside_of(operand, map, domain, there);
  const Reg value = eval(operand, there, both(mask, inside));
  if (!inside) return value;
  return code.compute(Fn::select, {*inside, value, code.literal(graph_.type(operand).dtype, fill)});
}

Reg ValueLowering::regrouped(Value operand, const Shape& shape, const Coords& at, Mask mask) {
  const Shape& from = graph_.shape(operand);
  if (const auto map = unit_axes_map(from, shape)) return eval(operand, mapped(*map, at), mask);
  Coords there;
  for (const Regrouping& group : regroupings(from, shape)) {
    const auto first = at.begin() + group.first_to;
    const Coords here(first, first + static_cast<int64_t>(group.to.size()));
    const Coords parts = unflatten(flatten(group.to, here), group.from);
    there.insert(there.end(), parts.begin(), parts.end());
  }
  return eval(operand, there, mask);
}

Reg ValueLowering::random(Value value, const Coords& at) {
  const Node& node = graph_[value];
  const Coord element = flatten(node.type.shape, at);
  const auto u32 = [&](int64_t v) { return code.literal(DType::u32, static_cast<double>(v)); };
  const Reg seed = eval(node.operands[0], {}), step = eval(node.operands[1], {});
  const Reg stream = u32(std::get<Random>(node.op).stream);
  const auto parts = element.plus || element.lane % 4 != 0 ? std::nullopt : code.split(element.index, 0, 4);
  if (parts && parts->second.terms.empty()) {
    const Reg block = code.compute(Fn::to_u32, {coordinate({parts->first, element.lane / 4, {}})});
    return code.philox({block, stream, step, u32(0)}, {seed, u32(0)})[parts->second.offset];
  }
  const Reg e = code.compute(Fn::to_u32, {coordinate(element)});
  const std::array<Reg, 4> words =
      code.philox({code.compute(Fn::shr, {e, u32(2)}), stream, step, u32(0)}, {seed, u32(0)});
  const Reg word = code.compute(Fn::bit_and, {e, u32(3)});
  Reg chosen = words[0];
  for (int i = 1; i < 4; ++i)
    chosen = code.compute(Fn::select, {code.compute(Fn::eq, {word, u32(i)}), words[i], chosen});
  return chosen;
}

Reg ValueLowering::gather(Value value, const Coords& at, Mask mask) {
  const Node& node = graph_[value];
  const size_t batch_rank = graph_.shape(node.operands[1]).size();
  const Reg row =
      eval(node.operands[1], Coords(at.begin(), at.begin() + static_cast<int64_t>(batch_rank)), mask);
  const Reg rows = code.literal(DType::i32, static_cast<double>(graph_.shape(node.operands[0])[0]));
  const Reg inside = code.compute(Fn::bit_and, {code.compute(Fn::le, {code.literal(DType::i32, 0), row}),
                                                code.compute(Fn::lt, {row, rows})});
  Coords there{{Index{}, 0, row}};
  there.insert(there.end(), at.begin() + static_cast<int64_t>(batch_rank), at.end());
  const Reg element = eval(node.operands[0], there, both(mask, inside));
  return code.compute(Fn::select, {inside, element, code.literal(node.type.dtype, 0)});
}

Reg ValueLowering::reduce(Value value, const Coords& at, Mask mask) {
  const Node& node = graph_[value];
  const auto& op = std::get<Reduce>(node.op);
  Coords there(graph_.shape(node.operands[0]).size());
  const std::vector<int> kept = result_axes(graph_, value);
  for (size_t axis = 0; axis < kept.size(); ++axis) there[kept[axis]] = at[axis];
  const bool vector = is_vector(at);
  if (op.order == Order::seq) return reduce_in_order(value, std::move(there), mask, vector);
  return vector ? reduce_in_partials(value, std::move(there), mask)
                : reduce_across_lanes(value, std::move(there), mask);
}

Reg ValueLowering::reduce_in_order(Value value, Coords at, Mask mask, bool vector) {
  const Node& node = graph_[value];
  const auto& op = std::get<Reduce>(node.op);
  const Value operand = node.operands[0];
  const Reg sum = code.fresh({node.type.dtype, vector});
  code.emit(loop::Literal{sum, identity_of(op.fn, node.type.dtype)});
  nest(op.axes, 0, graph_.shape(operand), operand, at, [&] {
    const Reg term = eval(operand, at, mask);
    code.emit(loop::Compute{sum, fn_of(op.fn), {sum, vector ? code.splat(term) : term}});
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
  const Reg partials = code.fresh({node.type.dtype, true});
  code.emit(loop::Literal{partials, identity_of(op.fn, node.type.dtype)});
  nest(outer, 0, space, operand, at, [&] {
    lane_loop(space[last], width_along(operand, last), [&](Coord lane) {
      at[last] = lane;
      const Reg term = code.splat(eval(operand, at, mask));
      if (!tail_) {
        code.emit(loop::Compute{partials, fn_of(op.fn), {partials, term}});
        return;
      }
      const Reg sum = code.fresh(code.type(partials));
      code.emit(loop::Compute{sum, fn_of(op.fn), {partials, term}});
      code.emit(loop::Compute{partials, Fn::select, {tail_->mask, sum, partials}});
    });
  });
  return code.reduce_lanes(partials, fn_of(op.fn));
}

Reg ValueLowering::reduce_in_partials(Value value, Coords at, Mask mask) {
  const Node& node = graph_[value];
  const auto& op = std::get<Reduce>(node.op);
  const Value operand = node.operands[0];
  const Shape& space = graph_.shape(operand);
  const std::vector<int> outer(op.axes.begin(), op.axes.end() - 1);
  const int last = op.axes.back();
  const loop::Buf area = add_scratch(node.type.dtype, lanes * lanes);
  const Reg start = code.splat(code.literal(node.type.dtype, identity_of(op.fn, node.type.dtype)));
  for (int64_t i = 0; i < lanes; ++i) code.store({area, Index{i * lanes, {}}, {}}, start, {});
  const auto add_term = [&](Index position, const Index& partial) {
    at[last] = {std::move(position), 0, {}};
    const Reg term = code.splat(eval(operand, at, mask));
    const Reg sum = code.fresh({node.type.dtype, true});
    const Address place{area, partial * lanes, {}};
    code.emit(loop::Load{sum, place, {}});
    code.emit(loop::Compute{sum, fn_of(op.fn), {sum, term}});
    code.store(place, sum, {});
  };
  nest(outer, 0, space, operand, at, [&] {
    axis_loop(space[last] / lanes, space[last], [&](Index sixteen) {
      code.loop(lanes, [&](Index partial) { add_term(sixteen * lanes + partial, partial); });
    });
    if (space[last] % lanes != 0) {
      code.loop(space[last] % lanes,
                [&](Index partial) { add_term(partial + space[last] / lanes * lanes, partial); });
    }
  });
  std::vector<Reg> partials;
  for (int64_t i = 0; i < lanes; ++i) {
    partials.push_back(code.fresh({node.type.dtype, true}));
    code.emit(loop::Load{partials.back(), {area, Index{i * lanes, {}}, {}}, {}});
  }
  for (size_t half = lanes / 2; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i)
      code.emit(loop::Compute{partials[i], fn_of(op.fn), {partials[i], partials[i + half]}});
  }
  return partials[0];
}

/// The element, or 0 where the term is left out.
Reg ValueLowering::term_of(Value operand, const Coords& there, Mask inside, Mask mask) {
  const Reg value = eval(operand, there, both(mask, inside));
  if (!inside) return value;
  return code.compute(Fn::select, {*inside, value, code.literal(DType::f32, 0)});
}

Reg ValueLowering::contract(Value value, const Coords& at, Mask mask) {
  const Node& node = graph_[value];
  const auto& op = std::get<Contract>(node.op);
  const Shape space = iteration_space(graph_, value);
  Coords there = at;
  there.resize(space.size());
  const bool vector = is_vector(at);
  const Reg sum = code.fresh({DType::f32, vector});
  code.emit(loop::Literal{sum, 0});
  const std::function<void(size_t)> loops = [&](size_t axis) {
    if (axis == space.size()) {
      const Coords at_left = mapped(op.lhs, there), at_right = mapped(op.rhs, there);
      const Mask inside = both(inside_of(node.operands[0], op.lhs, space, at_left),
                               inside_of(node.operands[1], op.rhs, space, at_right));
      Reg left = term_of(node.operands[0], at_left, inside, mask);
      Reg right = term_of(node.operands[1], at_right, inside, mask);
      if (vector) left = code.splat(left), right = code.splat(right);
      code.emit(loop::Compute{sum, Fn::fma, {left, right, sum}});
      return;
    }
    axis_loop(space[axis], 64, [&](Index i) {
      there[axis] = {i, 0, {}};
      loops(axis + 1);
    });
  };
  loops(at.size());
  return sum;
}

}  // namespace cgan_jit
