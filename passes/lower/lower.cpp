#include "passes/lower/lower.h"

#include <algorithm>
#include <set>

#include "ir/integer.h"
#include "passes/fuse/kernel_names.h"
#include "passes/layout/panels.h"
#include "passes/lower/contractions.h"
#include "passes/lower/cost.h"
#include "passes/lower/rebase.h"
#include "passes/lower/values.h"

namespace cgan_jit {

using loop::Index;
using loop::Reg;

namespace {

constexpr int64_t lanes = loop::lanes;
constexpr int word_rows = 4;     // one Philox block serves four neighbours
constexpr int most_nested = 64;  // steps from a value down to what is there: the depth of our own recursion

/// Nodes of one shape that are computed in one nest of loops.
struct Group {
  int level = 0;
  Shape shape;
  int row_axis = -1;
  int lane_axis = -1;
  int64_t width = 1;
  std::vector<Value> nodes;

  bool same_nest(const Group& other) const {
    return level == other.level && shape == other.shape && row_axis == other.row_axis &&
           lane_axis == other.lane_axis && width == other.width;
  }
};

class KernelLowering {
 public:
  KernelLowering(const FusedGraph& fused, const Storage& storage, int number, const Target& target)
      : fused_(fused),
        graph_(fused.graph),
        kernel_(fused.kernels[number]),
        storage_(storage),
        target_(target),
        values_(fused, storage, number),
        code_(values_.code) {
    members_.insert(kernel_.nodes.begin(), kernel_.nodes.end());
    results_.insert(kernel_.results.begin(), kernel_.results.end());
    for (Value node : kernel_.nodes) {
      for (const Read& read : fused_.reads[index(node)]) {
        if (members_.count(read.base)) ++reader_counts_[read.base];
      }
    }
    for (Value node : kernel_.nodes) {
      if (is_block_node(node) || (may_be_block_node(node) && steps_to(node) > most_nested)) {
        block_nodes_.insert(node);
        steps_[node] = 0;
      }
    }
    group();
  }

  LoweredKernel run(std::string name) {
    // A value without elements needs a place, but no work.
    if (element_count(graph_.shape(kernel_.frame)) == 0) {
      code_.set_units(0);
      return values_.finish(std::move(name), kernel_.nodes);
    }
    switch (kernel_.split) {
      case Split::whole:
        whole();
        break;
      case Split::rows:
        rows();
        break;
      case Split::lane_panels:
        panels();
        break;
    }
    return values_.finish(std::move(name), kernel_.nodes);
  }

 private:
  bool is_anchor(Value value) const { return kernel_.anchor == value; }

  bool may_be_block_node(Value value) const {
    if (is_anchor(value)) return !anchor_fills_block();
    switch (kernel_.split) {
      case Split::whole:
        return true;
      case Split::rows:
        return kernel_.row_axis.count(value) > 0;
      case Split::lane_panels:
        return graph_.shape(value) == graph_.shape(kernel_.frame);
    }
    return false;
  }

  /// How deep the computation of `value` goes, down to what is in memory, in scratch, or computed before.
  int steps_to(Value value) {
    if (const auto known = steps_.find(value); known != steps_.end()) return known->second;
    int deepest = 0;
    const bool is_found = is_leaf(graph_[value]) || as<Concat>(graph_[value]);
    for (Value operand : is_found ? std::vector<Value>{} : graph_[value].operands) {
      const bool is_inside = is_view(graph_[operand]) || is_inline_scalar(graph_, operand) ||
                             (members_.count(operand) && !is_anchor(operand));
      if (is_inside) deepest = std::max(deepest, steps_to(operand));
    }
    return steps_[value] = deepest + 1;
  }

  /// Computed in a nest of its own; all others are computed inside their one reader.
  bool is_block_node(Value value) const {
    if (results_.count(value)) return true;
    if (is_anchor(value)) return !anchor_fills_block();
    if (as<Reduce>(graph_[value]) || as<Contract>(graph_[value])) return true;
    if (!may_be_block_node(value)) return false;
    const auto count = reader_counts_.find(value);
    return count != reader_counts_.end() && count->second > 1;
  }

