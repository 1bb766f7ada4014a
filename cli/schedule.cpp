#include "cli/schedule.h"

#include <algorithm>

namespace cgan_jit::cli {

Place Schedule::place(int64_t step) const {
  const int64_t batch = (step - 1) % batches(), first = batch * batch_size;
  return {epoch(step), batch + 1, first, std::min(batch_size, count - first)};
}

}  // namespace cgan_jit::cli
