#pragma once

#include "frontend/layers.h"

namespace cgan_jit {

// Attention. Vaswani et al. 2017, under PyTorch's names; f32.

/// What of the scores counts.
struct AttentionOptions {
  std::optional<Tensor>
      mask;                // broadcasts to [..., l, s]: f32 is added to the scores; bool: false takes no part
  float dropout = 0;       // of the weights
  bool is_causal = false;  // query i sees keys up to i
  std::optional<double> scale;  // nothing: 1/sqrt(e)
};
/// query [..., l, e], key [..., s, e], value [..., s, v] -> softmax(query key^T scale) value [..., l, v].
Tensor scaled_dot_product_attention(const Located& query, const Located& key, const Located& value,
                                    const AttentionOptions& how = {});

/// As PyTorch's constructor has them.
struct MultiheadAttentionOptions {
  float dropout = 0;
  bool bias = true, batch_first = false;
};
/// Which keys a query sees.
struct MaskOptions {
  std::optional<Tensor> attn_mask;  // [l, s] or [n * heads, l, s]: bool, true is not seen; f32 is added
  std::optional<Tensor> key_padding_mask;  // [n, s], the same
  bool is_causal = false;                  // query i sees keys up to i
};
/// What attention gives, and by which weights: [n, l, s], the mean over the heads, or [n, heads, l, s].
struct AttentionOutput {
  Tensor output, weights;
};
/// query [l, n, e], key and value [s, n, e] ([n, l, e], [n, s, e] if batch_first) -> query's shape.
/// "in_proj_weight" [3e, e], Xavier's uniform; "in_proj_bias" [3e], 0; "out_proj.weight" [e, e], as Linear's;
/// "out_proj.bias" [e], 0. The weights, PyTorch's second result, are with_weights' and
/// with_weights_of_heads'.
struct MultiheadAttention {
  MultiheadAttention(const Scope& scope, int64_t embed_dim, int64_t num_heads,
                     const MultiheadAttentionOptions& with = {});
  Tensor operator()(const Located& query, const Located& key, const Located& value,
                    const MaskOptions& masks = {}) const;
  AttentionOutput with_weights(const Located& query, const Located& key, const Located& value,
                               const MaskOptions& masks = {}) const;
  AttentionOutput with_weights_of_heads(const Located& query, const Located& key, const Located& value,
                                        const MaskOptions& masks = {}) const;
  Tensor in_proj_weight, in_proj_bias;
  Linear out_proj;
  int64_t heads;
  MultiheadAttentionOptions how;

 private:
  Tensor batched(const Located& x) const;
  Located projected(const Located& x, int64_t part) const;
  std::optional<Tensor> mask_of(const Located& q, const Located& k, const MaskOptions& masks) const;
};

/// As PyTorch's constructor has them.
struct TransformerOptions {
  int64_t dim_feedforward = 2048;
  float dropout = 0.1f;
  std::function<Tensor(const Located&)> activation = relu;
  float layer_norm_eps = 1e-5f;
  bool batch_first = false, norm_first = false;
};
/// x [l, n, d_model] ([n, l, d_model] if batch_first) -> the same shape: attention of x to itself
/// ("self_attn"), then "linear1", activation and "linear2", each added to what it reads, with "norm1" and
/// "norm2" behind the sums, or before what is added if norm_first.
struct TransformerEncoderLayer {
  TransformerEncoderLayer(const Scope& scope, int64_t d_model, int64_t nhead,
                          const TransformerOptions& with = {});
  Tensor operator()(const Located& x, const MaskOptions& masks = {}) const;
  MultiheadAttention self_attn;
  Linear linear1, linear2;
  LayerNorm norm1, norm2;
  TransformerOptions how;
};

}  // namespace cgan_jit
