#include "frontend/optimizer_step.h"

#include <algorithm>
#include <set>

namespace cgan_jit {

OptimizerStep::OptimizerStep(const std::string& name, const std::vector<Tensor>& params,
                             const std::vector<Tensor>& gradients, const Line& at)
    : name_(name), params_(params), gradients_(gradients), at_(at) {
  if (name.empty()) fail(at, "an optimiser without a name");
  require(!params.empty(), "no params");
  require(params.size() == gradients.size(),
          fmt::format("{} params, but {} gradients", params.size(), gradients.size()));
  builder_ = Located(params[0], at).builder;
  std::set<std::string> names;
  for (size_t i = 0; i < params.size(); ++i) {
    const std::string& param = builder_->name_of_param(params[i], at);
    require_dtype({params[i], at}, DType::f32, name);
    builder_->require_own(gradients[i], at);
    require(names.insert(param).second, fmt::format("param \"{}\" is named twice", param));
    require(gradients[i].type() == params[i].type(),
            fmt::format("param \"{}\" is {}, but its gradient {}", param, to_string(params[i].type()),
                        to_string(gradients[i].type())));
  }
}

void OptimizerStep::require(bool holds, const std::string& text) const {
  if (!holds) fail(at_, fmt::format("{}: {}", name_, text));
}

Tensor OptimizerStep::declare(const Tensor& param, const std::string& what, Type type) const {
  const std::string& owner = builder_->name_of_param(param, at_);
  const std::string full = fmt::format("{}.{}.{}", name_, owner, what);
  const auto& params = builder_->params();
  const bool taken = std::ranges::any_of(params, [&](const ParamDecl& decl) { return decl.name == full; });
  require(!taken, fmt::format("the state \"{}\" is there already: another optimiser of \"{}\" needs another "
                              "name",
                              full, owner));
  return builder_->state(full, std::move(type), at_);
}

Tensor OptimizerStep::number(const std::optional<Tensor>& given) {
  if (number_) return *number_;
  Tensor count;
  if (given) {
    builder_->require_own(*given, at_);
    const bool counts = given->rank() == 0 && (given->dtype() == DType::i32 || given->dtype() == DType::u32);
    require(counts, fmt::format("the count is {}, not an i32 or u32 scalar", to_string(given->type())));
    count = cast(*given, DType::i32);
  } else {
    const Tensor done = declare(params_[0], "step", {DType::i32, {}});
    count = done + 1;
    builder_->update(done, count, at_);
  }
  number_ = cast(count, DType::f32);
  return *number_;
}

Tensor OptimizerStep::minus(const Rate& rate) {
  const bool counted = std::holds_alternative<Rate::Schedule>(rate.is);
  const Tensor done = counted ? number() - 1 : builder_->constant(0);
  return -rate_after(done, rate, at_);
}

void OptimizerStep::update(const std::function<Tensor(const Tensor&, const Tensor&)>& rule) {
  for (size_t i = 0; i < params_.size(); ++i) {
    at_hand_ = params_[i];
    builder_->update(params_[i], rule(builder_->latest(params_[i], at_), gradients_[i]), at_);
  }
}

Tensor OptimizerStep::state(const std::string& what, const std::function<Tensor(const Tensor&)>& next) {
  const Tensor state = declare(at_hand_, what, at_hand_.type());
  const Tensor value = next(state);
  builder_->update(state, value, at_);
  return value;
}

}  // namespace cgan_jit
