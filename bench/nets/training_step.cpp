#include "bench/nets/training_step.h"

namespace cgan_jit::nets {

void add_program(TrainingStep& step, const std::string& name, const Builder& builder, int64_t runs) {
  step.programs.push_back({name, builder.build(), runs});
}

}  // namespace cgan_jit::nets
