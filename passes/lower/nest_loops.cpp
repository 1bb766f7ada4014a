#include "passes/lower/nest_loops.h"

#include <algorithm>

#include "ir/integer.h"
#include "passes/lower/units.h"

namespace cgan_jit {

using loop::Index;
using loop::Reg;

NestLoops::NestLoops(KernelContext& in)
    : in_(in),
      graph_(in.graph),
      storage_(in.storage),
      code_(in.code),
      memory_(in.memory),
      values_(in.values),
      results_(in.kernel.results.begin(), in.kernel.results.end()),
      nests_(nests_of(in.fused, in.kernel)) {
  const bool by_rows = nests_.nests.size() == 1 && !in.kernel.anchor;
  for (const Nest& nest : nests_.nests) crosswise_.emplace_back(in, nest, by_rows);
}

bool NestLoops::updates_param(Value value) const {
  const auto home = storage_.homes.find(value);
  return home != storage_.homes.end() && storage_.roots[home->second.root].kind == Root::Kind::param;
}

void NestLoops::reserve_scratch(int rows) {
  if (!sums_.empty()) return;
  for (const Nest& nest : nests_.nests) {
    if (!nest.has_lanes()) continue;
    for (Value node : nest.nodes) {
      const bool stays_in_memory =
          is_stored_leaf(graph_[node]) || (results_.count(node) && !updates_param(node));
      if (!nests_.read_later.count(node) || stays_in_memory || is_anchor(node)) continue;
      Type type = graph_.type(node);
      if (const auto axis = places_.find(node); axis != places_.end()) type.shape[axis->second] = 1;
      kept_[node] =
          memory_.add_block(type, {nest.row_axis, nest.lane_axis},
                            round_up(nest.shape[nest.lane_axis], lanes), nest.row_axis >= 0 ? rows : 1);
    }
  }
}

void NestLoops::run(const std::vector<Index>& rows, const std::optional<Index>& panel) {
  values_.begin_row(kept_);
  for (size_t i = 0; i < done_; ++i) found_in_memory(nests_.nests[i]);
  const size_t end = sums_.empty() ? nests_.nests.size() : 1;
  for (size_t i = done_; i < end; ++i) {
    const Nest& nest = nests_.nests[i];
    if (nest.row_axis >= 0) set_origins(nest, rows[0]);
    run_nest(nest, crosswise_[i], rows, panel);
    for (Value node : nest.nodes) {
      if (const auto block = kept_.find(node); block != kept_.end()) values_.keep(node, block->second);
    }
    found_in_memory(nest);
  }
  for (const auto& write : row_writes_) write();
  row_writes_.clear();
}

void NestLoops::found_in_memory(const Nest& nest) {
  for (Value node : nest.nodes) {
    if (!kept_.count(node) && nest.has_lanes() && results_.count(node) && !is_anchor(node))
      values_.written(node);
  }
}

bool NestLoops::run_over_rows(const Index& first, int64_t count) {
  done_ = 0;
  if (!places_.empty() || count == 1) return true;
  values_.begin_row(kept_);
  rows_inside_ = count;
  for (const Nest& nest : nests_.nests) {
    if (crosswise_[done_].axis() >= 0 || !may_go_over_rows(in_, nest, count)) break;
    if (std::any_of(nest.nodes.begin(), nest.nodes.end(),
                    [&](Value node) { return kept_.count(node) > 0 || updates_param(node); }))
      break;
    run_nest(nest, crosswise_[done_++], {first}, {});
    found_in_memory(nest);
  }
  rows_inside_ = 0;
  return done_ < nests_.nests.size();
}

void NestLoops::run_sixteen(const Index& first, const std::optional<Index>& panel) {
  crosses_ = true;
  run({first}, panel);
  crosses_ = false;
}

void NestLoops::set_panels(int64_t width, int inner_row_axis) {
  panel_width_ = width;
  inner_row_axis_ = inner_row_axis;
}

void NestLoops::set_origins(const Nest& nest, const Index& row) {
  for (Value node : nest.nodes) {
    const auto block = kept_.find(node);
    if (block == kept_.end()) continue;
    block->second.origin[nest.row_axis] = row;
    if (const auto axis = places_.find(node); axis != places_.end())
      block->second.origin[axis->second] = place_;
  }
}

void NestLoops::run_nest(const Nest& nest, CrosswiseReads& crosswise, const std::vector<Index>& rows,
                         const std::optional<Index>& panel) {
  Coords at(nest.shape.size());
  std::vector<int> axes;  // of the loops between rows and lanes
  const int set_axis = places_.empty() ? -1 : places_.at(nest.nodes[0]);
  if (set_axis >= 0) at[set_axis] = {place_, 0, {}};
  for (int axis : nest.axes) {
    if (axis != inner_row_axis_ && axis != set_axis) axes.push_back(axis);
  }
  const std::function<void(size_t)> loops = [&](size_t i) {
    if (i < axes.size()) {
      return nest_loop(nest.shape[axes[i]], axes[i] == crosswise.axis(), [&](Index here) {
        at[axes[i]] = {here, 0, {}};
        loops(i + 1);
      });
    }
    if (!nest.has_lanes()) return run_rows(nest, at, rows);
    if (rows_inside_ == 0) return lane_loops(nest, crosswise, at, rows, panel);
    code_.loop(rows_inside_, [&](Index row) { lane_loops(nest, crosswise, at, {rows[0] + row}, panel); });
  };
  loops(0);
}

void NestLoops::lane_loops(const Nest& nest, CrosswiseReads& crosswise, Coords& at,
                           const std::vector<Index>& rows, const std::optional<Index>& panel) {
  const auto body = [&](Coord lane) {
    at[nest.lane_axis] = lane;
    crosses_ ? run_crosswise(nest, crosswise, at, rows) : run_rows(nest, at, rows);
  };
  if (panel) {
    take_up_sums(rows);
    memory_.panel_loop(*panel, nest.shape[nest.lane_axis], panel_width_, body);
    return put_down_sums(rows);
  }
  memory_.lane_loop(nest.shape[nest.lane_axis], nest.width, body);
}

/// Over an axis between rows and lanes: one place at a time, or 16 where operands lie so.
void NestLoops::nest_loop(int64_t extent, bool crosswise, const std::function<void(Index)>& body) {
  if (!crosswise) return code_.loop(extent, body);
  crosses_ = true;
  code_.loop(extent / lanes, [&](Index i) { body(i * lanes); });
  crosses_ = false;
  code_.loop(extent % lanes, [&](Index i) { body(i + extent / lanes * lanes); });
}

/// 16 places from `at` (or from the row) on.
void NestLoops::run_crosswise(const Nest& nest, CrosswiseReads& crosswise, Coords at,
                              const std::vector<Index>& rows) {
  if (nest.row_axis >= 0) at[nest.row_axis] = {rows[0], 0, {}};
  const Index first = at[crosswise.axis()].index;
  crosswise.fetch(at);
  code_.loop(lanes, [&](Index i) {
    at[crosswise.axis()] = {first + i, 0, {}};
    run_rows(nest, at, crosswise.along_rows() ? std::vector<Index>{first + i} : rows);
  });
  crosswise.forget();
}

void NestLoops::run_rows(const Nest& nest, Coords& at, const std::vector<Index>& rows) {
  const int row_axis = nest.row_axis >= 0 ? nest.row_axis : inner_row_axis_;
  if (row_axis < 0) return run_point(nest, at);
  if (rows.size() > 1) reduce_rows_together(nest, at, rows, row_axis);
  for (size_t i = 0; i < rows.size(); ++i) {
    at[row_axis] = {rows[i], 0, {}};
    run_point(nest, at);
    if (!nest.has_lanes()) continue;
    for (const RunningSum& running : sums_) values_.add_to_partials(running.sum, running.of_rows[i], at);
  }
}

/// What the rows' sums read lies side by side.
void NestLoops::reduce_rows_together(const Nest& nest, const Coords& at, const std::vector<Index>& rows,
                                     int row_axis) {
  std::vector<Coords> points(rows.size(), at);
  for (size_t i = 0; i < rows.size(); ++i) points[i][row_axis] = {rows[i], 0, {}};
  for (Value node : nest.nodes) {
    if (as<Reduce>(graph_[node]) && !values_.is_kept(node)) values_.reduce_together(node, points);
  }
}

void NestLoops::run_point(const Nest& nest, const Coords& at) {
  for (Value node : nest.nodes) {
    const Reg value = values_.eval(node, at);
    values_.remember(node, at, value);
    if (const auto block = kept_.find(node); block != kept_.end()) memory_.store(block->second, at, value);
  }
  for (Value node : nest.nodes) {
    if (results_.count(node)) write_result(nest, node, at);
  }
}

/// A row's own values are written when the row is done, since the params that they update may be read until
/// then.
void NestLoops::write_result(const Nest& nest, Value node, const Coords& at) {
  const Reg value = values_.eval(node, at);
  const auto write = [this, node, at, value] {
    if (!is_stored_leaf(graph_[node]) && !is_assembled(graph_[node]))
      memory_.store(storage_.homes.at(node), at, value);
    if (auto copies = storage_.copies.find(node); copies != storage_.copies.end()) {
      for (const Stored& copy : copies->second) memory_.store(copy, at, value);
    }
  };
  if (nest.has_lanes()) return write();
  row_writes_.push_back(write);
}

void NestLoops::sum_by_panels(int64_t rows) {
  for (Value node : in_.kernel.nodes) {
    if (!as<Reduce>(graph_[node])) continue;
    const Type type{graph_.type(node).dtype, {rows, lanes}};
    sums_.push_back({node, memory_.add_block(type, {0, 1}, lanes, rows), {}});
  }
}

void NestLoops::begin_sums(const Index& first) {
  for (RunningSum& running : sums_) {
    running.partials.origin[0] = first;
    memory_.clear(running.partials);
  }
}

loop::Address NestLoops::place_of(const RunningSum& running, const Index& row) {
  return memory_.address_of(running.partials, {{row, 0, {}}, {Index{}, 1, {}}});
}

void NestLoops::take_up_sums(const std::vector<Index>& rows) {
  for (RunningSum& running : sums_) {
    running.of_rows.clear();
    for (const Index& row : rows) {
      running.of_rows.push_back(code_.fresh({graph_.type(running.sum).dtype, true}));
      code_.emit(loop::Load{running.of_rows.back(), place_of(running, row), {}});
    }
  }
}

void NestLoops::put_down_sums(const std::vector<Index>& rows) {
  for (const RunningSum& running : sums_) {
    for (size_t i = 0; i < rows.size(); ++i) code_.store(place_of(running, rows[i]), running.of_rows[i], {});
  }
}

void NestLoops::end_sums(const Index& row) {
  values_.begin_row(kept_);
  for (const RunningSum& running : sums_) {
    const Reg partials = code_.fresh({graph_.type(running.sum).dtype, true});
    code_.emit(loop::Load{partials, place_of(running, row), {}});
    values_.remember(running.sum, {{row, 0, {}}}, code_.reduce_lanes(partials, Fn::add));
  }
  for (size_t i = 1; i < nests_.nests.size(); ++i) run_nest(nests_.nests[i], crosswise_[i], {row}, {});
  for (const auto& write : row_writes_) write();
  row_writes_.clear();
}

void NestLoops::set_places(ContractLowering& contract) {
  places_ = place_axis(in_, nests_);
  for (size_t i = 0; i < nests_.nests.size() && !places_.empty(); ++i) {
    if (crosswise_[i].axis() == places_.at(nests_.nests[i].nodes[0])) places_.clear();
  }
  if (places_.empty()) return;
  contract.fix(places_.at(*in_.kernel.anchor), place_);
}

void NestLoops::each_place(const std::function<void()>& body) {
  if (places_.empty()) return body();
  code_.loop(graph_.shape(*in_.kernel.anchor)[places_.at(*in_.kernel.anchor)], [&](Index place) {
    place_ = place;
    body();
  });
}

}  // namespace cgan_jit