  /// The anchor fills a block in scratch before the nests run.
  bool anchor_fills_block() const {
    return kernel_.anchor && (kernel_.roles || !as<Contract>(graph_[*kernel_.anchor]));
  }

  /// The block nodes that `value` reads, through nodes that are computed inside it, and whether each is read
  /// element for element.
  void block_reads(Value value, bool pointwise, std::map<Value, bool>& reads) const {
    for (const Read& read : fused_.reads[index(value)]) {
      const bool same = pointwise && as<Map>(graph_[value]) && read.map && !read.guarded &&
                        is_identity(*read.map) && graph_.shape(read.base) == graph_.shape(value);
      if (block_nodes_.count(read.base)) {
        const auto [found, fresh] = reads.emplace(read.base, same);
        if (!fresh) found->second = found->second && same;
      } else if (members_.count(read.base) && !is_anchor(read.base)) {
        block_reads(read.base, same, reads);
      }
    }
  }

  Group nest_of(Value value) const {
    const Node& node = graph_[value];
    Group group;
    group.shape = node.type.shape;
    if (auto row = kernel_.row_axis.find(value); row != kernel_.row_axis.end()) group.row_axis = row->second;
    const Layout layout = layout_of(node);
    if (static_cast<int64_t>(node.type.shape.size()) == (group.row_axis >= 0 ? 1 : 0)) return group;
    group.lane_axis = layout.lane_axis;
    group.width = layout.width;
    if (group.lane_axis == group.row_axis) {
      group.lane_axis = static_cast<int>(node.type.shape.size()) - 1;
      if (group.lane_axis == group.row_axis) --group.lane_axis;
      group.width = node.type.shape[group.lane_axis];
    }
    if (as<Deposit>(node)) group.width = node.type.shape[group.lane_axis];
    return group;
  }

  void group() {
    std::map<Value, Group> nests;
    for (Value node : kernel_.nodes) {
      if (!block_nodes_.count(node)) continue;
      Group nest = nest_of(node);
      std::map<Value, bool> reads;
      block_reads(node, true, reads);
      for (const auto& [base, pointwise] : reads) {
        const Group& before = nests.at(base);
        Group same = nest;
        same.level = before.level;
        const int level = pointwise && same.same_nest(before) ? before.level : before.level + 1;
        nest.level = std::max(nest.level, level);
      }
      nest.nodes = {node};
      nests[node] = nest;
      for (const auto& [base, pointwise] : reads) {
        if (!nests.at(base).same_nest(nest)) read_later_.insert(base);
      }
    }
    for (auto& [node, nest] : nests) {
      const auto found = std::find_if(groups_.begin(), groups_.end(),
                                      [&](const Group& group) { return group.same_nest(nest); });
      if (found == groups_.end()) {
        groups_.push_back(nest);
      } else {
        found->nodes.push_back(node);
      }
    }
    std::stable_sort(groups_.begin(), groups_.end(),
                     [](const Group& a, const Group& b) { return a.level < b.level; });
  }

  bool has_lanes(const Group& group) const { return group.lane_axis >= 0; }

  int64_t elements_per_row(const Group& group) const {
    int64_t count = 1;
    for (int axis = 0; axis < static_cast<int>(group.shape.size()); ++axis) {
      if (axis == group.row_axis) continue;
      count *= axis == group.lane_axis ? round_up(group.shape[axis], lanes) : group.shape[axis];
    }
    return count;
  }

  /// Values that a later nest reads lie in scratch in between, unless they are in memory or in one register a
  /// row.
  void reserve_scratch(int rows) {
    for (const Group& group : groups_) {
      if (!has_lanes(group)) continue;
      for (Value node : group.nodes) {
        if (!read_later_.count(node) || (results_.count(node) && !updates_param(node)) || is_anchor(node))
          continue;
        ScratchHome area;
        area.home.lane_axis = group.lane_axis;
        area.home.padded = true;
        area.home.strides.assign(group.shape.size(), 0);
        area.origin.resize(group.shape.size());
        area.home.strides[group.lane_axis] = 1;
        int64_t stride = round_up(group.shape[group.lane_axis], lanes);
        area.home.width = stride;
        for (int axis = static_cast<int>(group.shape.size()) - 1; axis >= 0; --axis) {
          if (axis == group.row_axis || axis == group.lane_axis) continue;
          area.home.strides[axis] = stride;
          stride *= group.shape[axis];
        }
        if (group.row_axis >= 0) area.home.strides[group.row_axis] = stride;
        area.buf = values_.add_scratch(graph_.type(node).dtype, stride * (group.row_axis >= 0 ? rows : 1));
        pending_scratch_[node] = area;
      }
    }
  }

