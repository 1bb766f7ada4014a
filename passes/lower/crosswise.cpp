#include "passes/lower/crosswise.h"

#include <algorithm>

#include "passes/graph/views.h"

namespace cgan_jit {
namespace {

bool has(const std::vector<Value>& values, Value value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

/// Through which map a nest's nodes read each value; nothing where there is no one such map.
class ReadMaps {
 public:
  ReadMaps(const KernelContext& in, const Nest& nest) : in_(in), nest_(nest) {
    for (Value node : nest.nodes) collect(node, identity_map(rank_of(nest.shape)));
  }

  const std::map<Value, std::optional<IndexMap>>& found() const { return found_; }

 private:
  void collect(Value reader, const std::optional<IndexMap>& map) {
    for (const Read& read : in_.fused.reads[index(reader)]) {
      const bool is_affine = map && read.map && !read.guarded;
      const auto composed = is_affine ? std::optional(compose(*read.map, *map)) : std::nullopt;
      const auto [known, fresh] = found_.emplace(read.base, composed);
      if (!fresh && known->second == composed) continue;
      if (!fresh) known->second.reset();
      if (!has(in_.kernel.nodes, read.base) || has(nest_.nodes, read.base)) continue;
      collect(read.base, is_pointwise(in_.graph[read.base]) ? known->second : std::nullopt);
    }
  }

  const KernelContext& in_;
  const Nest& nest_;
  std::map<Value, std::optional<IndexMap>> found_;
};

}  // namespace

CrosswiseReads::CrosswiseReads(KernelContext& in, const Nest& nest, bool by_rows)
    : in_(in), row_axis_(nest.row_axis) {
  const bool is_elementwise = std::all_of(nest.nodes.begin(), nest.nodes.end(),
                                          [&](Value node) { return is_pointwise(in.graph[node]); });
  if (is_elementwise && nest.has_lanes() && nest.shape[nest.lane_axis] % lanes == 0) find(nest, by_rows);
}

/// Before the nest runs. (What updates a param is found in scratch, not there.)
bool CrosswiseReads::is_in_memory(Value base, const Nest& nest) const {
  const FusedKernel& kernel = in_.kernel;
  if (has(kernel.loads, base)) return true;
  if (!has(kernel.results, base) || has(nest.nodes, base)) return false;
  return in_.storage.roots[in_.storage.homes.at(base).root].kind != Root::Kind::param;
}

/// Those that lie along the axis of the first.
void CrosswiseReads::find(const Nest& nest, bool by_rows) {
  const ReadMaps maps(in_, nest);
  for (const auto& [base, map] : maps.found()) {
    if (!map || !is_in_memory(base, nest) || in_.graph.type(base).dtype != DType::f32) continue;
    const int axis = axis_ >= 0 ? axis_ : axis_crossed_by(base, *map, nest, by_rows);
    if (axis < 0) continue;
    if (auto operand = crossed(base, *map, nest, axis)) {
      axis_ = axis;
      operands_.emplace(base, std::move(*operand));
    }
  }
}

int CrosswiseReads::axis_crossed_by(Value base, const IndexMap& map, const Nest& nest, bool by_rows) const {
  for (int axis = 0; axis < rank_of(nest.shape); ++axis) {
    if (axis == nest.lane_axis || nest.shape[axis] < lanes || (axis == nest.row_axis && !by_rows)) continue;
    if (crossed(base, map, nest, axis)) return axis;
  }
  return -1;
}

/// `base`, if its neighbours in memory lie along `axis` and its lanes apart.
std::optional<CrosswiseReads::Operand> CrosswiseReads::crossed(Value base, const IndexMap& map,
                                                               const Nest& nest, int axis) const {
  const Home& home = in_.storage.homes.at(base).home;
  const auto along = axis_along({base, map}, axis), along_lanes = axis_along({base, map}, nest.lane_axis);
  if (!along || !along_lanes || home.cuts(*along_lanes)) return {};
  if (stride_along(home, map, axis) != 1 || stride_along(home, map, nest.lane_axis) == 1) return {};
  if (home.cuts(*along) && (home.width % lanes != 0 || home.lane_shift != 0)) return {};
  return Operand{map, *along, *along_lanes, {}};
}

void CrosswiseReads::fetch(const Coords& at) {
  for (auto& [base, operand] : operands_) {
    ScratchBlock& block = operand.block;
    const size_t rank = in_.graph.shape(base).size();
    if (block.origin.empty()) {
      block.buf = in_.memory.add_scratch(DType::f32, lanes * lanes);
      block.home.strides.assign(rank, 0);
      block.home.strides[operand.axis] = lanes;
      block.home.strides[operand.lane_axis] = 1;
      block.origin.resize(rank);
    }
    const Coords there = mapped(in_.code, operand.map, at);
    block.origin[operand.axis] = there[operand.axis].index;
    block.origin[operand.lane_axis] = there[operand.lane_axis].index;
    block.depth = in_.code.depth();
    Coords first = there;
    first[operand.lane_axis].lane = 0;
    const Stored& stored = in_.storage.homes.at(base);
    in_.code.emit(loop::Transpose{in_.memory.address_of(stored, first),
                                  stored.home.strides[operand.lane_axis],
                                  {block.buf, {}, {}},
                                  lanes});
    in_.values.keep(base, block);
  }
}

void CrosswiseReads::forget() {
  for (const auto& [base, operand] : operands_) in_.values.forget(base);
}

}  // namespace cgan_jit
