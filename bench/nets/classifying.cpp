#include "bench/nets/classifying.h"

#include "frontend/cgan_jit.h"

namespace cgan_jit::nets {

TrainingStep classifying_step(Builder& builder, const Tensor& logits) {
  const int64_t batch = logits.shape()[0];
  const Tensor loss = cross_entropy(logits, builder.input("labels", DType::i32, {batch}));
  builder.output("loss", loss);
  Adam{}.minimize(loss, builder.trained());
  TrainingStep step{batch, {}};
  add_program(step, "train", builder);
  return step;
}

}  // namespace cgan_jit::nets