  bool updates_param(Value value) const {
    const auto home = storage_.homes.find(value);
    return home != storage_.homes.end() && storage_.roots[home->second.root].kind == Root::Kind::param;
  }

  /// Some group draws random words whose four-word blocks run along the rows.
  bool words_along_rows(int64_t row_count) const {
    if (row_count % word_rows != 0 || kernel_.split != Split::rows ||
        (kernel_.anchor && as<Deposit>(graph_[*kernel_.anchor])))
      return false;
    return std::any_of(kernel_.nodes.begin(), kernel_.nodes.end(), [&](Value node) {
      const auto row = kernel_.row_axis.find(node);
      return as<Random>(graph_[node]) && row != kernel_.row_axis.end() &&
             row->second + 1 == static_cast<int>(graph_.shape(node).size()) &&
             graph_.shape(node).back() % word_rows == 0;
    });
  }

  void run_groups(const std::vector<Index>& rows, std::optional<Index> panel) {
    values_.floor = code_.depth();
    values_.in_memory.clear();
    for (const auto& [node, area] : pending_scratch_) values_.scratch.erase(node);
    for (const Group& group : groups_) {
      run_group(group, rows, panel);
      for (Value node : group.nodes) {
        if (auto area = pending_scratch_.find(node); area != pending_scratch_.end()) {
          ScratchHome home = area->second;
          if (group.row_axis >= 0) home.origin[group.row_axis] = rows.empty() ? Index{} : rows[0];
          values_.scratch[node] = home;
        } else if (has_lanes(group) && results_.count(node) && !is_anchor(node)) {
          values_.in_memory.insert(node);
        }
      }
    }
    for (const auto& write : row_writes_) write();
    row_writes_.clear();
  }

  void run_group(const Group& group, const std::vector<Index>& rows, std::optional<Index> panel) {
    std::vector<Coord> at(group.shape.size());
    const std::function<void(int)> loops = [&](int axis) {
      if (axis == static_cast<int>(group.shape.size())) {
        if (!has_lanes(group)) return run_rows(group, at, rows);
        const auto body = [&](Coord lane) {
          at[group.lane_axis] = lane;
          run_rows(group, at, rows);
        };
        if (panel) return values_.panel_loop(*panel, group.shape[group.lane_axis], panel_width_, body);
        return values_.lane_loop(group.shape[group.lane_axis], group.width, body);
      }
      if (axis == group.row_axis || axis == group.lane_axis || axis == inner_row_axis_)
        return loops(axis + 1);
      code_.loop(group.shape[axis], [&](Index i) {
        at[axis] = {i, 0, {}};
        loops(axis + 1);
      });
    };
    loops(0);
  }

  void run_rows(const Group& group, std::vector<Coord>& at, const std::vector<Index>& rows) {
    const int row_axis = group.row_axis >= 0 ? group.row_axis : inner_row_axis_;
    if (row_axis < 0) return run_point(group, at);
    for (const Index& row : rows) {
      at[row_axis] = {row, 0, {}};
      run_point(group, at);
    }
  }

  void run_point(const Group& group, const std::vector<Coord>& at) {
    for (Value node : group.nodes) {
      const Reg value = values_.scratch.count(node) || (is_anchor(node) && anchor_fills_block())
                            ? values_.eval(node, at)
                            : values_.compute(node, at);
      values_.remember(node, at, value);
      if (auto area = pending_scratch_.find(node); area != pending_scratch_.end())
        write_scratch(group, area->second, at, value);
    }
    for (Value node : group.nodes) {
      if (results_.count(node)) write_result(group, node, at);
    }
  }

