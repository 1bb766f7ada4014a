#include "frontend/schedules.h"

#include <cmath>
#include <numbers>

#include "frontend/ops.h"
#include "ir/overloaded.h"
#include "ir/standard_floats.h"

namespace cgan_jit {

namespace {

void require(bool holds, const Line& at, const std::string& text) {
  if (!holds) fail(at, text);
}

bool is_rate(double number) { return std::isfinite(number) && number >= 0; }

/// Down to a whole number; x >= 0.
Tensor whole(const Tensor& x) { return cast(cast(x, DType::i32), DType::f32); }

}  // namespace

Rate step_decay(double rate, int64_t every, double factor, Line at) {
  require(is_rate(rate) && every >= 1 && std::isfinite(factor) && factor > 0, at,
          fmt::format("step_decay: rate {}, every {}, factor {}", rate, every, factor));
  return [=](const Tensor& done) { return exp(whole(done / every) * std::log(factor)) * rate; };
}

Rate cosine_decay(double rate, int64_t steps, double lowest, Line at) {
  require(is_rate(rate) && is_rate(lowest) && steps >= 1, at,
          fmt::format("cosine_decay: rate {}, steps {}, lowest {}", rate, steps, lowest));
  return [=](const Tensor& done) {
    const Tensor angle = minimum(done / steps, 1) * std::numbers::pi;
    return (cos(angle) + 1) * ((rate - lowest) / 2) + lowest;
  };
}

Rate warm_up(int64_t steps, Rate rate, Line at) {
  require(steps >= 1, at, fmt::format("warm_up: steps {}", steps));
  return [=](const Tensor& done) { return rate_after(done, rate, at) * minimum((done + 1) / steps, 1); };
}

Tensor rate_after(const Tensor& done, const Rate& rate, const Line& at) {
  const StandardFloats standard;
  Builder& builder = *done.builder;
  const auto tensor = [&](const Tensor& value) {
    builder.require_own(value, at);
    if (value.type() != Type{})
      fail(at, fmt::format("learning rate: {}, not an f32 scalar", to_string(value.type())));
    return value;
  };
  return std::visit(Overloaded{
                        [&](double number) {
                          require(is_rate(number), at, fmt::format("learning rate: {}", number));
                          return builder.constant(number, DType::f32, {}, at);
                        },
                        tensor,
                        [&](const Rate::Schedule& schedule) { return tensor(schedule(done)); },
                    },
                    rate.is);
}

}  // namespace cgan_jit
