#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "passes/lower/coordinates.h"
#include "passes/memory/storage.h"

namespace cgan_jit {

/// A value, or a part of one, in the thread's scratch: coordinates are counted from `origin`.
struct ScratchBlock {
  loop::Buf buf{};
  Home home;
  std::vector<loop::Index> origin;
  int depth = 0;  // level of the loops in which it is filled: it is read no further out
};

/// A kernel's buffers and scratch, and the code that reads and writes elements there, one or sixteen
/// neighbours at a time.
class KernelMemory {
 public:
  using Mask = std::optional<loop::Reg>;

  KernelMemory(const FusedGraph& fused, const Storage& storage, int kernel, loop::KernelWriter& code);

  loop::Buf buffer(int root) const { return buffers_.at(root); }
  loop::Buf add_scratch(DType dtype, int64_t elements);
  /// A block (see block_home) for `rows` rows of the shape.
  ScratchBlock add_block(const Type& type, const BlockAxes& axes, int64_t lane_extent, int64_t rows);

  /// Where the element `at` lies, and how far apart those of its 16 lanes do (0: there is one).
  struct Place {
    loop::Address address;
    int64_t lane_stride;
  };
  Place place_of(loop::Buf buf, const Home& home, const Coords& at);
  loop::Address address_of(const Stored& stored, const Coords& at);
  loop::Address address_of(const ScratchBlock& block, const Coords& at);

  /// Code that is emitted no further out than `least_depth`.
  loop::Reg load(const Stored& stored, DType dtype, const Coords& at, Mask mask, int least_depth);
  loop::Reg load(const ScratchBlock& block, DType dtype, const Coords& at, Mask mask, int least_depth);
  void store(const Stored& stored, const Coords& at, loop::Reg value);
  void store(const ScratchBlock& block, const Coords& at, loop::Reg value);
  /// Fills all of it with zeros.
  void clear(const ScratchBlock& block);
  /// The element += term.
  void accumulate(const loop::Address& place, loop::Reg term);

  /// Loops over an axis of `extent`; blocks of `width` lie apart in memory (width >= extent: none do).
  void axis_loop(int64_t extent, int64_t width, const std::function<void(loop::Index)>& body);
  /// The same, 16 lanes at a time; while `body` runs, lanes past the extent are masked where it matters.
  void lane_loop(int64_t extent, int64_t width, const std::function<void(Coord)>& body);
  /// One panel of it: lanes panel * width .. + width.
  void panel_loop(const loop::Index& panel, int64_t extent, int64_t width,
                  const std::function<void(Coord)>& body);
  /// The 16 lanes from `start`, of which those past the extent are masked.
  void panel_rest(const loop::Index& start, int64_t extent, const std::function<void()>& body);
  /// The lanes that are not past the extent, where some may be.
  Mask tail_mask() const { return tail_ ? Mask(tail_->mask) : std::nullopt; }

  /// One of two bodies, by the unit's number. What they read from memory is read inside.
  void branch_on_unit(int64_t below, const std::function<void()>& then,
                      const std::function<void()>& otherwise);

  LoweredKernel finish(std::string name, const std::vector<Value>& nodes);

 private:
  /// The last lanes of an axis, some of which lie past its end: those where `mask` is false.
  struct Tail {
    loop::Reg mask;
    loop::Index index;  // of the first lane
  };
  /// Registers found at run time, each times a stride.
  using FarTerms = std::vector<std::pair<loop::Reg, int64_t>>;

  loop::Reg load(loop::Buf buf, const Home& home, DType dtype, const Coords& at, Mask mask, int least_depth);
  void store(loop::Buf buf, const Home& home, const Coords& at, loop::Reg value);
  template <typename Access>
  auto within(const ScratchBlock& block, const Coords& at, Access access);
  bool is_vector(const loop::Address& address) const;
  int64_t elements_of(loop::Buf buf) const;
  void add_terms(loop::Address& address, int64_t lane_stride, const FarTerms& terms);
  loop::Address scattered(loop::Address address, int64_t lane_stride);
  bool tail_is_safe(const Home& home, const Coords& at, int64_t lane_stride) const;

  const Storage& storage_;
  loop::KernelWriter& code_;
  std::vector<int> roots_;
  std::map<int, loop::Buf> buffers_;
  std::vector<loop::ScratchArea> areas_;
  std::optional<Tail> tail_;
  int branch_depth_ = 0;  // of the branch on the unit
};

}  // namespace cgan_jit
