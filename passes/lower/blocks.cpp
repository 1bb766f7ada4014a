#include "passes/lower/blocks.h"

#include "ir/integer.h"
#include "passes/layout/panels.h"

namespace cgan_jit {

using loop::Address;
using loop::Index;
using loop::Reg;

namespace {

Reg number(KernelContext& in, int64_t value) {
  return in.code.literal(DType::i32, static_cast<double>(value));
}

/// 0 <= coordinate < extent.
Reg fits(KernelContext& in, Reg coordinate, int64_t extent) {
  const Reg not_below = in.code.compute(Fn::le, {number(in, 0), coordinate});
  return in.code.compute(Fn::bit_and, {not_below, in.code.compute(Fn::lt, {coordinate, number(in, extent)})});
}

/// Whether the map leads from `at` into `shape`; nothing if it always does.
std::optional<Reg> inside(KernelContext& in, const IndexMap& map, const Shape& domain, const Shape& shape,
                          const Coords& to) {
  std::optional<Reg> all;
  for (size_t axis = 0; axis < to.size(); ++axis) {
    const auto [low, high] = map.results[axis].range(domain);
    if (low >= 0 && high < shape[axis]) continue;
    const Reg one = fits(in, in.code.index_value(to[axis].index), shape[axis]);
    all = all ? in.code.compute(Fn::bit_and, {*all, one}) : one;
  }
  return all;
}

/// The row of the table that the batch's point goes to; one that the table lacks goes behind it.
Reg slot_of(KernelContext& in, const Node& deposit, const Coords& at) {
  const int batch_rank = rank_of(in.graph.shape(deposit.operands[0]));
  const Reg row = in.values.eval(deposit.operands[0], {at.begin(), at.begin() + batch_rank});
  const int64_t rows = deposit.type.shape[0];
  const Reg is_inside = fits(in, row, rows);
  return in.code.compute(Fn::select, {is_inside, row, number(in, rows)});
}

}  // namespace

ScratchBlock filled_scatter(KernelContext& in) {
  const Node& node = in.graph[*in.kernel.anchor];
  const IndexMap& map = std::get<Scatter>(node.op).map;
  const Shape& shape = node.type.shape;
  const Shape& from = in.graph.shape(node.operands[0]);
  const int64_t count = element_count(shape), room = (count + lanes) / lanes * lanes;
  const ScratchBlock block{in.memory.add_scratch(DType::f32, room), whole_home(shape, row_major(shape)),
                           std::vector<Index>(shape.size())};
  in.memory.clear(block);
  Coords at(from.size());
  const std::function<void(size_t)> loops = [&](size_t axis) {
    if (axis < from.size()) {
      return in.code.loop(from[axis], [&](Index i) {
        at[axis] = {i, 0, {}};
        loops(axis + 1);
      });
    }
    const Coords to = mapped(in.code, map, at);
    Address place = in.memory.address_of(block, to);
    if (const std::optional<Reg> is_inside = inside(in, map, from, shape, to)) {
      const Reg element = in.code.index_value(place.index);
      place = {block.buf, Index{}, in.code.compute(Fn::select, {*is_inside, element, number(in, count)})};
    }
    in.memory.accumulate(place, in.values.eval(node.operands[0], at));
  };
  loops(0);
  return block;
}

namespace {

int row_axis_of_anchor(const FusedKernel& kernel) {
  const auto row = kernel.row_axis.find(*kernel.anchor);
  return row == kernel.row_axis.end() ? -1 : row->second;
}

}  // namespace

DepositRows::DepositRows(KernelContext& in)
    : in_(in), node_(in.graph[*in.kernel.anchor]), row_axis_(row_axis_of_anchor(in.kernel)) {
  const int64_t table_rows = (node_.type.shape[0] + lanes) / lanes * lanes;
  block_ = in.memory.add_block(node_.type, {row_axis_, 0}, table_rows, 1);
}

ScratchBlock DepositRows::filled(const Index& row) {
  if (row_axis_ >= 0) block_.origin[row_axis_] = row;
  in_.memory.clear(block_);
  const Shape& from = in_.graph.shape(node_.operands[1]);
  const int batch_rank = rank_of(in_.graph.shape(node_.operands[0]));
  Coords at(from.size());
  const std::function<void(int)> loops = [&](int axis) {
    if (axis == rank_of(from)) return add_up(at);
    if (axis >= batch_rank && axis - batch_rank + 1 == row_axis_) {
      at[axis] = {row, 0, {}};
      return loops(axis + 1);
    }
    in_.memory.axis_loop(from[axis], panel_width, [&](Index i) {
      at[axis] = {i, 0, {}};
      loops(axis + 1);
    });
  };
  loops(0);
  return block_;
}

void DepositRows::add_up(const Coords& at) {
  const int batch_rank = rank_of(in_.graph.shape(node_.operands[0]));
  Coords to{{Index{}, 0, slot_of(in_, node_, at)}};
  to.insert(to.end(), at.begin() + batch_rank, at.end());
  const Address place = in_.memory.address_of(block_, to);
  in_.memory.accumulate(place, in_.values.eval(node_.operands[1], at));
}

ScratchBlock filled_deposit_panel(KernelContext& in, const Index& panel, int64_t width) {
  const Node& node = in.graph[*in.kernel.anchor];
  const int64_t rows = node.type.shape[0], extent = node.type.shape[1];
  ScratchBlock block = in.memory.add_block(node.type, {0, 1}, width, rows + 1);
  block.origin[1] = panel * width;
  in.memory.clear(block);
  const Shape& from = in.graph.shape(node.operands[1]);
  Coords at(from.size());
  const std::function<void(size_t)> loops = [&](size_t axis) {
    if (axis + 1 < from.size()) {
      return in.memory.axis_loop(from[axis], panel_width, [&](Index i) {
        at[axis] = {i, 0, {}};
        loops(axis + 1);
      });
    }
    const Reg row = in.code.compute(Fn::mul, {slot_of(in, node, at), number(in, width)});
    in.memory.panel_loop(panel, extent, width, [&](Coord lane) {
      at[axis] = lane;
      in.memory.accumulate({block.buf, lane.index + panel * -width, row},
                           in.code.splat(in.values.eval(node.operands[1], at)));
    });
  };
  loops(0);
  return block;
}

}  // namespace cgan_jit
