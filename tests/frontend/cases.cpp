#include "tests/frontend/cases.h"

namespace cgan_jit {
namespace {

Tensor real(const Tensor& x) { return cast(x, DType::f32); }
Tensor positive(const Tensor& x) { return x * x + 0.5; }

Tensor side_by_side(const std::vector<Tensor>& parts) {
  std::vector<Tensor> flat;
  for (const Tensor& part : parts) flat.push_back(reshape(part, {-1}));
  return concat(flat, 0);
}

}  // namespace

Tensor probed(Builder& builder, const Tensor& y) {
  const Tensor flat = reshape(y, {-1});
  return sum(flat * (cos(cast(builder.iota(0, flat.shape()), DType::f32)) + 0.5));
}

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& some : {op_cases(), window_cases(), loss_cases(), layer_cases()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

#define CGAN_JIT_CASE(name, shapes, ...)            \
  Case {                                            \
    name, shapes, [](Builder& b, const Params& p) { \
      (void)b;                                      \
      (void)p;                                      \
      return __VA_ARGS__;                           \
    }                                               \
  }
using Shapes = std::vector<Shape>;

std::vector<Case> op_cases() {
  return {
      CGAN_JIT_CASE("erf", (Shapes{{6}}), erf(p[0])),
      CGAN_JIT_CASE("rsqrt", (Shapes{{6}}), rsqrt(positive(p[0]))),
      CGAN_JIT_CASE("sign", (Shapes{{6}}), sign(p[0])),
      CGAN_JIT_CASE("floor", (Shapes{{6}}), floor(p[0])),
      CGAN_JIT_CASE("ceil", (Shapes{{6}}), ceil(p[0])),
      CGAN_JIT_CASE("round", (Shapes{{6}}), round(p[0])),
      CGAN_JIT_CASE("clamp", (Shapes{{6}}), clamp(p[0], -0.75, 0.5) * p[0]),
      CGAN_JIT_CASE("pow", (Shapes{{2, 3}, {3}}), pow(positive(p[0]), p[1])),
      CGAN_JIT_CASE("pow of numbers", (Shapes{{6}}),
                    pow(p[0], 2) + pow(p[0], 3) + pow(p[0], 5) + pow(p[0], 0) + pow(positive(p[0]), 1.7) +
                        pow(positive(p[0]), -1) + pow(positive(p[0]), -2) + pow(positive(p[0]), 0.5) +
                        pow(positive(p[0]), -0.5)),
      CGAN_JIT_CASE("pow by base", (Shapes{{6}}), pow(2, p[0])),
      CGAN_JIT_CASE("gelu", (Shapes{{6}}), gelu(p[0])),
      CGAN_JIT_CASE("gelu tanh", (Shapes{{6}}), gelu(p[0], Approximate::tanh)),
      CGAN_JIT_CASE("silu", (Shapes{{6}}), silu(p[0])),
      CGAN_JIT_CASE("elu", (Shapes{{6}}), elu(p[0], 0.75f)),
      CGAN_JIT_CASE("softplus", (Shapes{{6}}), softplus(p[0], 3, 2)),
      CGAN_JIT_CASE("prelu", (Shapes{{2, 3, 2}, {3}}), prelu(p[0], p[1])),
      CGAN_JIT_CASE("prelu of one", (Shapes{{6}, {1}}), prelu(p[0], p[1])),
      CGAN_JIT_CASE("softmax", (Shapes{{2, 3, 2}}), softmax(p[0], 1)),
      CGAN_JIT_CASE("log_softmax", (Shapes{{2, 3}}), log_softmax(p[0], -1)),
      CGAN_JIT_CASE("logsumexp", (Shapes{{2, 3, 2}}), logsumexp(p[0], {0, 2})),
      CGAN_JIT_CASE("var", (Shapes{{2, 3, 2}}), var(p[0], {0, 2})),
      CGAN_JIT_CASE("var biased", (Shapes{{2, 3}}), var(p[0], 0)),
      CGAN_JIT_CASE("norm", (Shapes{{2, 3}}), norm(p[0], {-1})),
      CGAN_JIT_CASE("argmax", (Shapes{{3, 4}}), real(argmax(p[0], 1))),
      CGAN_JIT_CASE("cumsum", (Shapes{{2, 7}}), cumsum(p[0] * p[0], 1)),
      CGAN_JIT_CASE("flip", (Shapes{{2, 3, 2}}), flip(p[0] * p[0], {0, -1})),
      CGAN_JIT_CASE("tril", (Shapes{{2, 3, 4}}), tril(p[0] * p[0], 1)),
      CGAN_JIT_CASE("triu", (Shapes{{3, 3}}), triu(p[0] * p[0])),
      CGAN_JIT_CASE("stack", (Shapes{{2, 3}, {2, 3}}), stack({p[0] * p[0], p[1] * p[0]}, 1)),
      CGAN_JIT_CASE("split", (Shapes{{5, 2}}), split(p[0], 2)[2] * split(p[0], 2)[0]),
      CGAN_JIT_CASE("chunk", (Shapes{{2, 5}}), chunk(p[0], 3, 1)[0] * chunk(p[0], 3, 1)[1]),
      CGAN_JIT_CASE("unsqueeze", (Shapes{{2, 3}, {2, 2}}), unsqueeze(p[0], -1) * unsqueeze(p[1], 1)),
      CGAN_JIT_CASE("squeeze", (Shapes{{2, 1, 3, 1}}),
                    squeeze(p[0], 1) * squeeze(p[0], 0) * unsqueeze(squeeze(p[0]), -1)),
      CGAN_JIT_CASE("flatten", (Shapes{{2, 3, 2}}), flatten(p[0] * p[0], 1)),
      CGAN_JIT_CASE("where of numbers", (Shapes{{6}}), where(p[0] > 0, 2, -1.5) * p[0]),
      CGAN_JIT_CASE(
          "logical", (Shapes{{6}}),
          real(logical_or(logical_and(p[0] > 0, p[0] < 1), logical_not(logical_xor(p[0] > -1, p[0] > 1))))),
      CGAN_JIT_CASE("gather", (Shapes{{3, 4}}),
                    gather(p[0] * p[0], 1, b.iota(0, {2, 3}) + b.iota(1, {2, 3}))),
      CGAN_JIT_CASE("gather rows", (Shapes{{3, 4}}),
                    gather(p[0] * p[0], 0, where(b.iota(1, {5, 2}) > 0, b.constant(2, DType::i32), 1))),
      CGAN_JIT_CASE("one_hot", (Shapes{{2, 4}}), real(one_hot(b.iota(0, {2}) + 1, 4)) * p[0]),
      CGAN_JIT_CASE("arange", (Shapes{{4}}),
                    real(arange(b, 1, 9, 2)) * p[0] + real(arange(b, 3, -1, -1)) + real(arange(b, 4))),
      CGAN_JIT_CASE("matmul of batches", (Shapes{{2, 1, 3, 4}, {3, 4, 2}}), matmul(p[0], p[1])),
      CGAN_JIT_CASE("matmul of rows", (Shapes{{4}, {2, 4, 3}}), matmul(p[0], p[1])),
      CGAN_JIT_CASE("matmul by column", (Shapes{{2, 3, 4}, {4}}), matmul(p[0], p[1])),
      CGAN_JIT_CASE("matmul of vectors", (Shapes{{4}, {4}}), matmul(p[0], p[1])),
      CGAN_JIT_CASE("einsum", (Shapes{{2, 3, 4}, {2, 5, 4}}), einsum("bij, bkj -> kib", {p[0], p[1]})),
      CGAN_JIT_CASE("einsum of three", (Shapes{{2, 3}, {3, 4}, {4, 2}}),
                    einsum("ij,jk,kl->il", {p[0], p[1], p[2]})),
      CGAN_JIT_CASE("einsum implicit", (Shapes{{3, 2}, {3, 4, 2}}), einsum("kb,kab", {p[0], p[1]})),
      CGAN_JIT_CASE("einsum diagonal", (Shapes{{3, 3, 2}}), einsum("iij->ji", {p[0]})),
      CGAN_JIT_CASE("einsum trace", (Shapes{{3, 3}, {4}}), einsum("ii,j->", {p[0], p[1]})),
      CGAN_JIT_CASE("einsum ellipsis", (Shapes{{2, 1, 2, 3}, {4, 3, 2}}),
                    einsum("...ij,...jk->k...i", {p[0], p[1]})),
      CGAN_JIT_CASE("einsum ellipsis implicit", (Shapes{{3, 2, 2}, {3, 1, 2}}),
                    einsum("b...,a...", {p[0], p[1]})),
      CGAN_JIT_CASE("einsum ellipsis summed", (Shapes{{3, 2, 2}, {2}}), einsum("i...,...->i", {p[0], p[1]})),
      CGAN_JIT_CASE("attention", (Shapes{{2, 3, 4}, {2, 5, 4}, {2, 5, 2}}),
                    scaled_dot_product_attention(p[0], p[1], p[2])),
      CGAN_JIT_CASE("attention causal", (Shapes{{3, 4}, {3, 4}, {3, 2}}),
                    scaled_dot_product_attention(p[0], p[1], p[2], {.is_causal = true})),
      CGAN_JIT_CASE("attention masked", (Shapes{{3, 4}, {3, 4}, {3, 2}, {3, 3}}),
                    scaled_dot_product_attention(p[0], p[1], p[2], {.mask = p[3], .scale = 0.7}) +
                        scaled_dot_product_attention(p[0], p[1], p[2],
                                                     {.mask = b.iota(0, {3, 3}) + b.iota(1, {3, 3}) != 1})),
      CGAN_JIT_CASE("layer_norm", (Shapes{{2, 3, 4}, {3, 4}, {3, 4}}),
                    layer_norm(p[0], {3, 4}, {.weight = p[1], .bias = p[2], .eps = 0.25f})),
      CGAN_JIT_CASE("group_norm", (Shapes{{2, 4, 3}, {4}, {4}}),
                    group_norm(p[0], 2, {.weight = p[1], .bias = p[2], .eps = 0.25f})),
      CGAN_JIT_CASE("instance_norm", (Shapes{{2, 2, 3}}), instance_norm(p[0], {.eps = 0.25f})),
  };
}

std::vector<Case> window_cases() {
  return {
      CGAN_JIT_CASE("conv2d", (Shapes{{2, 2, 5, 4}, {3, 2, 3, 2}}), conv2d(p[0], p[1])),
      CGAN_JIT_CASE("conv2d strided", (Shapes{{1, 2, 5, 6}, {2, 2, 3, 2}}),
                    conv2d(p[0], p[1], {.stride = {2, 1}, .padding = {1, 0}})),
      CGAN_JIT_CASE("conv2d dilated", (Shapes{{1, 1, 6, 7}, {2, 1, 2, 3}}),
                    conv2d(p[0], p[1], {.padding = 1, .dilation = {3, 2}})),
      CGAN_JIT_CASE("conv2d grouped", (Shapes{{2, 4, 3, 3}, {6, 2, 2, 2}}),
                    conv2d(p[0], p[1], {.groups = 2})),
      CGAN_JIT_CASE("conv2d depthwise", (Shapes{{1, 3, 4, 4}, {3, 1, 3, 3}}),
                    conv2d(p[0], p[1], {.stride = 2, .padding = 1, .groups = 3})),
      CGAN_JIT_CASE("conv1d", (Shapes{{2, 4, 8}, {4, 2, 3}}),
                    conv1d(p[0], p[1], {.stride = 2, .padding = 2, .dilation = 2, .groups = 2})),
      CGAN_JIT_CASE("conv_transpose2d", (Shapes{{2, 2, 3, 2}, {2, 3, 3, 2}}), conv_transpose2d(p[0], p[1])),
      CGAN_JIT_CASE("conv_transpose2d strided", (Shapes{{1, 2, 3, 2}, {2, 2, 3, 3}}),
                    conv_transpose2d(p[0], p[1], {.stride = {2, 3}, .padding = 1, .output_padding = {1, 0}})),
      CGAN_JIT_CASE("conv_transpose2d grouped", (Shapes{{1, 4, 2, 3}, {4, 3, 2, 2}}),
                    conv_transpose2d(p[0], p[1], {.stride = 2, .groups = 2, .dilation = 2})),
      CGAN_JIT_CASE("max_pool2d", (Shapes{{1, 2, 5, 4}}),
                    max_pool2d(p[0], {3, 2}, {.stride = {2, 1}, .padding = {1, 0}}) *
                        max_pool2d(p[0], {3, 2}, {.stride = {2, 1}, .padding = {1, 0}})),
      CGAN_JIT_CASE("avg_pool2d", (Shapes{{2, 5, 4}}),
                    avg_pool2d(p[0] * p[0], {3, 2}, {.stride = 2, .padding = {1, 0}})),
      CGAN_JIT_CASE("adaptive_avg_pool2d", (Shapes{{1, 2, 6, 4}}), adaptive_avg_pool2d(p[0] * p[0], {3, 1})),
      CGAN_JIT_CASE("max_pool2d ceil_mode", (Shapes{{1, 6, 5}}),
                    max_pool2d(p[0] * p[0], {3, 2}, {.stride = 2, .padding = {0, 1}, .ceil_mode = true})),
      CGAN_JIT_CASE("max_pool2d dilated", (Shapes{{1, 6, 7}}),
                    max_pool2d(p[0] * p[0], 2, {.stride = 1, .padding = 1, .dilation = {2, 3}})),
      CGAN_JIT_CASE("avg_pool2d ceil_mode", (Shapes{{2, 6, 7}}),
                    avg_pool2d(p[0] * p[0], {3, 2}, {.stride = {2, 3}, .padding = 1, .ceil_mode = true})),
      CGAN_JIT_CASE("avg_pool2d without padding", (Shapes{{2, 6, 5}}),
                    avg_pool2d(p[0] * p[0], {3, 2},
                               {.stride = 2, .padding = 1, .ceil_mode = true, .count_include_pad = false})),
      CGAN_JIT_CASE("avg_pool2d divisor", (Shapes{{1, 4, 4}}),
                    avg_pool2d(p[0] * p[0], 3, {.stride = 1, .padding = 1, .divisor_override = -5})),
      CGAN_JIT_CASE("nearest", (Shapes{{1, 2, 2, 3}}), interpolate(p[0] * p[0], {.scale_factor = {2, 3}})),
      CGAN_JIT_CASE("nearest to size", (Shapes{{1, 3, 7}}), interpolate(p[0] * p[0], {.size = {7, 5}})),
      CGAN_JIT_CASE("nearest by fractions", (Shapes{{1, 5, 9}}),
                    interpolate(p[0] * p[0], {.scale_factor = {1.7, 0.6}})),
      CGAN_JIT_CASE("bilinear", (Shapes{{1, 2, 2, 3}}),
                    interpolate(p[0] * p[0], {.scale_factor = {2, 3}, .mode = Interpolation::bilinear})),
      CGAN_JIT_CASE("bilinear of one", (Shapes{{1, 1, 1, 2}}),
                    interpolate(p[0] * p[0], {.scale_factor = {3, 4}, .mode = Interpolation::bilinear})),
      CGAN_JIT_CASE("bilinear to size", (Shapes{{1, 3, 7}}),
                    interpolate(p[0] * p[0], {.size = {7, 5}, .mode = Interpolation::bilinear})),
      CGAN_JIT_CASE("bilinear by fractions", (Shapes{{1, 5, 4}}),
                    interpolate(p[0] * p[0], {.scale_factor = {0.7, 1.6}, .mode = Interpolation::bilinear})),
      CGAN_JIT_CASE(
          "bilinear align_corners", (Shapes{{1, 3, 2}}),
          interpolate(p[0] * p[0], {.size = {6, 3}, .mode = Interpolation::bilinear, .align_corners = true})),
      CGAN_JIT_CASE(
          "bilinear align_corners of one", (Shapes{{1, 1, 4}}),
          interpolate(p[0] * p[0],
                      {.scale_factor = {2, 0.25}, .mode = Interpolation::bilinear, .align_corners = true})),
  };
}

std::vector<Case> loss_cases() {
  return {
      CGAN_JIT_CASE("mse_loss sum", (Shapes{{2, 3}, {2, 3}}), mse_loss(p[0], p[1], Reduction::sum)),
      CGAN_JIT_CASE("l1_loss", (Shapes{{2, 3}, {2, 3}}), l1_loss(p[0], p[1])),
      CGAN_JIT_CASE("l1_loss none", (Shapes{{2, 3}, {2, 3}}), l1_loss(p[0], p[1], Reduction::none)),
      CGAN_JIT_CASE("smooth_l1_loss", (Shapes{{2, 4}, {2, 4}}), smooth_l1_loss(p[0], p[1])),
      CGAN_JIT_CASE("smooth_l1_loss beta", (Shapes{{2, 4}, {2, 4}}),
                    smooth_l1_loss(p[0], p[1], Reduction::none, 0.75f)),
      CGAN_JIT_CASE("huber_loss", (Shapes{{2, 4}, {2, 4}}), huber_loss(p[0], p[1])),
      CGAN_JIT_CASE("huber_loss delta", (Shapes{{2, 4}, {2, 4}}),
                    huber_loss(p[0], p[1], Reduction::sum, 0.75f)),
      CGAN_JIT_CASE("bce_loss", (Shapes{{2, 3}, {2, 3}}), bce_loss(sigmoid(p[0]), sigmoid(p[1]))),
      CGAN_JIT_CASE("bce_loss none", (Shapes{{2, 3}, {2, 3}}),
                    bce_loss(sigmoid(p[0]), sigmoid(p[1]), Reduction::none)),
      CGAN_JIT_CASE("bce_with_logits_loss sum", (Shapes{{2, 3}, {2, 3}}),
                    bce_with_logits_loss(p[0], p[1], Reduction::sum)),
      CGAN_JIT_CASE("kl_div", (Shapes{{2, 3}, {2, 3}}), kl_div(log_softmax(p[0], 1), softmax(p[1], 1))),
      CGAN_JIT_CASE("kl_div none", (Shapes{{2, 3}, {2, 3}}), kl_div(p[0], p[1] * p[1], Reduction::none)),
      CGAN_JIT_CASE("nll_loss", (Shapes{{3, 4}}), nll_loss(p[0], b.iota(0, {3}))),
      CGAN_JIT_CASE("nll_loss weighted", (Shapes{{2, 3, 2}, {3}}),
                    nll_loss(p[0], b.iota(0, {2, 2}) + b.iota(1, {2, 2}),
                             {.weight = p[1] * p[1] + 0.5, .ignore_index = 1})),
      CGAN_JIT_CASE(
          "nll_loss none", (Shapes{{3, 4}, {4}}),
          nll_loss(p[0], b.iota(0, {3}), {.weight = p[1], .ignore_index = 1, .reduction = Reduction::none})),
      CGAN_JIT_CASE("cross_entropy of pictures", (Shapes{{2, 3, 2, 2}}),
                    cross_entropy(p[0], b.iota(0, {2, 2, 2}) + b.iota(2, {2, 2, 2}))),
      CGAN_JIT_CASE("cross_entropy none", (Shapes{{3, 4}}),
                    cross_entropy(p[0], b.iota(0, {3}), {.reduction = Reduction::none})),
      CGAN_JIT_CASE("cross_entropy smoothed", (Shapes{{3, 4}}),
                    cross_entropy(p[0], b.iota(0, {3}), {.ignore_index = 2, .label_smoothing = 0.25f})),
      CGAN_JIT_CASE(
          "cross_entropy of all", (Shapes{{2, 3, 2}, {3}}),
          cross_entropy(p[0], b.iota(0, {2, 2}) + b.iota(1, {2, 2}),
                        {.weight = p[1] * p[1] + 0.5, .ignore_index = 0, .label_smoothing = 0.25f})),
      CGAN_JIT_CASE(
          "cross_entropy sum", (Shapes{{3, 4}, {4}}),
          cross_entropy(p[0], b.iota(0, {3}),
                        {.weight = p[1] * p[1], .reduction = Reduction::sum, .label_smoothing = 0.5f})),
  };
}

std::vector<Case> layer_cases() {
  return {
      CGAN_JIT_CASE("Linear without bias", (Shapes{{2, 3}}), Linear(b, 3, 4, {.has_bias = false})(p[0])),
      CGAN_JIT_CASE("Conv1d", (Shapes{{2, 2, 5}}), Conv1d(b, 2, 3, 3, {.padding = 1})(p[0])),
      CGAN_JIT_CASE("Conv2d", (Shapes{{1, 4, 4, 5}}),
                    Conv2d(b, 4, 2, {2, 3}, {.stride = 2, .dilation = {1, 2}, .groups = 2})(p[0])),
      CGAN_JIT_CASE("ConvTranspose2d", (Shapes{{1, 4, 2, 3}}),
                    ConvTranspose2d(b, 4, 2, {2, 3}, {.stride = 2, .output_padding = 1, .groups = 2})(p[0])),
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

#undef CGAN_JIT_CASE

}  // namespace cgan_jit
