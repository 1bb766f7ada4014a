#pragma once

#include "bench/nets/training_step.h"

namespace cgan_jit::nets {

struct TransformerSizes {
  int64_t batch = 16, context = 64, width = 128, heads = 4, blocks = 1, vocabulary = 65;
};
/// A language model of blocks as GPT's (Radford et al. 2018): embeddings of tokens and places; causal
/// attention and a feed-forward layer of four times the width with GELU, each added to what it reads and
/// normalised then; logits by a Linear, softmax cross-entropy with the next token, Adam. No dropout.
///   input   "tokens" i32 [batch, context + 1]
///   output  "loss"
TrainingStep transformer(const TransformerSizes& sizes);

}  // namespace cgan_jit::nets
