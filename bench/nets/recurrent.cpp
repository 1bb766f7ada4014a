#include "bench/nets/recurrent.h"

#include <cmath>

#include "bench/nets/classifying.h"
#include "frontend/cgan_jit.h"

namespace cgan_jit::nets {
namespace {

/// The weights of a recurrent layer, under PyTorch's names: [rows, in], [rows, hidden] and two biases, all
/// U(-1/sqrt(hidden), 1/sqrt(hidden)).
struct RecurrentLayer {
  RecurrentLayer(const Scope& scope, int64_t rows, const RecurrentSizes& sizes)
      : init{1 / std::sqrt(static_cast<float>(sizes.hidden))},
        weight_ih(scope.builder->param(scope.name("weight_ih_l0"), {rows, sizes.in}, init)),
        weight_hh(scope.builder->param(scope.name("weight_hh_l0"), {rows, sizes.hidden}, init)),
        bias_ih(scope.builder->param(scope.name("bias_ih_l0"), {rows}, init)),
        bias_hh(scope.builder->param(scope.name("bias_hh_l0"), {rows}, init)) {}

  /// x [batch, in], h [batch, hidden] -> [batch, rows].
  Tensor operator()(const Tensor& x, const Tensor& h) const {
    return matmul(x, transpose(weight_ih)) + bias_ih + (matmul(h, transpose(weight_hh)) + bias_hh);
  }

  UniformInit init;
  Tensor weight_ih, weight_hh, bias_ih, bias_hh;
};

/// Where the program reads x, step by step.
struct Sequence {
  Sequence(Builder& builder, const RecurrentSizes& with_sizes)
      : sizes(with_sizes), x(builder.input("x", DType::f32, {sizes.steps, sizes.batch, sizes.in})) {}

  Tensor operator[](int64_t t) const { return reshape(slice(x, 0, t, t + 1), {sizes.batch, sizes.in}); }
  Tensor zero_state() const { return x.builder->constant(0, DType::f32, {sizes.batch, sizes.hidden}); }

  RecurrentSizes sizes;
  Tensor x;
};

}  // namespace

TrainingStep lstm(const RecurrentSizes& sizes) {
  Builder builder;
  const RecurrentLayer layer(builder / "lstm", 4 * sizes.hidden, sizes);
  const Sequence x(builder, sizes);
  Tensor h = x.zero_state(), c = h;
  for (int64_t t = 0; t < sizes.steps; ++t) {
    const Tensor gates = layer(x[t], h);
    const auto gate = [&](int64_t i) { return slice(gates, 1, i * sizes.hidden, (i + 1) * sizes.hidden); };
    const Tensor in = sigmoid(gate(0)), forget = sigmoid(gate(1)), cell = tanh(gate(2)),
                 out = sigmoid(gate(3));
    c = forget * c + in * cell;
    h = out * tanh(c);
  }
  return classifying_step(builder, Linear(builder / "head", sizes.hidden, sizes.classes)(h));
}

TrainingStep rnn(const RecurrentSizes& sizes) {
  Builder builder;
  const RecurrentLayer layer(builder / "rnn", sizes.hidden, sizes);
  const Sequence x(builder, sizes);
  Tensor h = x.zero_state();
  for (int64_t t = 0; t < sizes.steps; ++t) h = tanh(layer(x[t], h));
  return classifying_step(builder, Linear(builder / "head", sizes.hidden, sizes.classes)(h));
}

}  // namespace cgan_jit::nets
