#pragma once

#include <cstdint>
#include <string>

#include "io/progress.h"

namespace cgan_jit::training {

/// Something that a run does beside its steps: tests, pictures. What it makes is a function of the params and
/// the step, so that it does not matter who makes it, or when; it changes nothing that the run computes.
/// Calls may throw io::WriteError, and NotFinite when the numbers of the run are not.
class Callback {
 public:
  virtual ~Callback() = default;

  /// The run goes on behind `done` steps: what there is of later ones goes.
  virtual void begin(int64_t done) = 0;
  /// The params are those after `step`: makes what is due, unless it is there. Called behind begin(), too,
  /// with the steps done. `line` is there to be shown how far longer work is.
  virtual void after(int64_t step, io::ProgressLine& line) = 0;
  /// Waits until all that was made is on the disk: a checkpoint will stand for it.
  virtual void sync() = 0;
  /// The disk is full or the like: sync(), or what else keeps what was made.
  virtual void rescue() { sync(); }
  /// The run ends, done or not: makes what shows all of it. Throws Error for files that cannot be read.
  virtual void finish() {}
  /// For the line of progress; empty, or begins with spaces.
  virtual std::string text() const { return {}; }
};

}  // namespace cgan_jit::training
