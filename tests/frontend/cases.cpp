#include "tests/frontend/cases.h"

namespace cgan_jit {

Tensor probed(Builder& builder, const Tensor& y) {
  const Tensor flat = reshape(y, {-1});
  return sum(flat * (cos(cast(builder.iota(0, flat.shape()), DType::f32)) + 0.5));
}

std::vector<Case> all_cases() {
  std::vector<Case> all = function_cases();
  const std::vector<Case> layers = layer_cases();
  all.insert(all.end(), layers.begin(), layers.end());
  return all;
}

std::vector<Case> function_cases() {
  std::vector<Case> all;
  for (const auto& some : {op_cases(), activation_cases(), view_cases(), window_cases(), loss_cases()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

}  // namespace cgan_jit
