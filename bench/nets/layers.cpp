#include "bench/nets/layers.h"

#include "frontend/cgan_jit.h"

namespace cgan_jit::nets {
namespace {

/// What happens to a result.
using Keep = void (*)(const std::string& name, const Tensor& value);

/// It lies as a param of its shape does: as a convolution's within a net.
void as_state(const std::string& name, const Tensor& value) {
  Builder& builder = *value.builder;
  builder.update(builder.state(name, value.shape(), ConstantInit{0}), value);
}

/// It lies row by row, as the operands of attention do within a net.
void as_output(const std::string& name, const Tensor& value) { value.builder->output(name, value); }

/// Keeps `y` and its gradients by `operands`.
TrainingStep layer(Builder& builder, const Tensor& y,
                   const std::vector<std::pair<std::string, Tensor>>& operands, Keep keep) {
  std::vector<Tensor> wrt;
  for (const auto& [name, operand] : operands) wrt.push_back(operand);
  const Tensor upstream = builder.input("upstream", DType::f32, y.shape());
  const std::vector<Tensor> gradients = grad(sum(y * upstream), wrt);
  keep("y", y);
  for (size_t i = 0; i < operands.size(); ++i) keep(operands[i].first + ".grad", gradients[i]);

  TrainingStep step{y.shape()[0], {}};
  add_program(step, "layer", builder);
  return step;
}

}  // namespace

TrainingStep conv_layer(const ConvSizes& sizes) {
  Builder builder;
  const Tensor x = builder.input("x", DType::f32, {sizes.batch, sizes.in, sizes.side, sizes.side});
  const Tensor weight =
      builder.param("weight", {sizes.out, sizes.in / sizes.groups, sizes.kernel, sizes.kernel}, NormalInit{});
  const ConvOptions how{.stride = sizes.stride, .padding = sizes.kernel / 2, .groups = sizes.groups};
  return layer(builder, conv2d(x, weight, how), {{"x", x}, {"weight", weight}}, as_state);
}

TrainingStep matmul_layer(int64_t rows, int64_t in, int64_t out) {
  Builder builder;
  const Tensor x = builder.input("x", DType::f32, {rows, in});
  const Tensor weight = builder.param("weight", {in, out}, NormalInit{});
  return layer(builder, matmul(x, weight), {{"x", x}, {"weight", weight}}, as_state);
}

TrainingStep attention_layer(const AttentionSizes& sizes) {
  Builder builder;
  const auto input = [&](const char* name) {
    return builder.input(name, DType::f32, {sizes.batch, sizes.heads, sizes.tokens, sizes.width});
  };
  const Tensor query = input("query"), key = input("key"), value = input("value");
  return layer(builder, scaled_dot_product_attention(query, key, value),
               {{"query", query}, {"key", key}, {"value", value}}, as_output);
}

}  // namespace cgan_jit::nets
