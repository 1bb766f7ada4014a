#include "bench/nets/lenet.h"

#include "bench/nets/classifying.h"
#include "frontend/cgan_jit.h"

namespace cgan_jit::nets {

TrainingStep lenet(const LenetSizes& sizes) {
  Builder builder;
  Sequential model(builder / "model");
  int64_t channels = 1, side = sizes.side;
  for (int64_t features : sizes.features) {
    model.add<Conv2d>(channels, features, 5, ConvOptions{.padding = 2});
    model.add<ReLU>();
    model.add<MaxPool2d>(2);
    channels = features;
    side /= 2;
  }
  model.add<Flatten>();
  model.add<Linear>(channels * side * side, sizes.hidden);
  model.add<ReLU>();
  model.add<Linear>(sizes.hidden, sizes.classes);
  const Tensor x = builder.input("x", DType::f32, {sizes.batch, 1, sizes.side, sizes.side});
  return classifying_step(builder, model(x));
}

}  // namespace cgan_jit::nets
