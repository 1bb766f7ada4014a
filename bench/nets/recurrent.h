#pragma once

#include "bench/nets/training_step.h"

namespace cgan_jit::nets {

struct RecurrentSizes {
  int64_t batch, steps, in, hidden, classes;
};
constexpr RecurrentSizes lstm_sizes = {64, 16, 128, 256, 10}, long_lstm_sizes = {64, 200, 128, 256, 10};
constexpr RecurrentSizes rnn_sizes = {64, 200, 64, 128, 10};

/// A layer of PyTorch's nn.LSTM from a state of zeros, unrolled; a Linear on the last hidden state, softmax
/// cross-entropy, Adam.
///   inputs  "x" f32 [steps, batch, in], "labels" i32 [batch], "step"
///   output  "loss"
TrainingStep lstm(const RecurrentSizes& sizes);

/// The same with nn.RNN: tanh.
TrainingStep rnn(const RecurrentSizes& sizes);

}  // namespace cgan_jit::nets