  void write_scratch(const Group& group, const ScratchHome& area, std::vector<Coord> at, Reg value) {
    if (group.row_axis >= 0) at[group.row_axis].index = at[group.row_axis].index + first_row_ * -1;
    values_.store(area.home, area.buf, at, value);
  }

  /// A row's own values are written when the row is done, since the params that they update may be read until
  /// then.
  void write_result(const Group& group, Value node, const std::vector<Coord>& at) {
    const Reg value = values_.eval(node, at);
    const auto write = [this, node, at, value] {
      const Home home = values_.home_of(node);
      if (!is_stored_leaf(graph_[node]) && !as<Concat>(graph_[node]))
        values_.store(home, values_.buffer(home.root), at, value);
      if (auto copies = storage_.copies.find(node); copies != storage_.copies.end()) {
        for (const Home& copy : copies->second) values_.store(copy, values_.buffer(copy.root), at, value);
      }
    };
    if (has_lanes(group)) return write();
    row_writes_.push_back(write);
  }

  void whole() {
    code_.set_units(1);
    reserve_scratch(1);
    if (kernel_.anchor && as<Scatter>(graph_[*kernel_.anchor])) scatter();
    if (kernel_.anchor && as<Deposit>(graph_[*kernel_.anchor])) deposit(-1, {});
    run_groups({}, {});
  }

  /// The whole result in scratch, with one element more that takes what falls outside.
  void scatter() {
    const Value anchor = *kernel_.anchor;
    const Node& node = graph_[anchor];
    const auto& op = std::get<Scatter>(node.op);
    const Shape& shape = node.type.shape;
    const Shape& from = graph_.shape(node.operands[0]);
    const int64_t count = element_count(shape);
    ScratchHome block;
    block.home.strides = row_major_strides(shape);
    block.origin.resize(shape.size());
    block.buf = values_.add_scratch(DType::f32, (count + lanes) / lanes * lanes);
    clear(block.buf, (count + lanes) / lanes * lanes);
    std::vector<Coord> at(from.size());
    const std::function<void(size_t)> loops = [&](size_t axis) {
      if (axis == from.size()) return scatter_point(op, node, from, at, block, count);
      code_.loop(from[axis], [&](Index i) {
        at[axis] = {i, 0, {}};
        loops(axis + 1);
      });
    };
    loops(0);
    values_.scratch[anchor] = block;
  }

  void scatter_point(const Scatter& op, const Node& node, const Shape& from, const std::vector<Coord>& at,
                     const ScratchHome& block, int64_t count) {
    const std::vector<Coord> to = values_.mapped(op.map, at);
    loop::Address place = values_.place_of(block.home, block.buf, to).address;
    std::optional<Reg> inside;
    for (size_t axis = 0; axis < to.size(); ++axis) {
      const auto [low, high] = op.map.results[axis].range(from);
      if (low >= 0 && high < node.type.shape[axis]) continue;
      const Reg c = code_.index_value(to[axis].index);
      const Reg fits = code_.compute(
          Fn::bit_and,
          {code_.compute(Fn::le, {code_.literal(DType::i32, 0), c}),
           code_.compute(Fn::lt,
                         {c, code_.literal(DType::i32, static_cast<double>(node.type.shape[axis]))})});
      inside = inside ? code_.compute(Fn::bit_and, {*inside, fits}) : fits;
    }
    if (inside) {
      const Reg element = code_.index_value(place.index);
      place = {block.buf, Index{},
               code_.compute(Fn::select,
                             {*inside, element, code_.literal(DType::i32, static_cast<double>(count))})};
    }
    accumulate(place, values_.eval(node.operands[0], at));
  }

  void accumulate(const loop::Address& place, Reg term) {
    const Reg sum = code_.fresh({DType::f32, code_.type(term).vector});
    code_.emit(loop::Load{sum, place, {}});
    code_.emit(loop::Compute{sum, Fn::add, {sum, term}});
    code_.store(place, sum, {});
  }

  void clear(loop::Buf buf, int64_t elements) {
    const Reg zero = code_.splat(code_.literal(DType::f32, 0));
    code_.strided_loop(elements, lanes, {}, 1, [&](Index i) { code_.store({buf, i, {}}, zero, {}); });
  }

