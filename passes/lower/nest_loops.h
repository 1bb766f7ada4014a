#pragma once

#include <functional>
#include <set>

#include "passes/lower/batches.h"
#include "passes/lower/contractions.h"
#include "passes/lower/crosswise.h"

namespace cgan_jit {

/// A kernel's nests as loops, behind the anchor's block.
class NestLoops {
 public:
  explicit NestLoops(KernelContext& in);

  const Nests& nests() const { return nests_; }
  /// The only nest goes over 16 rows at a time, whose operands lie along rows.
  bool crosses_rows() const { return crosswise_.size() == 1 && crosswise_[0].along_rows(); }
  /// The value lies in the place of a param.
  bool updates_param(Value value) const;

  /// Panels are so wide, and their rows, of which the block holds some, lie along this axis (-1: along none).
  void set_panels(int64_t width, int inner_row_axis);
  /// Sums over lanes go from panel to panel, for so many rows: `run` does the first nest only, and adds to
  /// them.
  void sum_by_panels(int64_t rows);
  /// A unit's rows begin with row `first`: its sums, if there are any, are 0.
  void begin_sums(const loop::Index& first);
  /// The other nests over a row, whose sums are complete.
  void end_sums(const loop::Index& row);
  /// What `contract` fills is one place at a time, if there is an axis of places, and no read across lanes
  /// goes along it.
  void set_places(ContractLowering& contract);
  /// body(), for each place, if there are any.
  void each_place(const std::function<void()>& body);
  /// Values that a later nest reads lie in scratch in between, unless they are in memory or in one register a
  /// row.
  void reserve_scratch(int rows);

  /// The first nests over all rows, which are the innermost loop, where they lie side by side and nobody
  /// needs a row at once. False: nothing is left to do.
  bool run_over_rows(const loop::Index& first, int64_t count);
  /// All other nests, over these rows (none: without a row axis) and one panel or all lanes.
  void run(const std::vector<loop::Index>& rows, const std::optional<loop::Index>& panel);
  /// The same over 16 rows from `first` on, where operands lie along rows.
  void run_sixteen(const loop::Index& first, const std::optional<loop::Index>& panel);

 private:
  bool is_anchor(Value value) const { return in_.kernel.anchor == value; }
  /// A sum of 16 partial sums a row, in scratch between panels, in registers while a panel is at hand.
  struct RunningSum {
    Value sum{};
    ScratchBlock partials;  // [rows][16]
    std::vector<loop::Reg> of_rows;
  };

  loop::Address place_of(const RunningSum& running, const loop::Index& row);
  void found_in_memory(const Nest& nest);
  void set_origins(const Nest& nest, const loop::Index& row);
  void run_nest(const Nest& nest, CrosswiseReads& crosswise, const std::vector<loop::Index>& rows,
                const std::optional<loop::Index>& panel);
  void lane_loops(const Nest& nest, CrosswiseReads& crosswise, Coords& at,
                  const std::vector<loop::Index>& rows, const std::optional<loop::Index>& panel);
  void take_up_sums(const std::vector<loop::Index>& rows);
  void put_down_sums(const std::vector<loop::Index>& rows);
  void nest_loop(int64_t extent, bool crosswise, const std::function<void(loop::Index)>& body);
  void run_crosswise(const Nest& nest, CrosswiseReads& crosswise, Coords at,
                     const std::vector<loop::Index>& rows);
  void run_rows(const Nest& nest, Coords& at, const std::vector<loop::Index>& rows);
  void reduce_rows_together(const Nest& nest, const Coords& at, const std::vector<loop::Index>& rows,
                            int row_axis);
  void run_point(const Nest& nest, const Coords& at);
  void write_result(const Nest& nest, Value node, const Coords& at);

  KernelContext& in_;
  const Graph& graph_;
  const Storage& storage_;
  loop::KernelWriter& code_;
  KernelMemory& memory_;
  ValueLowering& values_;
  const std::set<Value> results_;
  const Nests nests_;
  std::vector<CrosswiseReads> crosswise_;  // of each nest
  bool crosses_ = false;                   // the loop over their axis goes 16 places at a time
  AxisOfNodes places_;                     // the axis along which one place is at hand
  loop::Index place_;
  int64_t rows_inside_ = 0;             // of the nest at hand, a loop inside of its others; 0: they are none
  size_t done_ = 0;                     // nests that have gone over all rows already
  std::map<Value, ScratchBlock> kept_;  // where values lie that a later nest reads
  std::vector<RunningSum> sums_;
  std::vector<std::function<void()>> row_writes_;
  int64_t panel_width_ = 0;
  int inner_row_axis_ = -1;
};

}  // namespace cgan_jit
