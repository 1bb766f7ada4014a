#include "passes/lower/lower.h"

#include <algorithm>
#include <set>

#include "ir/integer.h"
#include "passes/fuse/kernel_names.h"
#include "passes/layout/panels.h"
#include "passes/lower/blocks.h"
#include "passes/lower/contractions.h"
#include "passes/lower/cost.h"
#include "passes/lower/nests.h"
#include "passes/lower/rebase.h"

namespace cgan_jit {

using loop::Index;
using loop::Reg;

namespace {

constexpr int64_t lanes = loop::lanes;
constexpr int word_rows = 4;  // one Philox block serves four neighbours

/// A kernel's units: what each holds, how its anchor's block is filled, and the nests over it.
class KernelLowering {
 public:
  KernelLowering(const FusedGraph& fused, const Storage& storage, int number, const Target& target)
      : graph_(fused.graph),
        kernel_(fused.kernels[number]),
        storage_(storage),
        memory_(fused, storage, number, code_),
        values_(fused, storage, number, memory_, code_),
        context_{graph_, kernel_, storage, target, code_, memory_, values_},
        results_(kernel_.results.begin(), kernel_.results.end()),
        nests_(nests_of(fused, kernel_)) {}

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
        const bool stays_in_memory = results_.count(node) && !updates_param(node);
        if (!nests_.read_later.count(node) || stays_in_memory || is_anchor(node)) continue;
        kept_[node] =
            memory_.add_block(graph_.type(node), nest.row_axis, nest.lane_axis,
                              round_up(nest.shape[nest.lane_axis], lanes), nest.row_axis >= 0 ? rows : 1);
      }
    }
  }

  /// Some nest draws random words whose four-word blocks run along the rows.
  bool words_along_rows(int64_t row_count) const {
    if (row_count % word_rows != 0 || kernel_.split != Split::rows || has_anchor<Deposit>()) return false;
    return std::any_of(kernel_.nodes.begin(), kernel_.nodes.end(), [&](Value node) {
      const auto row = kernel_.row_axis.find(node);
      return as<Random>(graph_[node]) && row != kernel_.row_axis.end() &&
             row->second + 1 == rank_of(graph_.shape(node)) && graph_.shape(node).back() % word_rows == 0;
    });
  }

  /// All nests, over these rows (none: without a row axis) and one panel or all lanes.
  void run_nests(const std::vector<Index>& rows, const std::optional<Index>& panel) {
    values_.begin_row(kept_);
    for (const Nest& nest : nests_.nests) {
      if (nest.row_axis >= 0) set_origins(nest, rows[0]);
      run_nest(nest, rows, panel);
      for (Value node : nest.nodes) {
        if (const auto block = kept_.find(node); block != kept_.end()) {
          values_.keep(node, block->second);
        } else if (nest.has_lanes() && results_.count(node) && !is_anchor(node)) {
          values_.written(node);
        }
      }
    }
    for (const auto& write : row_writes_) write();
    row_writes_.clear();
  }

  void set_origins(const Nest& nest, const Index& row) {
    for (Value node : nest.nodes) {
      if (auto block = kept_.find(node); block != kept_.end()) block->second.origin[nest.row_axis] = row;
    }
  }

  void run_nest(const Nest& nest, const std::vector<Index>& rows, const std::optional<Index>& panel) {
    Coords at(nest.shape.size());
    const std::function<void(int)> loops = [&](int axis) {
      if (axis == rank_of(nest.shape)) {
        if (!nest.has_lanes()) return run_rows(nest, at, rows);
        const auto body = [&](Coord lane) {
          at[nest.lane_axis] = lane;
          run_rows(nest, at, rows);
        };
        if (panel) return memory_.panel_loop(*panel, nest.shape[nest.lane_axis], panel_width_, body);
        return memory_.lane_loop(nest.shape[nest.lane_axis], nest.width, body);
      }
      if (axis == nest.row_axis || axis == nest.lane_axis || axis == inner_row_axis_) return loops(axis + 1);
      code_.loop(nest.shape[axis], [&](Index i) {
        at[axis] = {i, 0, {}};
        loops(axis + 1);
      });
    };
    loops(0);
  }

  void run_rows(const Nest& nest, Coords& at, const std::vector<Index>& rows) {
    const int row_axis = nest.row_axis >= 0 ? nest.row_axis : inner_row_axis_;
    if (row_axis < 0) return run_point(nest, at);
    for (const Index& row : rows) {
      at[row_axis] = {row, 0, {}};
      run_point(nest, at);
    }
  }

  void run_point(const Nest& nest, const Coords& at) {
    for (Value node : nest.nodes) {
      const bool is_there = values_.is_kept(node);
      const Reg value = is_there ? values_.eval(node, at) : values_.compute(node, at);
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
      if (!is_stored_leaf(graph_[node]) && !as<Concat>(graph_[node]))
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

  int64_t bytes_per_row() const {
    int64_t widest = 1;
    for (const Nest& nest : nests_.nests) {
      const int lane_axis = nest.has_lanes() ? nest.lane_axis : nest.row_axis;
      const int64_t lane_extent = nest.has_lanes() ? round_up(nest.shape[nest.lane_axis], lanes) : 1;
      widest = std::max(widest, block_elements(nest.shape, nest.row_axis, lane_axis, lane_extent, 1));
    }
    return widest * 4;
  }

  void rows() {
    const int64_t count = graph_.shape(kernel_.frame)[kernel_.rows_axis()];
    std::optional<ContractLowering> contract;
    int64_t per_unit = 0;
    if (kernel_.roles) {
      contract.emplace(context_);
      per_unit = rows_per_unit(context_.target, contract->tile().rows, count, contract->bytes_per_row(),
                               contract->row_alignment());
      contract->reserve(per_unit, false);
    } else {
      per_unit = rows_per_unit(context_.target, word_rows, count, bytes_per_row(), 0);
    }
    const Index first = unit_of(ceil_div(count, per_unit)) * per_unit;
    reserve_scratch(word_rows);
    std::optional<DepositRows> deposit;
    if (has_anchor<Deposit>()) deposit.emplace(context_);
    const auto block = [&](int64_t rows_here) {
      if (contract) contract->fill(first, rows_here, {});
      if (!goes_by_panels()) return row_loop(first, rows_here, deposit, {});
      const Nest& nest = nests_.nests[0];
      panel_width_ = nest.width;
      code_.loop(ceil_div(nest.shape[nest.lane_axis], panel_width_),
                 [&](const Index& panel) { row_loop(first, rows_here, deposit, panel); });
    };
    if (count % per_unit == 0) return block(per_unit);
    memory_.branch_on_unit(
        count / per_unit, [&] { block(per_unit); }, [&] { block(count % per_unit); });
  }

  /// One nest without anything that a whole row must be known for: a panel of all the unit's rows at a time,
  /// which lie side by side.
  bool goes_by_panels() const {
    if (kernel_.anchor || nests_.nests.size() != 1 || !nests_.nests[0].has_lanes()) return false;
    const Nest& nest = nests_.nests[0];
    const bool sums = std::any_of(kernel_.nodes.begin(), kernel_.nodes.end(), [&](Value node) {
      return as<Reduce>(graph_[node]) || as<Contract>(graph_[node]);
    });
    return !sums && nest.row_axis >= 0 && nest.width < nest.shape[nest.lane_axis] && nest.width % lanes == 0;
  }

  void row_loop(const Index& first, int64_t count, std::optional<DepositRows>& deposit,
                const std::optional<Index>& panel) {
    const int at_once = words_along_rows(count) ? word_rows : 1;
    code_.loop(count / at_once, [&](Index t) {
      std::vector<Index> rows;
      for (int i = 0; i < at_once; ++i) rows.push_back(first + t * at_once + i);
      if (deposit) values_.keep(*kernel_.anchor, deposit->filled(rows[0]));
      run_nests(rows, panel);
    });
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
    // One tile's rows at a time: while the epilogue divides, the next products begin.
    const int64_t per_block = std::min<int64_t>(rows, contract.tile().rows);
    contract.reserve(per_block, true);
    contract.fetch_ahead(overwritten_places(*node.layout));
    reserve_scratch(1);
    contract.transpose(panel);
    const auto block = [&](const Index& first, int64_t count) {
      contract.fill(first, count, panel);
      code_.loop(count, [&](Index row) { run_nests({first + row}, panel); });
    };
    code_.loop(rows / per_block, [&](Index i) { block(i * per_block, per_block); });
    if (rows % per_block != 0) block(Index{rows / per_block * per_block, {}}, rows % per_block);
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
