#pragma once

#include "bench/nets/training_step.h"

namespace cgan_jit::nets {

// Single layers: the result "y", and by all that it is made of the gradients NAME.grad, of which the input
// "upstream" is y's. They are kept as state, laid out as between the layers of a net, where outputs would be
// row-major. Nothing is trained.

struct ConvSizes {
  int64_t in, out, kernel, side;  // side: of the input, in pixels
  int64_t stride = 1, groups = 1, batch = 64;
};
/// A convolution whose padding is half its kernel: input "x" f32 [batch, in, side, side], param "weight"
/// [out, in/groups, kernel, kernel].
TrainingStep conv_layer(const ConvSizes& sizes);

/// Input "x" f32 [rows, in] by param "weight" [in, out].
TrainingStep matmul_layer(int64_t rows, int64_t in, int64_t out);

struct AttentionSizes {
  int64_t batch, heads, tokens, width;
};
/// softmax(query key^T / sqrt(width)) value of inputs "query", "key", "value" f32 [batch, heads, tokens,
/// width].
TrainingStep attention_layer(const AttentionSizes& sizes);

}  // namespace cgan_jit::nets
