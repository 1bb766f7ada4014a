#include "frontend/ops.h"
#include "passes/autodiff/autodiff.h"

namespace cgan_jit {

std::vector<Tensor> grad(const Located& loss, const std::vector<Tensor>& wrt) {
  if (loss.type() != Type{})
    fail(loss.where, fmt::format("grad: the loss is no f32 scalar but {}", to_string(loss.type())));
  std::vector<Value> values;
  for (const Tensor& tensor : wrt) {
    require_dtype({tensor, loss.where}, DType::f32, "grad");
    loss.builder->require_own(tensor, loss.where);
    values.push_back(tensor.value);
  }
  std::vector<Tensor> found;
  Builder& builder = *loss.builder;
  for (Value value : gradients(builder.mutable_graph(), loss.value, values, builder.stand_ins()))
    found.push_back({loss.builder, value});
  return found;
}

}  // namespace cgan_jit
