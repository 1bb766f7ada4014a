#include "passes/lower/values.h"

#include "ir/overloaded.h"
#include "ir/regrouping.h"
#include "passes/graph/views.h"
#include "passes/lower/magnitude.h"

namespace cgan_jit {

using loop::Index;
using loop::Reg;

namespace {

bool in_range(const Affine& affine, const Shape& domain, int64_t extent) {
  const auto [low, high] = affine.range(domain);
  return low >= 0 && high < extent;
}

loop::Key key_of(Value value, const Coords& at, ValueLowering::Mask mask) {
  loop::Key key(loop::Key::Of::value);
  key.add(static_cast<int64_t>(index(value))).add(mask);
  for (const Coord& coord : at) key.add(coord.index).add(coord.lane).add(coord.plus);
  return key;
}

}  // namespace

ValueLowering::ValueLowering(const FusedGraph& fused, const Storage& storage, int kernel,
                             KernelMemory& memory, loop::KernelWriter& code)
    : graph_(fused.graph),
      storage_(storage),
      memory_(memory),
      code_(code),
      members_(fused.kernels[kernel].nodes.begin(), fused.kernels[kernel].nodes.end()),
      loaded_(fused.kernels[kernel].loads.begin(), fused.kernels[kernel].loads.end()) {
  for (Value node : members_) {
    if (as<Concat>(graph_[node])) loaded_.insert(node);
  }
}

void ValueLowering::remember(Value value, const Coords& at, Reg reg) {
  code_.remember(key_of(value, at, {}), reg);
}

std::optional<Reg> ValueLowering::recall(Value value, const Coords& at, Mask mask) const {
  const std::optional<Reg> known = code_.recall(key_of(value, at, mask));
  return known || !mask ? known : code_.recall(key_of(value, at, {}));
}

void ValueLowering::begin_row(const std::map<Value, ScratchBlock>& lost) {
  row_depth_ = code_.depth();
  in_memory_.clear();
  for (const auto& [value, block] : lost) scratch_.erase(value);
}

ValueLowering::Mask ValueLowering::both(Mask a, Mask b) {
  if (a && b) return code_.compute(Fn::bit_and, {*a, *b});
  return a ? a : b;
}

Reg ValueLowering::eval(Value value, const Coords& at, Mask mask) {
  if (const std::optional<Reg> known = recall(value, at, mask)) return *known;
  const Node& node = graph_[value];
  if (const auto found = scratch_.find(value); found != scratch_.end())
    return memory_.load(found->second, node.type.dtype, at, mask, std::max(row_depth_, found->second.depth));
  if (members_.count(value) && !is_view(node) && in_memory_.count(value))
    return memory_.load(storage_.homes.at(value), node.type.dtype, at, mask, row_depth_);
  if (loaded_.count(value)) return memory_.load(storage_.homes.at(value), node.type.dtype, at, mask, 0);
  const Reg reg = compute(value, at, mask);
  code_.remember(key_of(value, at, mask), reg);
  return reg;
}

Reg ValueLowering::compute(Value value, const Coords& at, Mask mask) {
  const Node& node = graph_[value];
  const auto stored = [&]() -> Reg {
    return memory_.load(storage_.homes.at(value), node.type.dtype, at, mask, 0);
  };
  return std::visit(
      Overloaded{
          [&](const OneOf<Input, Param, Concat> auto&) { return stored(); },
          [&](const Const& constant) { return code_.literal(node.type.dtype, constant.value); },
          [&](const Iota& iota) { return value_of(code_, at[iota.axis]); },
          [&](const Random&) { return random(value, at); },
          [&](const Map& map) {
            std::vector<Reg> args;
            for (Value operand : node.operands) args.push_back(eval(operand, at, mask));
            return code_.compute(map.fn, std::move(args), magnitude_of(graph_, node.operands[0]));
          },
          [&](const Reindex& reindex) {
            return read_mapped(node.operands[0], reindex.map, node.type.shape, at, reindex.fill, mask);
          },
          [&](const OneOf<Scatter, Deposit> auto&) -> Reg {
            throw InternalError("internal error: a scatter or deposit is computed by its block only");
          },
          [&](const Reduce&) { return reduce(value, at, mask); },
          [&](const Gather&) { return gather(value, at, mask); },
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
    const Reg c = value_of(code_, there[axis]);
    inside = both(inside, code_.compute(Fn::le, {code_.literal(DType::i32, 0), c}));
    inside =
        both(inside, code_.compute(Fn::lt, {c, code_.literal(DType::i32, static_cast<double>(shape[axis]))}));
  }
  return inside;
}

Reg ValueLowering::read_mapped(Value operand, const IndexMap& map, const Shape& domain, const Coords& at,
                               double fill, Mask mask) {
  const Coords there = mapped(code_, map, at);
  const Mask inside = inside_of(operand, map, domain, there);
  const Reg value = eval(operand, there, both(mask, inside));
  if (!inside) return value;
  return code_.compute(Fn::select, {*inside, value, code_.literal(graph_.type(operand).dtype, fill)});
}

Reg ValueLowering::regrouped(Value operand, const Shape& shape, const Coords& at, Mask mask) {
  const Shape& from = graph_.shape(operand);
  if (const auto map = unit_axes_map(from, shape)) return eval(operand, mapped(code_, *map, at), mask);
  Coords there;
  for (const Regrouping& group : regroupings(from, shape)) {
    const auto first = at.begin() + group.first_to;
    const Coords here(first, first + static_cast<int64_t>(group.to.size()));
    const Coords parts = unflatten(code_, flatten(code_, group.to, here), group.from);
    there.insert(there.end(), parts.begin(), parts.end());
  }
  return eval(operand, there, mask);
}

Reg ValueLowering::random(Value value, const Coords& at) {
  const Node& node = graph_[value];
  const Coord element = flatten(code_, node.type.shape, at);
  const auto u32 = [&](int64_t v) { return code_.literal(DType::u32, static_cast<double>(v)); };
  const Reg seed = eval(node.operands[0], {}), step = eval(node.operands[1], {});
  const Reg stream = u32(std::get<Random>(node.op).stream);
  const auto parts = element.plus || element.lane % 4 != 0 ? std::nullopt : code_.split(element.index, 0, 4);
  if (parts && parts->second.terms.empty()) {
    const Reg block = code_.compute(Fn::to_u32, {value_of(code_, {parts->first, element.lane / 4, {}})});
    return code_.philox({block, stream, step, u32(0)}, {seed, u32(0)})[parts->second.offset];
  }
  const Reg e = code_.compute(Fn::to_u32, {value_of(code_, element)});
  const std::array<Reg, 4> words =
      code_.philox({code_.compute(Fn::shr, {e, u32(2)}), stream, step, u32(0)}, {seed, u32(0)});
  const Reg word = code_.compute(Fn::bit_and, {e, u32(3)});
  Reg chosen = words[0];
  for (int i = 1; i < 4; ++i)
    chosen = code_.compute(Fn::select, {code_.compute(Fn::eq, {word, u32(i)}), words[i], chosen});
  return chosen;
}

Reg ValueLowering::gather(Value value, const Coords& at, Mask mask) {
  const Node& node = graph_[value];
  const size_t batch_rank = graph_.shape(node.operands[1]).size();
  const Reg row =
      eval(node.operands[1], Coords(at.begin(), at.begin() + static_cast<int64_t>(batch_rank)), mask);
  const Reg rows = code_.literal(DType::i32, static_cast<double>(graph_.shape(node.operands[0])[0]));
  const Reg inside = code_.compute(Fn::bit_and, {code_.compute(Fn::le, {code_.literal(DType::i32, 0), row}),
                                                 code_.compute(Fn::lt, {row, rows})});
  Coords there{{Index{}, 0, row}};
  there.insert(there.end(), at.begin() + static_cast<int64_t>(batch_rank), at.end());
  const Reg element = eval(node.operands[0], there, both(mask, inside));
  return code_.compute(Fn::select, {inside, element, code_.literal(node.type.dtype, 0)});
}

}  // namespace cgan_jit
