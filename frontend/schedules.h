#pragma once

#include <cstdint>
#include <functional>
#include <variant>

#include "frontend/tensor.h"

namespace cgan_jit {

// Learning rates.

/// An optimiser's learning rate: a number; an f32 scalar of the program, such as the input "lr"; or a
/// schedule, a function of the number of steps that the optimiser has done before (f32 scalar, 0 in the first
/// step) to an f32 scalar: `SGD{.lr = [](const Tensor& done) { return 0.1 / (done + 1); }}`.
struct Rate {
  using Schedule = std::function<Tensor(const Tensor& done)>;

  template <typename Number>
  requires std::is_arithmetic_v<Number> Rate(Number number)  // NOLINT: implicit
      : is(static_cast<double>(number)) {}
  Rate(const Tensor& tensor) : is(tensor) {}  // NOLINT: implicit
  template <typename Function>
  requires std::is_invocable_r_v<Tensor, const Function&, const Tensor&> Rate(Function schedule)  // NOLINT
      : is(Schedule(std::move(schedule))) {}

  std::variant<double, Tensor, Schedule> is;
};

// Schedules. Throw Error when a number is out of range; what a schedule is made of is looked at by the
// optimiser.

/// rate * factor^(done / every), the quotient rounded down (PyTorch's StepLR; by every = 1 its
/// ExponentialLR); every >= 1, factor > 0.
Rate step_decay(double rate, int64_t every, double factor, Line at = Line::current());
/// From `rate` down to `lowest` along half a cosine of `steps` steps (PyTorch's CosineAnnealingLR up to its
/// T_max), then `lowest`; steps >= 1.
Rate cosine_decay(double rate, int64_t steps, double lowest = 0, Line at = Line::current());
/// `rate`, in the first `steps` steps times 1 / steps, 2 / steps, ... 1; steps >= 1. A schedule within counts
/// from the first step on.
Rate warm_up(int64_t steps, Rate rate, Line at = Line::current());

/// The rate after `done` steps, of the same program, f32 scalar. Throws Error at `at` when it is none, and
/// when it is a number below 0 or not finite.
Tensor rate_after(const Tensor& done, const Rate& rate, const Line& at);

}  // namespace cgan_jit
