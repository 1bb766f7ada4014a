#pragma once

#include <cstdint>

namespace cgan_jit::cli {

/// Where a step stands in its epoch; all count from 1 but `first_row`.
struct Place {
  int64_t epoch = 0, batch = 0;
  int64_t first_row = 0;  // into the epoch's order
  int64_t rows = 0;
};

/// How a data set is cut into batches: whole ones, then a shorter one if something is left.
struct Schedule {
  int64_t count = 0, batch_size = 0;

  int64_t batches() const { return (count + batch_size - 1) / batch_size; }
  /// 0 before the first step.
  int64_t epoch(int64_t step) const { return (step + batches() - 1) / batches(); }
  /// Steps count from 1.
  Place place(int64_t step) const;
};

}  // namespace cgan_jit::cli
