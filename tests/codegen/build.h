#pragma once

#include <initializer_list>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "codegen/jit.h"
#include "ir/loops.h"

namespace cgan_jit::loop {

constexpr RegType scalar(DType dtype) { return {dtype, false}; }
constexpr RegType vector(DType dtype) { return {dtype, true}; }

/// A kernel written by hand: registers, variables and memory by the order in which they are asked for.
class KernelWriter {
 public:
  Kernel kernel;

  Reg reg(RegType type) {
    kernel.regs.push_back(type);
    return Reg{static_cast<uint32_t>(kernel.regs.size() - 1)};
  }
  std::vector<Reg> regs(RegType type, int count) {
    std::vector<Reg> result;
    for (int i = 0; i < count; ++i) result.push_back(reg(type));
    return result;
  }
  Var var() { return Var{kernel.var_count++}; }
  /// All buffers come before all scratch areas.
  Buf buffer(DType dtype, int64_t elements, bool written = false) {
    kernel.buffers.push_back({dtype, elements, written});
    return Buf{static_cast<uint32_t>(kernel.buffers.size() - 1)};
  }
  Buf scratch(DType dtype, int64_t elements) {
    kernel.scratch.push_back({dtype, elements, (kernel.scratch_bytes() + 63) / 64 * 64});
    return Buf{static_cast<uint32_t>(kernel.buffers.size() + kernel.scratch.size() - 1)};
  }

  /// fn(args), appended to `body`; a function with an expansion is written out in primitive ones, for
  /// operands of at most `magnitude`.
  Reg computed(Fn fn, std::vector<Reg> args, RegType type, Block& body,
               double magnitude = std::numeric_limits<double>::infinity()) {
    const Expansion* expansion = expansion_of(fn, magnitude);
    if (!expansion) {
      const Reg result = reg(type);
      body.push_back(Compute{result, fn, std::move(args)});
      return result;
    }
    std::vector<Reg> values = std::move(args);
    for (const ExpansionStep& step : expansion->steps) {
      std::vector<Reg> operands;
      for (int arg : step.args) operands.push_back(values[arg]);
      values.push_back(reg({step.dtype, type.vector}));
      if (step.fn)
        body.push_back(Compute{values.back(), *step.fn, operands});
      else
        body.push_back(Literal{values.back(), step.literal});
    }
    return values.back();
  }
};

inline Index at(int64_t offset) { return {offset, {}}; }

/// acc[i][j] = sum over k of a[row i, k] * b[k, 16 j ..]: `rows` by `columns` vectors of one register tile, k
/// unrolled by 4. One unit makes one tile: rows * unit .. of the output [units * rows][16 columns]; a is
/// [units * rows][depth], b is [depth][16 columns].
inline Kernel gemm_tile(int rows, int columns, int64_t depth, int64_t units = 1) {
  KernelWriter w;
  const int64_t width = 16 * columns;
  const Buf a = w.buffer(DType::f32, units * rows * depth), b = w.buffer(DType::f32, depth * width);
  const Buf c = w.buffer(DType::f32, units * rows * width, true);
  w.kernel.units = units;
  const Index unit = index_of(w.kernel.unit);
  const std::vector<Reg> acc = w.regs(vector(DType::f32), rows * columns),
                         wide = w.regs(vector(DType::f32), columns);
  const Reg one = w.reg(scalar(DType::f32)), every = w.reg(vector(DType::f32));
  const Var k = w.var();
  Block inner;
  for (int j = 0; j < columns; ++j) inner.push_back(Load{wide[j], {b, index_of(k) * width + 16 * j, {}}, {}});
  for (int i = 0; i < rows; ++i) {
    inner.push_back(Load{one, {a, unit * (rows * depth) + index_of(k) + i * depth, {}}, {}});
    inner.push_back(Splat{every, one});
    for (int j = 0; j < columns; ++j)
      inner.push_back(Compute{acc[i * columns + j], Fn::fma, {every, wide[j], acc[i * columns + j]}});
  }
  for (Reg sum : acc) w.kernel.body.push_back(Literal{sum, 0});
  w.kernel.body.push_back(For{k, at(0), {at(depth)}, 1, 4, inner});
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j)
      w.kernel.body.push_back(
          Store{{c, unit * (rows * width) + i * width + 16 * j, {}}, acc[i * columns + j], {}});
  return w.kernel;
}

}  // namespace cgan_jit::loop