  int64_t row_count() const { return graph_.shape(kernel_.frame)[kernel_.rows_axis()]; }

  void rows() {
    const int64_t count = row_count();
    std::optional<ContractLowering> contract;
    int64_t per_unit = 0;
    if (kernel_.roles) {
      contract.emplace(values_, *kernel_.anchor, *kernel_.roles, target_);
      per_unit = rows_per_unit(target_, contract->tile().rows, count, contract->bytes_per_row(),
                               contract->row_alignment());
      contract->reserve(per_unit, false);
    } else {
      int64_t widest = 1;
      for (const Group& group : groups_) widest = std::max(widest, elements_per_row(group));
      per_unit = rows_per_unit(target_, word_rows, count, widest * 4, 0);
    }
    const int64_t units = ceil_div(count, per_unit);
    code_.set_units(units);
    reserve_scratch(word_rows);
    const Index first = units == 1 ? Index{} : loop::index_of(code_.unit()) * per_unit;
    const auto block = [&](int64_t rows_here) {
      if (contract) contract->fill(first, rows_here, {});
      if (!goes_by_panels()) return row_loop(first, rows_here, {});
      panel_width_ = groups_[0].width;
      code_.loop(ceil_div(groups_[0].shape[groups_[0].lane_axis], panel_width_),
                 [&](const Index& panel) { row_loop(first, rows_here, panel); });
    };
    if (count % per_unit == 0) return block(per_unit);
    branch_on_unit(
        count / per_unit, [&] { block(per_unit); }, [&] { block(count % per_unit); });
  }

  /// One nest without anything that a whole row must be known for: a panel of all the unit's rows at a time,
  /// which lie side by side.
  bool goes_by_panels() const {
    if (kernel_.anchor || groups_.size() != 1 || !has_lanes(groups_[0])) return false;
    const Group& group = groups_[0];
    const bool sums = std::any_of(kernel_.nodes.begin(), kernel_.nodes.end(), [&](Value node) {
      return as<Reduce>(graph_[node]) || as<Contract>(graph_[node]);
    });
    return !sums && group.row_axis >= 0 && group.width < group.shape[group.lane_axis] &&
           group.width % lanes == 0;
  }

  void branch_on_unit(int64_t full_units, const std::function<void()>& full,
                      const std::function<void()>& rest) {
    const auto within = [&](const std::function<void()>& body) {
      values_.branch_floor = code_.depth();
      body();
      values_.branch_floor = 0;
    };
    code_.branch(
        loop::index_of(code_.unit()), full_units, [&] { within(full); }, [&] { within(rest); });
  }

  void row_loop(const Index& first, int64_t count, const std::optional<Index>& panel) {
    const int at_once = words_along_rows(count) ? word_rows : 1;
    code_.loop(count / at_once, [&](Index t) {
      std::vector<Index> rows;
      for (int i = 0; i < at_once; ++i) rows.push_back(first + t * at_once + i);
      first_row_ = rows[0];
      if (kernel_.anchor && as<Deposit>(graph_[*kernel_.anchor]))
        deposit(kernel_.row_axis.at(*kernel_.anchor), rows[0]);
      run_groups(rows, panel);
    });
  }

  /// The row's part of the table in scratch, with one element more that takes what falls outside.
  void deposit(int row_axis, const Index& row) {
    const Value anchor = *kernel_.anchor;
    const Node& node = graph_[anchor];
    const Shape& shape = node.type.shape;
    const Shape& from = graph_.shape(node.operands[1]);
    const int64_t table_rows = (shape[0] + lanes) / lanes * lanes;
    ScratchHome block;
    block.home.lane_axis = 0;
    block.home.width = table_rows;
    block.home.padded = true;
    block.home.strides.assign(shape.size(), 0);
    block.home.strides[0] = 1;
    block.origin.resize(shape.size());
    int64_t stride = table_rows;
    for (int axis = static_cast<int>(shape.size()) - 1; axis > 0; --axis) {
      if (axis == row_axis) continue;
      block.home.strides[axis] = stride;
      stride *= shape[axis];
    }
    if (row_axis >= 0) block.origin[row_axis] = row;
    if (!deposit_area_) deposit_area_ = values_.add_scratch(DType::f32, stride);
    block.buf = *deposit_area_;
    clear(block.buf, stride);
    const int batch_rank = static_cast<int>(graph_.shape(node.operands[0]).size());
    std::vector<Coord> at(from.size());
    const std::function<void(size_t)> loops = [&](size_t axis) {
      if (axis == from.size()) return deposit_point(node, at, batch_rank, block, row_axis);
      const int table_axis = static_cast<int>(axis) - batch_rank + 1;
      if (static_cast<int>(axis) >= batch_rank && table_axis == row_axis) {
        at[axis] = {row, 0, {}};
        return loops(axis + 1);
      }
      values_.axis_loop(from[axis], 64, [&](Index i) {
        at[axis] = {i, 0, {}};
        loops(axis + 1);
      });
    };
    loops(0);
    values_.scratch[anchor] = block;
  }

