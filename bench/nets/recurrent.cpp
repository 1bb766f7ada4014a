#include "bench/nets/recurrent.h"

#include "bench/nets/classifying.h"
#include "frontend/cgan_jit.h"

namespace cgan_jit::nets {
namespace {

/// The classes by the last output of `Net`, a recurrent layer.
template <typename Net>
TrainingStep last_output_step(const std::string& name, const RecurrentSizes& sizes) {
  Builder builder;
  const Net net(builder / name, sizes.in, sizes.hidden);
  const Tensor x = builder.input("x", DType::f32, {sizes.steps, sizes.batch, sizes.in});
  const Tensor last = squeeze(slice(net(x).output, 0, sizes.steps - 1, sizes.steps), 0);
  return classifying_step(builder, Linear(builder / "head", sizes.hidden, sizes.classes)(last));
}

}  // namespace

TrainingStep lstm(const RecurrentSizes& sizes) { return last_output_step<LSTM>("lstm", sizes); }
TrainingStep rnn(const RecurrentSizes& sizes) { return last_output_step<RNN>("rnn", sizes); }

}  // namespace cgan_jit::nets
