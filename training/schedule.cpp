#include "training/schedule.h"

#include <algorithm>

#include "ir/error.h"

namespace cgan_jit::training {

int64_t Schedule::batches() const {
  return rest == Rest::shorter_batch ? (count + batch_size - 1) / batch_size : count / batch_size;
}

Place Schedule::place(int64_t step) const {
  const int64_t batch = (step - 1) % batches(), first = batch * batch_size;
  return {epoch(step), batch + 1, first, std::min(batch_size, count - first)};
}

int64_t last_step_of(const Schedule& schedule, int64_t epochs, int64_t steps) {
  if (steps > most_steps) throw Error("{} steps are more than {}", steps, most_steps);
  if (steps > 0) return steps;
  const int64_t batches = schedule.batches();
  if (epochs > most_steps / batches)
    throw Error("{} epochs of {} steps are more than {} steps", epochs, batches, most_steps);
  return epochs * batches;
}

}  // namespace cgan_jit::training
