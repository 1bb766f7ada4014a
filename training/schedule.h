#pragma once

#include <cstdint>

namespace cgan_jit::training {

/// A step is a 32-bit number in random streams and a whole one in a double.
constexpr int64_t most_steps = 1'000'000'000;

/// Where a step stands in its epoch; all count from 1 but `first_row`.
struct Place {
  int64_t epoch = 0, batch = 0;
  int64_t first_row = 0;  // into the epoch's order
  int64_t rows = 0;
};

/// What becomes of the rows behind an epoch's last whole batch.
enum class Rest : uint8_t { shorter_batch, left_out };

/// How a data set of `count` rows is cut into batches, of which there is at least one.
struct Schedule {
  int64_t count = 0, batch_size = 0;
  Rest rest = Rest::shorter_batch;

  /// Of an epoch.
  int64_t batches() const;
  /// The rows of the batch behind the whole ones; 0: there is none.
  int64_t shorter_batch() const { return rest == Rest::shorter_batch ? count % batch_size : 0; }
  /// 0 before the first step.
  int64_t epoch(int64_t step) const { return (step + batches() - 1) / batches(); }
  /// Steps count from 1.
  Place place(int64_t step) const;
  /// Whether one of the steps first .. last ends an epoch.
  bool ends_epoch(int64_t first, int64_t last) const { return last / batches() > (first - 1) / batches(); }
};

/// The step that a training ends with: `steps`, or that of the last of `epochs` when `steps` is 0. Throws
/// Error when it is more than most_steps.
int64_t last_step_of(const Schedule& schedule, int64_t epochs, int64_t steps);

}  // namespace cgan_jit::training
