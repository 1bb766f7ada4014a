#include "bench/nets/mlp.h"

#include "bench/nets/classifying.h"
#include "frontend/cgan_jit.h"

namespace cgan_jit::nets {
TrainingStep mlp(const MlpSizes& sizes) {
  Builder builder;
  Sequential model(builder / "model");
  int64_t in = sizes.in;
  for (int64_t out : sizes.widths) {
    model.add<Linear>(in, out);
    model.add<ReLU>();
    in = out;
  }
  model.add<Linear>(in, sizes.classes);
  return classifying_step(builder, model(builder.input("x", DType::f32, {sizes.batch, sizes.in})));
}

TrainingStep residual_mlp(const ResidualMlpSizes& sizes) {
  Builder builder;
  Tensor x = builder.input("x", DType::f32, {sizes.batch, sizes.width});
  for (int64_t i = 0; i < sizes.blocks; ++i) {
    const Linear linear(builder / "blocks" / std::to_string(i), sizes.width, sizes.width);
    x = x + relu(linear(x));
  }
  const Linear head(builder / "head", sizes.width, sizes.classes);
  return classifying_step(builder, head(x));
}

}  // namespace cgan_jit::nets
