#include "bench/nets/classifying.h"

#include "frontend/cgan_jit.h"

namespace cgan_jit::nets {

TrainingStep classifying_step(Builder& builder, const Tensor& logits) {
  const int64_t batch = logits.shape()[0];
  return adam_step(builder, cross_entropy(logits, builder.input("labels", DType::i32, {batch})), batch);
}

}  // namespace cgan_jit::nets
