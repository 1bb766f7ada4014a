#pragma once

#include <cstddef>
#include <span>

#include "passes/program.h"

namespace cgan_jit::cli {

/// Where a step's inputs come from, but for "seed" and "step".
class Feed {
 public:
  virtual ~Feed() = default;
  /// Where an input's values are, and stay, step after step. Throws Error when there are none for it.
  virtual std::span<const std::byte> values(const Root& input) = 0;
  /// Goes to the next step's values.
  virtual void advance() = 0;
};

}  // namespace cgan_jit::cli
