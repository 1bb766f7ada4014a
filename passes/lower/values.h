#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "passes/fuse/fuse.h"
#include "passes/lower/kernel_writer.h"
#include "passes/memory/storage.h"

namespace cgan_jit {

/// A coordinate while loops are written: index + lane * (0..15) + plus (i32, scalar or vector).
struct Coord {
  loop::Index index;
  int64_t lane = 0;
  std::optional<loop::Reg> plus;
};

/// Where a value lies in the thread's scratch: coordinates are counted from `origin`.
struct ScratchHome {
  loop::Buf buf{};
  Home home;
  std::vector<loop::Index> origin;
};

/// Makes the code that computes one element, or 16 neighbours, of a value at given coordinates.
class ValueLowering {
 public:
  ValueLowering(const FusedGraph& fused, const Storage& storage, int kernel);

  using Coords = std::vector<Coord>;
  using Mask = std::optional<loop::Reg>;

  /// The value at the coordinates: from a register, scratch or memory if it is there, else computed on the
  /// spot.
  loop::Reg eval(Value value, const Coords& at, Mask mask = {});
  /// The same, always computed.
  loop::Reg compute(Value value, const Coords& at, Mask mask = {});
  /// Writes the value to `home` in buffer `buf`.
  void store(const Home& home, loop::Buf buf, const Coords& at, loop::Reg value);
  void remember(Value value, const Coords& at, loop::Reg reg) { code.remember(key_of(value, at, {}), reg); }

  /// Loops over an axis of `extent`; blocks of `width` lie apart in memory (width >= extent: none do).
  void axis_loop(int64_t extent, int64_t width, const std::function<void(loop::Index)>& body);
  /// The same, 16 lanes at a time; while `body` runs, lanes past the extent are masked where it matters.
  void lane_loop(int64_t extent, int64_t width, const std::function<void(Coord)>& body);
  /// One panel of it: lanes panel * width .. + width.
  void panel_loop(const loop::Index& panel, int64_t extent, int64_t width,
                  const std::function<void(Coord)>& body);
  /// The 16 lanes from `start`, of which those past the extent are masked.
  void panel_rest(const loop::Index& start, int64_t extent, const std::function<void()>& body);

  loop::Buf buffer(int root) const { return buffers_.at(root); }
  loop::Buf add_scratch(DType dtype, int64_t elements);
  /// Where the element `at` lies, and how far apart those of its 16 lanes do (0: there is one).
  struct Place {
    loop::Address address;
    int64_t lane_stride;
  };
  Place place_of(const Home& home, loop::Buf buf, const Coords& at);
  Home home_of(Value base) const;
  /// The coordinates where the map leads from `at`.
  Coords mapped(const IndexMap& map, const Coords& at);

  loop::KernelWriter code;
  std::map<Value, ScratchHome> scratch;  // values found there
  std::set<Value> in_memory;             // results that this kernel has written already
  int floor = 0;         // depth of the row (or body): what the kernel itself wrote is read no further out
  int branch_floor = 0;  // depth of the innermost branch on the unit

  const Graph& graph() const { return graph_; }
  LoweredKernel finish(std::string name, std::vector<Value> nodes);

 private:
  /// The last lanes of an axis, some of which lie past its end: those where `mask` is false.
  struct Tail {
    loop::Reg mask;
    loop::Index index;  // of the first lane
  };
  /// Registers found at run time, each times a stride.
  using FarTerms = std::vector<std::pair<loop::Reg, int64_t>>;

  loop::Reg load(const Home& home, loop::Buf buf, DType dtype, const Coords& at, Mask mask, int least_depth);
  loop::Reg coordinate(const Coord& coord);
  Coord scaled_sum(const Affine& affine, const Coords& at);
  Mask both(Mask a, Mask b);
  bool is_vector(const Coords& at) const;
  bool is_vector(const loop::Address& address) const;
  int64_t elements_of(loop::Buf buf) const;
  void add_terms(loop::Address& address, int64_t lane_stride, const FarTerms& terms);
  loop::Address scattered(loop::Address address, int64_t lane_stride);
  std::string key_of(Value value, const Coords& at, Mask mask) const;
  Mask inside_of(Value operand, const IndexMap& map, const Shape& domain, const Coords& there);
  loop::Reg read_mapped(Value operand, const IndexMap& map, const Shape& domain, const Coords& at,
                        double fill, Mask mask);
  loop::Reg regrouped(Value operand, const Shape& shape, const Coords& at, Mask mask);
  Coords unflatten(Coord linear, const Shape& shape);
  Coord flatten(const Shape& shape, const Coords& at);
  loop::Reg random(Value value, const Coords& at);
  loop::Reg gather(Value value, const Coords& at, Mask mask);
  loop::Reg reduce(Value value, const Coords& at, Mask mask);
  loop::Reg reduce_in_order(Value value, Coords at, Mask mask, bool vector);
  loop::Reg reduce_across_lanes(Value value, Coords at, Mask mask);
  loop::Reg reduce_in_partials(Value value, Coords at, Mask mask);
  loop::Reg term_of(Value operand, const Coords& there, Mask inside, Mask mask);
  loop::Reg contract(Value value, const Coords& at, Mask mask);
  void nest(const std::vector<int>& axes, size_t from, const Shape& space, Value operand, Coords& at,
            const std::function<void()>& body);
  int64_t width_along(Value value, int axis) const;
  bool tail_is_safe(const Home& home, const Coords& at, int64_t lanes) const;

  const Graph& graph_;
  const Storage& storage_;
  std::set<Value> members_;
  std::set<Value> loaded_;  // what it may read from memory: others' results, leaves, concats that it copies
  std::vector<int> roots_;
  std::map<int, loop::Buf> buffers_;
  std::vector<loop::ScratchArea> areas_;
  std::optional<Tail> tail_;
};

}  // namespace cgan_jit