  /// The row of the table that the batch's point goes to; one that the table lacks goes behind it.
  Reg slot_of(const Node& deposit, const std::vector<Coord>& at) {
    const auto batch_rank = static_cast<std::ptrdiff_t>(graph_.shape(deposit.operands[0]).size());
    const Reg target = values_.eval(deposit.operands[0], {at.begin(), at.begin() + batch_rank});
    const Reg rows = code_.literal(DType::i32, static_cast<double>(deposit.type.shape[0]));
    const Reg fits =
        code_.compute(Fn::bit_and, {code_.compute(Fn::le, {code_.literal(DType::i32, 0), target}),
                                    code_.compute(Fn::lt, {target, rows})});
    return code_.compute(Fn::select, {fits, target, rows});
  }

  void deposit_point(const Node& node, const std::vector<Coord>& at, int batch_rank, const ScratchHome& block,
                     int row_axis) {
    const Reg slot = slot_of(node, at);
    Index place;
    for (size_t axis = batch_rank; axis < at.size(); ++axis) {
      const int table_axis = static_cast<int>(axis) - batch_rank + 1;
      if (table_axis != row_axis) place = place + at[axis].index * block.home.strides[table_axis];
    }
    accumulate({block.buf, place, slot}, values_.eval(node.operands[1], at));
  }

  /// A panel of a table in scratch, with one row more that takes what falls outside; then row by row.
  void table_panels() {
    const Node& node = graph_[*kernel_.anchor];
    const int64_t rows = node.type.shape[0], extent = node.type.shape[1];
    panel_width_ = layout_of(node).width;
    inner_row_axis_ = 0;
    const int64_t units = ceil_div(extent, panel_width_);
    code_.set_units(units);
    const Index panel = units == 1 ? Index{} : loop::index_of(code_.unit());
    reserve_scratch(1);
    deposit_panel(panel, rows, extent);
    code_.loop(rows, [&](Index row) { run_groups({row}, panel); });
  }

  void deposit_panel(const Index& panel, int64_t rows, int64_t extent) {
    const Value anchor = *kernel_.anchor;
    const Node& node = graph_[anchor];
    ScratchHome block;
    block.home.lane_axis = 1;
    block.home.width = panel_width_;
    block.home.padded = true;
    block.home.strides = {panel_width_, 1};
    block.origin = {Index{}, panel * panel_width_};
    block.buf = values_.add_scratch(DType::f32, (rows + 1) * panel_width_);
    clear(block.buf, (rows + 1) * panel_width_);
    const Shape& from = graph_.shape(node.operands[1]);
    std::vector<Coord> at(from.size());
    const std::function<void(size_t)> loops = [&](size_t axis) {
      if (axis + 1 == from.size()) {
        const Reg row = code_.compute(
            Fn::mul, {slot_of(node, at), code_.literal(DType::i32, static_cast<double>(panel_width_))});
        return values_.panel_loop(panel, extent, panel_width_, [&](Coord lane) {
          at[axis] = lane;
          accumulate({block.buf, lane.index + panel * -panel_width_, row},
                     code_.splat(values_.eval(node.operands[1], at)));
        });
      }
      values_.axis_loop(from[axis], panel_width, [&](Index i) {
        at[axis] = {i, 0, {}};
        loops(axis + 1);
      });
    };
    loops(0);
    values_.scratch[anchor] = block;
  }

