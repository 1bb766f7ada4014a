#include "passes/lower/lower.h"

#include <algorithm>
#include <set>

#include "ir/integer.h"
#include "passes/fuse/kernel_names.h"
#include "passes/layout/panels.h"
#include "passes/lower/batches.h"
#include "passes/lower/blocks.h"
#include "passes/lower/contractions.h"
#include "passes/lower/crosswise.h"
#include "passes/lower/rebase.h"
#include "passes/lower/units.h"

namespace cgan_jit {

using loop::Index;
using loop::Reg;

namespace {

/// A kernel's units: what each holds, how its anchor's block is filled, and the nests over it.
class KernelLowering {
 public:
  KernelLowering(const FusedGraph& fused, const Storage& storage, int number, const Target& target)
      : graph_(fused.graph),
        kernel_(fused.kernels[number]),
        storage_(storage),
        memory_(fused, storage, number, code_),
        values_(fused, storage, number, memory_, code_),
        context_{fused, graph_, kernel_, storage, target, code_, memory_, values_},
        results_(kernel_.results.begin(), kernel_.results.end()),
        nests_(nests_of(fused, kernel_)) {
    const bool by_rows = nests_.nests.size() == 1 && !kernel_.anchor;
    for (const Nest& nest : nests_.nests) crosswise_.emplace_back(context_, nest, by_rows);
  }

  LoweredKernel run(std::string name) {
    write();
    return memory_.finish(std::move(name), kernel_.nodes);
  }

 private:
  void write() {
    // A value without elements needs a place, but no work.
    if (element_count(graph_.shape(kernel_.frame)) == 0) return code_.set_units(0);
    switch (kernel_.split) {
      case Split::whole:
        return whole();
      case Split::rows:
        return rows();
      case Split::lane_panels:
        if (!kernel_.anchor) return vector_panels();
        return kernel_.roles ? product_panels() : table_panels();
    }
  }

  bool is_anchor(Value value) const { return kernel_.anchor == value; }
  template <typename Op>
  bool has_anchor() const {
    return kernel_.anchor && as<Op>(graph_[*kernel_.anchor]);
  }

  bool updates_param(Value value) const {
    const auto home = storage_.homes.find(value);
    return home != storage_.homes.end() && storage_.roots[home->second.root].kind == Root::Kind::param;
  }

