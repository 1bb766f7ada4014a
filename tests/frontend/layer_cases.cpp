#include "tests/frontend/cases.h"

namespace cgan_jit {
namespace {

Tensor side_by_side(const std::vector<Tensor>& parts) {
  std::vector<Tensor> flat;
  for (const Tensor& part : parts) flat.push_back(reshape(part, {-1}));
  return concat(flat, 0);
}

}  // namespace

std::vector<Case> layer_cases() {
  return {
      CGAN_JIT_CASE("Linear without bias", (Shapes{{2, 3}}), Linear(b, 3, 4, {.has_bias = false})(p[0])),
      CGAN_JIT_CASE("Conv1d", (Shapes{{2, 2, 5}}), Conv1d(b, 2, 3, 3, {.padding = 1})(p[0])),
      CGAN_JIT_CASE("Conv2d", (Shapes{{1, 4, 4, 5}}),
                    Conv2d(b, 4, 2, {2, 3}, {.stride = 2, .dilation = {1, 2}, .groups = 2})(p[0])),
      CGAN_JIT_CASE("ConvTranspose2d", (Shapes{{1, 4, 2, 3}}),
                    ConvTranspose2d(b, 4, 2, {2, 3}, {.stride = 2, .output_padding = 1, .groups = 2})(p[0])),
      CGAN_JIT_CASE("ConvTranspose1d", (Shapes{{2, 4, 3}}),
                    ConvTranspose1d(b, 4, 2, 3, {.stride = 2, .padding = 1, .groups = 2})(p[0])),
      CGAN_JIT_CASE("RMSNorm", (Shapes{{2, 3, 4}}), RMSNorm(b, {3, 4}, 0.25f)(p[0])),
      CGAN_JIT_CASE("ZeroPad2d", (Shapes{{1, 2, 3}}), ZeroPad2d{{1, 2, 3, 0}}(p[0] * p[0])),
      CGAN_JIT_CASE("ReflectionPad2d", (Shapes{{1, 3, 4}}), ReflectionPad2d{{3, 1, 2, 0}}(p[0] * p[0])),
      CGAN_JIT_CASE("ReplicationPad2d", (Shapes{{1, 2, 3}}), ReplicationPad2d{{1, 4, 2, 0}}(p[0] * p[0])),
      CGAN_JIT_CASE("CircularPad2d", (Shapes{{1, 2, 3}}), CircularPad2d{{1, 3, 2, 0}}(p[0] * p[0])),
      CGAN_JIT_CASE("PReLU", (Shapes{{2, 3, 2}}), PReLU(b, 3)(p[0])),
      CGAN_JIT_CASE("BatchNorm1d", (Shapes{{2, 3, 4}}), BatchNorm1d(b, 3, 0.25f)(p[0])),
      CGAN_JIT_CASE("BatchNorm2d", (Shapes{{2, 2, 3, 2}}), BatchNorm2d(b, 2, 0.25f)(p[0])),
      CGAN_JIT_CASE("LayerNorm", (Shapes{{2, 3, 4}}), LayerNorm(b, 4, 0.25f)(p[0])),
      CGAN_JIT_CASE("GroupNorm", (Shapes{{2, 4, 2, 2}}), GroupNorm(b, 2, 4, 0.25f)(p[0])),
      CGAN_JIT_CASE("InstanceNorm2d", (Shapes{{2, 2, 3, 2}}), InstanceNorm2d(b, 2, {.eps = 0.25f})(p[0])),
      CGAN_JIT_CASE("InstanceNorm2d affine", (Shapes{{2, 2, 3, 2}}),
                    InstanceNorm2d(b, 2, {.eps = 0.25f, .affine = true})(p[0])),
      CGAN_JIT_CASE("MultiheadAttention", (Shapes{{3, 2, 4}, {5, 2, 4}, {5, 2, 4}}),
                    MultiheadAttention(b, 4, 2)(p[0], p[1], p[2])),
      CGAN_JIT_CASE("MultiheadAttention masked", (Shapes{{2, 3, 4}, {3, 3}}),
                    MultiheadAttention(b, 4, 2, {.bias = false, .batch_first = true})(
                        p[0], p[0], p[0],
                        {.attn_mask = p[1], .key_padding_mask = b.iota(0, {2, 3}) + b.iota(1, {2, 3}) == 3})),
      {"MultiheadAttention with weights",
       {{3, 2, 4}, {5, 2, 4}, {2, 5}},
       [](Builder& b, const Params& p) {
         const AttentionOutput y = MultiheadAttention(b, 4, 2).with_weights(
             p[0], p[1], p[1],
             {.attn_mask = b.iota(0, {4, 3, 5}) + b.iota(2, {4, 3, 5}) == 4, .key_padding_mask = p[2]});
         return side_by_side({y.output, y.weights});
       }},
      {"MultiheadAttention causal",
       {{2, 3, 4}},
       [](Builder& b, const Params& p) {
         const AttentionOutput y = MultiheadAttention(b, 4, 2, {.batch_first = true})
                                       .with_weights_of_heads(p[0], p[0], p[0], {.is_causal = true});
         return side_by_side({y.output, y.weights});
       }},
      CGAN_JIT_CASE("TransformerEncoderLayer", (Shapes{{3, 2, 4}}),
                    TransformerEncoderLayer(b, 4, 2, {.dim_feedforward = 3, .dropout = 0})(p[0])),
      CGAN_JIT_CASE("TransformerEncoderLayer norm_first", (Shapes{{2, 3, 4}}),
                    TransformerEncoderLayer(b, 4, 2,
                                            {.dim_feedforward = 3,
                                             .dropout = 0,
                                             .activation = [](const Located& x) { return gelu(x); },
                                             .layer_norm_eps = 0.25f,
                                             .batch_first = true,
                                             .norm_first = true})(
                        p[0], {.attn_mask = b.iota(0, {3, 3}) < b.iota(1, {3, 3})})),
      CGAN_JIT_CASE("TransformerEncoderLayer causal", (Shapes{{3, 2, 4}}),
                    TransformerEncoderLayer(b, 4, 2, {.dim_feedforward = 3, .dropout = 0})(
                        p[0], {.key_padding_mask = b.iota(0, {2, 3}) * b.iota(1, {2, 3}) == 2, .is_causal = true})),
      {"RNN",
       {{3, 2, 2}, {1, 2, 3}},
       [](Builder& b, const Params& p) {
         const RecurrentOutput y = RNN(b, 2, 3)(p[0], p[1]);
         return side_by_side({y.output, y.h_n});
       }},
      {"LSTM",
       {{3, 2, 2}, {4, 2, 2}, {4, 2, 2}},
       [](Builder& b, const Params& p) {
         const LSTM::Output y = LSTM(b, 2, 2, {.num_layers = 2, .bidirectional = true})(p[0], p[1], p[2]);
         return side_by_side({y.output, y.h_n, y.c_n});
       }},
      {"GRU",
       {{2, 3, 2}},
       [](Builder& b, const Params& p) {
         const RecurrentOutput y = GRU(b, 2, 2, {.num_layers = 2, .bias = false, .batch_first = true})(p[0]);
         return side_by_side({y.output, y.h_n});
       }},
  };
}

}  // namespace cgan_jit
