#include "bench/nets/training_step.h"

#include "frontend/optimizers.h"

namespace cgan_jit::nets {

void add_program(TrainingStep& step, const std::string& name, const Builder& builder, int64_t runs) {
  step.programs.push_back({name, builder.build(), runs});
}

TrainingStep adam_step(Builder& builder, const Tensor& loss, int64_t batch) {
  builder.output("loss", loss);
  Adam{}.minimize(loss, builder.trained());
  TrainingStep step{batch, {}};
  add_program(step, "train", builder);
  return step;
}

}  // namespace cgan_jit::nets