  /// Values that a later nest reads lie in scratch in between, unless they are in memory or in one register a
  /// row.
  void reserve_scratch(int rows) {
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

  /// All nests, over these rows (none: without a row axis) and one panel or all lanes.
  void run_nests(const std::vector<Index>& rows, const std::optional<Index>& panel) {
    values_.begin_row(kept_);
    for (size_t i = 0; i < done_; ++i) found_in_memory(nests_.nests[i]);
    for (size_t i = done_; i < nests_.nests.size(); ++i) {
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

  void found_in_memory(const Nest& nest) {
    for (Value node : nest.nodes) {
      if (!kept_.count(node) && nest.has_lanes() && results_.count(node) && !is_anchor(node))
        values_.written(node);
    }
  }

  /// The first nests over all rows, which are the innermost loop, where they lie side by side and nobody
  /// needs a row at once.
  void run_over_rows(const Index& first, int64_t count) {
    done_ = 0;
    if (!places_.empty() || count == 1) return;
    values_.begin_row(kept_);
    rows_inside_ = count;
    for (const Nest& nest : nests_.nests) {
      if (crosswise_[done_].axis() >= 0 || !may_go_over_rows(context_, nest, count)) break;
      if (std::any_of(nest.nodes.begin(), nest.nodes.end(),
                      [&](Value node) { return kept_.count(node) > 0; }))
        break;
      run_nest(nest, crosswise_[done_++], {first}, {});
      found_in_memory(nest);
    }
    rows_inside_ = 0;
  }

  void set_origins(const Nest& nest, const Index& row) {
    for (Value node : nest.nodes) {
      const auto block = kept_.find(node);
      if (block == kept_.end()) continue;
      block->second.origin[nest.row_axis] = row;
      if (const auto axis = places_.find(node); axis != places_.end())
        block->second.origin[axis->second] = place_;
    }
  }

  bool crosses_rows() const { return crosswise_.size() == 1 && crosswise_[0].along_rows(); }

  void run_nest(const Nest& nest, CrosswiseReads& crosswise, const std::vector<Index>& rows,
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
      code_.loop(rows_inside_, [&](Index i) { lane_loops(nest, crosswise, at, {rows[0] + i}, panel); });
    };
    loops(0);
  }

  void lane_loops(const Nest& nest, CrosswiseReads& crosswise, Coords& at, const std::vector<Index>& rows,
                  const std::optional<Index>& panel) {
    const auto body = [&](Coord lane) {
      at[nest.lane_axis] = lane;
      crosses_ ? run_crosswise(nest, crosswise, at, rows) : run_rows(nest, at, rows);
    };
    if (panel) return memory_.panel_loop(*panel, nest.shape[nest.lane_axis], panel_width_, body);
    memory_.lane_loop(nest.shape[nest.lane_axis], nest.width, body);
  }

  /// Over an axis between rows and lanes: one place at a time, or 16 where operands lie so.
  void nest_loop(int64_t extent, bool crosswise, const std::function<void(Index)>& body) {
    if (!crosswise) return code_.loop(extent, body);
    crosses_ = true;
    code_.loop(extent / lanes, [&](Index i) { body(i * lanes); });
    crosses_ = false;
    code_.loop(extent % lanes, [&](Index i) { body(i + extent / lanes * lanes); });
  }

  /// 16 places from `at` (or from the row) on.
  void run_crosswise(const Nest& nest, CrosswiseReads& crosswise, Coords at, const std::vector<Index>& rows) {
    if (nest.row_axis >= 0) at[nest.row_axis] = {rows[0], 0, {}};
    const Index first = at[crosswise.axis()].index;
    crosswise.fetch(at);
    code_.loop(lanes, [&](Index i) {
      at[crosswise.axis()] = {first + i, 0, {}};
      run_rows(nest, at, crosswise.along_rows() ? std::vector<Index>{first + i} : rows);
    });
    crosswise.forget();
  }

  void run_rows(const Nest& nest, Coords& at, const std::vector<Index>& rows) {
    const int row_axis = nest.row_axis >= 0 ? nest.row_axis : inner_row_axis_;
    if (row_axis < 0) return run_point(nest, at);
    if (rows.size() > 1) reduce_rows_together(nest, at, rows, row_axis);
    for (const Index& row : rows) {
      at[row_axis] = {row, 0, {}};
      run_point(nest, at);
    }
  }

  /// What the rows' sums read lies side by side.
  void reduce_rows_together(const Nest& nest, const Coords& at, const std::vector<Index>& rows,
                            int row_axis) {
    std::vector<Coords> points(rows.size(), at);
    for (size_t i = 0; i < rows.size(); ++i) points[i][row_axis] = {rows[i], 0, {}};
    for (Value node : nest.nodes) {
      if (as<Reduce>(graph_[node]) && !values_.is_kept(node)) values_.reduce_together(node, points);
    }
  }

  void run_point(const Nest& nest, const Coords& at) {
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
  void write_result(const Nest& nest, Value node, const Coords& at) {
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

  /// The number of the unit's part, where there are several.
  Index unit_of(int64_t units) {
    code_.set_units(units);
    return units == 1 ? Index{} : loop::index_of(code_.unit());
  }

  void whole() {
    code_.set_units(1);
    reserve_scratch(1);
    if (has_anchor<Scatter>()) values_.keep(*kernel_.anchor, filled_scatter(context_));
    if (has_anchor<Deposit>()) values_.keep(*kernel_.anchor, DepositRows(context_).filled({}));
    run_nests({}, {});
  }

  void rows() {
    const int64_t count = graph_.shape(kernel_.frame)[kernel_.rows_axis()];
    const bool by_panels = goes_by_panels(context_, nests_);
    std::optional<ContractLowering> contract;
    if (kernel_.roles) contract.emplace(context_);
    const int64_t per_unit =
        rows_of_a_unit(context_, nests_, contract ? &*contract : nullptr, crosses_rows() ? lanes : 1);
    const bool is_batch = contract && !by_panels && is_cut_along_batch(context_);
    if (contract && !by_panels) set_places(*contract);
    if (contract) contract->reserve(is_batch ? 1 : per_unit, by_panels);
    const Index first = unit_of(ceil_div(count, per_unit)) * per_unit;
    reserve_scratch(most_kept_rows);
    std::optional<DepositRows> deposit;
    if (has_anchor<Deposit>()) deposit.emplace(context_);
    const auto part = [&](const Index& first, int64_t rows_here, const std::optional<Index>& panel) {
      if (contract && panel) contract->begin_panel(*panel);
      if (contract) contract->fill(first, rows_here, panel);
      if (!contract || !contract->writes_result()) row_loop(first, rows_here, deposit, panel);
    };
    const auto block = [&](int64_t rows_here) {
      if (is_batch)
        return code_.loop(rows_here, [&](Index i) { each_place([&] { part(first + i, 1, {}); }); });
      if (!by_panels) return each_place([&] { part(first, rows_here, {}); });
      const Nest& nest = nests_.nests[0];
      panel_width_ = nest.width;
      code_.loop(panel_count(nest), [&](const Index& panel) { part(first, rows_here, panel); });
    };
    if (count % per_unit == 0) return block(per_unit);
    memory_.branch_on_unit(
        count / per_unit, [&] { block(per_unit); }, [&] { block(count % per_unit); });
  }

  /// Along another axis of the batch, if no read across lanes goes along it.
  void set_places(ContractLowering& contract) {
    places_ = place_axis(context_, nests_);
    for (size_t i = 0; i < nests_.nests.size() && !places_.empty(); ++i) {
      if (crosswise_[i].axis() == places_.at(nests_.nests[i].nodes[0])) places_.clear();
    }
    if (places_.empty()) return;
    contract.fix(places_.at(*kernel_.anchor), place_);
  }

  void each_place(const std::function<void()>& body) {
    if (places_.empty()) return body();
    code_.loop(graph_.shape(*kernel_.anchor)[places_.at(*kernel_.anchor)], [&](Index place) {
      place_ = place;
      body();
    });
  }

  void row_loop(const Index& first, int64_t count, std::optional<DepositRows>& deposit,
                const std::optional<Index>& panel) {
    if (crosses_rows()) return crosswise_row_loop(first, count, panel);
    if (!deposit && !panel) run_over_rows(first, count);
    if (done_ == nests_.nests.size()) return;
    const int at_once = rows_at_once(context_, nests_, count);
    code_.loop(count / at_once, [&](Index t) {
      std::vector<Index> rows;
      for (int i = 0; i < at_once; ++i) rows.push_back(first + t * at_once + i);
      if (deposit) values_.keep(*kernel_.anchor, deposit->filled(rows[0]));
      run_nests(rows, panel);
    });
  }

  void crosswise_row_loop(const Index& first, int64_t count, const std::optional<Index>& panel) {
    crosses_ = true;
    code_.loop(count / lanes, [&](Index t) { run_nests({first + t * lanes}, panel); });
    crosses_ = false;
    code_.loop(count % lanes, [&](Index i) { run_nests({first + (i + count / lanes * lanes)}, panel); });
  }

  /// A panel of a table in scratch; then row by row.
  void table_panels() {
    const Node& node = graph_[*kernel_.anchor];
    const int64_t rows = node.type.shape[0];
    panel_width_ = layout_of(node).width;
    inner_row_axis_ = 0;
    const Index panel = unit_of(ceil_div(node.type.shape[1], panel_width_));
    reserve_scratch(1);
    values_.keep(*kernel_.anchor, filled_deposit_panel(context_, panel, panel_width_));
    code_.loop(rows, [&](Index row) { run_nests({row}, panel); });
  }

  void vector_panels() {
    panel_width_ = panel_width;
    const Index panel = unit_of(ceil_div(graph_.shape(kernel_.frame)[0], panel_width_));
    reserve_scratch(1);
    run_nests({}, panel);
  }

  void product_panels() {
    const ContractRoles& roles = *kernel_.roles;
    ContractLowering contract(context_);
    const Node& node = graph_[*kernel_.anchor];
    const int64_t rows = node.type.shape[roles.row_axis];
    panel_width_ = node.layout->width;
    inner_row_axis_ = roles.row_axis;
    const Index panel = unit_of(ceil_div(node.type.shape[roles.lane_axis], panel_width_));
    // One tile's rows at a time: while the epilogue divides, the next products begin. Of a long sum all rows,
    // or as many as stay in the cache.
    const int64_t row_bytes =
        block_elements(node.type.shape, {roles.row_axis, roles.lane_axis}, panel_width_, 1) * 4;
    const int64_t cached = round_up(ceil_div(context_.target.l2_bytes / 2, row_bytes), contract.tile().rows);
    const int64_t per_block = std::min<int64_t>(rows, contract.is_long() ? cached : contract.tile().rows);
    // What is left over goes with the last full block, whose tiles it shares.
    const int64_t last = rows % per_block == 0 ? 0 : per_block + rows % per_block;
    const int64_t full = (rows - last) / per_block;
    contract.reserve(std::max(per_block, last), true);
    if (!contract.is_long()) contract.fetch_ahead(overwritten_places(*node.layout));
    reserve_scratch(1);
    contract.begin_panel(panel);
    const auto block = [&](const Index& first, int64_t count) {
      contract.fill(first, count, panel);
      if (contract.writes_result()) return;
      code_.loop(count, [&](Index row) { run_nests({first + row}, panel); });
    };
    code_.loop(full, [&](Index i) { block(i * per_block, per_block); });
    if (last > 0) block(Index{full * per_block, {}}, last);
  }

  /// The params that the epilogue overwrites, if they lie as the block does, rows close together.
  std::vector<Stored> overwritten_places(const Layout& layout) const {
    std::vector<Stored> places;
    for (Value node : kernel_.results) {
      const Stored& place = storage_.homes.at(node);
      if (updates_param(node) && place.home.lane_axis == layout.lane_axis &&
          place.home.strides[inner_row_axis_] == layout.width)
        places.push_back(place);
    }
    return places;
  }

  const Graph& graph_;
  const FusedKernel& kernel_;
  const Storage& storage_;
  loop::KernelWriter code_;
  KernelMemory memory_;
  ValueLowering values_;
  KernelContext context_;
  const std::set<Value> results_;
  const Nests nests_;
  std::vector<CrosswiseReads> crosswise_;  // of each nest
  bool crosses_ = false;                   // the loop over their axis goes 16 places at a time
  AxisOfNodes places_;                     // a second axis of a batch, of which one place is at hand
  Index place_;
  int64_t rows_inside_ = 0;             // of the nest at hand, a loop inside of its others; 0: they are none
  size_t done_ = 0;                     // nests that have gone over all rows already
  std::map<Value, ScratchBlock> kept_;  // where values lie that a later nest reads
  std::vector<std::function<void()>> row_writes_;
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

}  // namespace cgan_jit
