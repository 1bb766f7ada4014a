#pragma once

#include <functional>
#include <optional>
#include <string>

#include "frontend/session.h"
#include "training/trainer.h"

namespace cgan_jit::training {

/// Where the numbers of a run stopped being finite.
struct Divergence {
  int64_t step = 0;
  std::string tensor;  // for people: what the step made of finite numbers that is not finite
};

/// Looks for it by running the steps behind `good` again: `restore` gives the session the params, all finite,
/// as they are after that step; after step `bad` something is known to be amiss. Leaves the session's params
/// anyhow. Nothing when every step up to `bad` makes finite numbers of finite ones, or an interrupt came.
std::optional<Divergence> find_divergence(Session& session, Trainer& trainer, int64_t good, int64_t bad,
                                          const std::function<void()>& restore);

}  // namespace cgan_jit::training
