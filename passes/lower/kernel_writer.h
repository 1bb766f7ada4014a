#pragma once

#include <array>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "ir/loops.h"
#include "passes/lower/key.h"

namespace cgan_jit::loop {

/// Writes a kernel's loops. Levels nest: 0 is the prologue, 1 the body of a unit, then loops and branches. A
/// pure instruction lands in the outermost level that has its operands, and equal ones are one register:
/// whoever asks inside a loop for what the loop does not change gets it from outside.
class KernelWriter {
 public:
  KernelWriter();

  /// The level being written.
  int depth() const { return static_cast<int>(levels_.size()) - 1; }
  int depth_of(Reg reg) const { return reg_depths_[static_cast<uint32_t>(reg)]; }
  int depth_of(const Index& index) const;
  RegType type(Reg reg) const { return kernel_.regs[static_cast<uint32_t>(reg)]; }
  Var unit() const { return kernel_.unit; }
  void set_units(int64_t units);

  /// A register for values made in the current level, assigned by hand (accumulators): last of all before the
  /// first pure instruction reads it.
  Reg fresh(RegType type);
  void emit(Stmt statement);

  Reg literal(DType dtype, double value);
  Reg splat(Reg scalar);
  Reg index_value(const Index& index);
  Reg lane_ids();
  /// fn of registers; scalars meet vectors as splats; transcendental functions are expanded, for operands of
  /// at most `magnitude`.
  Reg compute(Fn fn, std::vector<Reg> args, double magnitude = std::numeric_limits<double>::infinity());
  std::pair<Reg, Reg> divide(Reg value, int64_t divisor);
  std::array<Reg, 4> philox(std::array<Reg, 4> counter, std::array<Reg, 2> key);
  Reg reduce_lanes(Reg vector, Fn fn);
  /// A load. It is emitted no further out than `floor`; two equal ones are one (memory that a kernel reads
  /// this way does not change under it).
  Reg load(DType dtype, const Address& from, bool vector, std::optional<Reg> mask, int floor);
  void store(const Address& to, Reg value, std::optional<Reg> mask) { emit(Store{to, value, mask}); }

  /// body(i) for i = 0 .. count - 1.
  void loop(int64_t count, const std::function<void(Index)>& body);
  /// body(i) for i = 0, step, ... below min(extent, end).
  void strided_loop(int64_t extent, int64_t step, std::optional<Index> end, int unroll,
                    const std::function<void(Index)>& body);
  void branch(const Index& index, int64_t below, const std::function<void()>& then,
              const std::function<void()>& otherwise);

  /// Smallest and largest value of the index.
  std::pair<int64_t, int64_t> range_of(const Index& index) const;
  /// The index as width * quotient + remainder, if both remainder and remainder + extra (which may be less)
  /// lie in [0, width) for all values of the variables.
  std::optional<std::pair<Index, Index>> split(const Index& index, int64_t extra, int64_t width) const;

  /// The register that holds this, as long as its level is open.
  std::optional<Reg> recall(const Key& key) const;
  void remember(const Key& key, Reg reg);

  Kernel finish(std::vector<Buffer> buffers, std::vector<ScratchArea> scratch);

 private:
  struct Level {
    Block block;
    std::map<Key, Reg> known;
  };
  struct Range {
    int64_t min = 0, max = 0;
    int depth = 0;
  };

  Reg new_reg(RegType type, int depth);
  Reg pure(const Key& key, RegType type, int depth, const std::function<Stmt(Reg)>& make);
  int deepest(const std::vector<Reg>& regs) const;
  void append(int depth, Stmt statement) { levels_[depth].block.push_back(std::move(statement)); }
  Reg primitive(Fn fn, const std::vector<Reg>& args);

  Kernel kernel_;
  std::vector<Level> levels_;
  std::vector<int> reg_depths_;
  std::vector<bool> is_read_;  // by a pure instruction, which may stand further out than who asked for it
  std::vector<Range> ranges_;
};

}  // namespace cgan_jit::loop