  void vector_panels() {
    panel_width_ = panel_width;
    const int64_t units = ceil_div(graph_.shape(kernel_.frame)[0], panel_width_);
    code_.set_units(units);
    reserve_scratch(1);
    run_groups({}, units == 1 ? Index{} : loop::index_of(code_.unit()));
  }

  void panels() {
    if (!kernel_.anchor) return vector_panels();
    if (!kernel_.roles) return table_panels();
    const Value anchor = *kernel_.anchor;
    const ContractRoles& roles = *kernel_.roles;
    ContractLowering contract(values_, anchor, roles, target_);
    const Node& node = graph_[anchor];
    const int64_t rows = node.type.shape[roles.row_axis], extent = node.type.shape[roles.lane_axis];
    panel_width_ = node.layout->width;
    inner_row_axis_ = roles.row_axis;
    const int64_t units = ceil_div(extent, panel_width_);
    code_.set_units(units);
    const Index panel = units == 1 ? Index{} : loop::index_of(code_.unit());
    // One tile's rows at a time: while the epilogue divides, the next products begin.
    const int64_t per_block = std::min<int64_t>(rows, contract.tile().rows);
    contract.reserve(per_block, true);
    contract.fetch_ahead(overwritten_homes(*node.layout));
    reserve_scratch(1);
    contract.transpose(panel);
    const auto block = [&](const Index& first, int64_t count) {
      contract.fill(first, count, panel);
      code_.loop(count, [&](Index row) { run_groups({first + row}, panel); });
    };
    code_.loop(rows / per_block, [&](Index i) { block(i * per_block, per_block); });
    if (rows % per_block != 0) block(Index{rows / per_block * per_block, {}}, rows % per_block);
  }

  /// The params that the epilogue overwrites, if they lie as the block does, rows close together.
  std::vector<Home> overwritten_homes(const Layout& layout) const {
    std::vector<Home> homes;
    for (Value node : kernel_.results) {
      const Home& home = storage_.homes.at(node);
      if (updates_param(node) && home.lane_axis == layout.lane_axis &&
          home.strides[inner_row_axis_] == layout.width)
        homes.push_back(home);
    }
    return homes;
  }

  const FusedGraph& fused_;
  const Graph& graph_;
  const FusedKernel& kernel_;
  const Storage& storage_;
  const Target& target_;
  ValueLowering values_;
  loop::KernelWriter& code_;
  std::set<Value> members_, results_, block_nodes_, read_later_;
  std::map<Value, int> steps_;
  std::map<Value, int> reader_counts_;
  std::vector<Group> groups_;
  std::map<Value, ScratchHome> pending_scratch_;
  std::optional<loop::Buf> deposit_area_;
  std::vector<std::function<void()>> row_writes_;
  Index first_row_;
  int64_t panel_width_ = 0;
  int inner_row_axis_ = -1;  // of panels: the axis whose rows the block holds
};

}  // namespace

LoweredKernel lower_kernel(const FusedGraph& fused, const Storage& storage, int kernel,
                           const Target& target) {
  LoweredKernel lowered =
      rebased(KernelLowering(fused, storage, kernel, target).run(kernel_name(fused, kernel)));
  loop::verify(lowered.loops);
  return lowered;
}

LoweredKernel lower_copy(const Storage& storage, const LateCopy& copy) {
  const Root& to = storage.roots[copy.to];
  const int64_t elements = stored_elements(to.type.shape, to.layout);
  loop::KernelWriter code;
  code.set_units(1);
  code.loop(elements, [&](Index i) {
    const Reg value = code.load(to.type.dtype, {loop::Buf{0}, i, {}}, false, {}, code.depth());
    code.store({loop::Buf{1}, i, {}}, value, {});
  });
  loop::Kernel loops = code.finish({{to.type.dtype, elements, false}, {to.type.dtype, elements, true}}, {});
  loop::verify(loops);
  return rebased({fmt::format("copy into {}", to.name), {}, std::move(loops), {copy.from, copy.to}, {}});
}

}  // namespace cgan_jit
