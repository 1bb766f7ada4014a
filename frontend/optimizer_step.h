#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "frontend/ops.h"
#include "frontend/schedules.h"

namespace cgan_jit {

/// One call of an optimiser's `step`: what it may ask of its program. All mistakes are told at `at`.
class OptimizerStep {
 public:
  /// Throws Error unless each param, f32 and named once, has a gradient of its shape.
  OptimizerStep(const std::string& name, const std::vector<Tensor>& params,
                const std::vector<Tensor>& gradients, const Line& at);

  /// Throws Error "NAME: text" unless `holds`.
  void require(bool holds, const std::string& text) const;
  /// The f32 of which step this is, from 1: `given`, or the optimiser's own count, which goes on by one.
  Tensor number(const std::optional<Tensor>& given = {});
  /// The rate of this step, times -1.
  Tensor minus(const Rate& rate);

  /// The params become rule(param, gradient), with the value that the program has made of each so far.
  void update(const std::function<Tensor(const Tensor& param, const Tensor& gradient)>& rule);
  /// For the rule: the state `what` of the param at hand becomes next(state); `next` of it.
  Tensor state(const std::string& what, const std::function<Tensor(const Tensor& state)>& next);

 private:
  Tensor declare(const Tensor& param, const std::string& what, Type type) const;

  const std::string& name_;
  const std::vector<Tensor>&params_, &gradients_;
  Line at_;
  Builder* builder_ = nullptr;
  Tensor at_hand_;
  std::optional<Tensor> number_;
};

}  // namespace cgan_jit
