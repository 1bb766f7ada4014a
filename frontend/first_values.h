#pragma once

#include <memory>

#include "codegen/jit.h"
#include "frontend/param_store.h"
#include "runtime/program.h"

namespace cgan_jit {

class NormalKernel;

/// Draws params' first values straight into their places, on all threads of a team: a pure function of a
/// param's number, type and beginning and of the seed, equal on every machine. Param k draws from the Philox
/// streams 2k and 2k+1 at step 0, which no training step has:
///   uniform   (2 u - 1) * bound           u = (word >> 8) * 2^-24 of stream 2k
///   normal    z * std, + mean if not 0    z as `random_normal` draws it
class FirstValues {
 public:
  FirstValues(Jit& jit, Runner& runner);
  ~FirstValues();

  /// Takes no memory but some blocks of numbers a thread.
  void draw(const ParamStore& params, uint32_t seed);

 private:
  const NormalKernel& normals();

  Jit& jit_;
  Runner& runner_;
  std::unique_ptr<NormalKernel> normals_;  // compiled for the first param that wants it
};

}  // namespace cgan_jit
