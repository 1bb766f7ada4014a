#include "passes/lower/lower.h"

#include <algorithm>

#include "ir/integer.h"
#include "passes/fuse/kernel_names.h"
#include "passes/layout/panels.h"
#include "passes/lower/blocks.h"
#include "passes/lower/contractions.h"
#include "passes/lower/nest_loops.h"
#include "passes/lower/rebase.h"
#include "passes/lower/units.h"

namespace cgan_jit {

using loop::Index;

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
        loops_(context_),
        nests_(loops_.nests()) {}

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

  template <typename Op>
  bool has_anchor() const {
    return kernel_.anchor && as<Op>(graph_[*kernel_.anchor]);
  }

  /// The number of the unit's part, where there are several.
  Index unit_of(int64_t units) {
    code_.set_units(units);
    return units == 1 ? Index{} : loop::index_of(code_.unit());
  }

  void whole() {
    code_.set_units(1);
    loops_.reserve_scratch(1);
    if (has_anchor<Scatter>()) values_.keep(*kernel_.anchor, filled_scatter(context_));
    if (has_anchor<Deposit>()) values_.keep(*kernel_.anchor, DepositRows(context_).filled({}));
    loops_.run({}, {});
  }

  void rows() {
    const int64_t count = graph_.shape(kernel_.frame)[kernel_.rows_axis()];
    const bool by_panels = goes_by_panels(context_, nests_);
    std::optional<ContractLowering> contract;
    if (kernel_.roles) contract.emplace(context_);
    const int64_t per_unit =
        rows_of_a_unit(context_, nests_, contract ? &*contract : nullptr, loops_.crosses_rows() ? lanes : 1);
    const bool is_batch = contract && !by_panels && is_cut_along_batch(context_);
    if (contract && !by_panels) loops_.set_places(*contract);
    if (contract) contract->reserve(is_batch ? 1 : per_unit, by_panels);
    const Index first = unit_of(ceil_div(count, per_unit)) * per_unit;
    const bool sums_panels = by_panels && nests_.nests.size() > 1;
    if (sums_panels) loops_.sum_by_panels(per_unit);
    loops_.reserve_scratch(most_kept_rows);
    std::optional<DepositRows> deposit;
    if (has_anchor<Deposit>()) deposit.emplace(context_);
    const auto part = [&](const Index& start, int64_t rows_here, const std::optional<Index>& panel) {
      if (contract && panel) contract->begin_panel(*panel);
      if (contract) contract->fill(start, rows_here, panel);
      if (!contract || !contract->writes_result()) row_loop(start, rows_here, deposit, panel);
    };
    const auto block = [&](int64_t rows_here) {
      if (is_batch)
        return code_.loop(rows_here, [&](Index i) { loops_.each_place([&] { part(first + i, 1, {}); }); });
      if (!by_panels) return loops_.each_place([&] { part(first, rows_here, {}); });
      const Nest& nest = nests_.nests[0];
      loops_.set_panels(nest.width, -1);
      loops_.begin_sums(first);
      code_.loop(panel_count(nest), [&](const Index& panel) { part(first, rows_here, panel); });
      if (sums_panels) code_.loop(rows_here, [&](const Index& row) { loops_.end_sums(first + row); });
    };
    if (count % per_unit == 0) return block(per_unit);
    memory_.branch_on_unit(
        count / per_unit, [&] { block(per_unit); }, [&] { block(count % per_unit); });
  }

  void row_loop(const Index& first, int64_t count, std::optional<DepositRows>& deposit,
                const std::optional<Index>& panel) {
    if (loops_.crosses_rows()) return crosswise_row_loop(first, count, panel);
    if (!deposit && !panel && !loops_.run_over_rows(first, count)) return;
    const int at_once = rows_at_once(context_, nests_, count);
    code_.loop(count / at_once, [&](Index t) {
      std::vector<Index> rows;
      for (int i = 0; i < at_once; ++i) rows.push_back(first + t * at_once + i);
      if (deposit) values_.keep(*kernel_.anchor, deposit->filled(rows[0]));
      loops_.run(rows, panel);
    });
  }

  void crosswise_row_loop(const Index& first, int64_t count, const std::optional<Index>& panel) {
    code_.loop(count / lanes, [&](Index t) { loops_.run_sixteen(first + t * lanes, panel); });
    code_.loop(count % lanes, [&](Index i) { loops_.run({first + (i + count / lanes * lanes)}, panel); });
  }

  /// A panel of a table in scratch; then row by row.
  void table_panels() {
    const Node& node = graph_[*kernel_.anchor];
    const int64_t rows = node.type.shape[0];
    const int64_t width = layout_of(node).width;
    loops_.set_panels(width, 0);
    const Index panel = unit_of(ceil_div(node.type.shape[1], width));
    loops_.reserve_scratch(1);
    values_.keep(*kernel_.anchor, filled_deposit_panel(context_, panel, width));
    code_.loop(rows, [&](Index row) { loops_.run({row}, panel); });
  }

  void vector_panels() {
    loops_.set_panels(panel_width, -1);
    const Node& frame = graph_[kernel_.frame];
    const Index panel = unit_of(ceil_div(frame.type.shape[layout_of(frame).lane_axis], panel_width));
    loops_.reserve_scratch(1);
    loops_.run({}, panel);
  }

  void product_panels() {
    const ContractRoles& roles = *kernel_.roles;
    ContractLowering contract(context_);
    const Node& node = graph_[*kernel_.anchor];
    const int64_t rows = node.type.shape[roles.row_axis];
    const int64_t width = node.layout->width;
    loops_.set_panels(width, roles.row_axis);
    const Index panel = unit_of(ceil_div(node.type.shape[roles.lane_axis], width));
    // One tile's rows at a time: while the epilogue divides, the next products begin. Of a long sum all rows,
    // or as many as stay in the cache.
    const int64_t row_bytes =
        block_elements(node.type.shape, {roles.row_axis, roles.lane_axis}, width, 1) * 4;
    const int64_t cached = round_up(ceil_div(context_.target.l2_bytes / 2, row_bytes), contract.tile().rows);
    const int64_t per_block = std::min<int64_t>(rows, contract.is_long() ? cached : contract.tile().rows);
    // What is left over goes with the last full block, whose tiles it shares.
    const int64_t last = rows % per_block == 0 ? 0 : per_block + rows % per_block;
    const int64_t full = (rows - last) / per_block;
    contract.reserve(std::max(per_block, last), true);
    if (!contract.is_long()) contract.fetch_ahead(overwritten_places(*node.layout));
    loops_.reserve_scratch(1);
    contract.begin_panel(panel);
    const auto block = [&](const Index& first, int64_t count) {
      contract.fill(first, count, panel);
      if (contract.writes_result()) return;
      code_.loop(count, [&](Index row) { loops_.run({first + row}, panel); });
    };
    code_.loop(full, [&](Index i) { block(i * per_block, per_block); });
    if (last > 0) block(Index{full * per_block, {}}, last);
  }

  /// The params that the epilogue overwrites, if they lie as the block does, rows close together.
  std::vector<Stored> overwritten_places(const Layout& layout) const {
    std::vector<Stored> places;
    for (Value node : kernel_.results) {
      const Stored& place = storage_.homes.at(node);
      if (loops_.updates_param(node) && place.home.lane_axis == layout.lane_axis &&
          place.home.strides[kernel_.roles->row_axis] == layout.width)
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
  NestLoops loops_;
  const Nests& nests_;
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
