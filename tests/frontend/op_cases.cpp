#include "tests/frontend/cases.h"

namespace cgan_jit {
namespace {

Tensor real(const Tensor& x) { return cast(x, DType::f32); }
Tensor positive(const Tensor& x) { return x * x + 0.5; }

}  // namespace

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
      CGAN_JIT_CASE("softmax", (Shapes{{2, 3, 2}}), softmax(p[0], 1)),
      CGAN_JIT_CASE("log_softmax", (Shapes{{2, 3}}), log_softmax(p[0], -1)),
      CGAN_JIT_CASE("logsumexp", (Shapes{{2, 3, 2}}), logsumexp(p[0], {0, 2})),
      CGAN_JIT_CASE("var", (Shapes{{2, 3, 2}}), var(p[0], {0, 2})),
      CGAN_JIT_CASE("var biased", (Shapes{{2, 3}}), var(p[0], {0, 1}, 0)),
      CGAN_JIT_CASE("norm", (Shapes{{2, 3}}), norm(p[0], {-1})),
      CGAN_JIT_CASE("argmax", (Shapes{{3, 4}}), real(argmax(p[0], 1))),
      CGAN_JIT_CASE("min", (Shapes{{2, 3, 2}}), min(p[0], {0, 2})),
      CGAN_JIT_CASE("min keepdim", (Shapes{{2, 3}}), min_keepdim(p[0], {1}) * p[0] * min(p[0])),
      CGAN_JIT_CASE("argmin", (Shapes{{3, 4}}), real(argmin(p[0], 0)) + real(argmin(p[0]))),
      CGAN_JIT_CASE("prod", (Shapes{{2, 5, 2}}), prod(p[0], 1)),
      CGAN_JIT_CASE("prod of all", (Shapes{{2, 3}}), prod(p[0])),
      CGAN_JIT_CASE("any", (Shapes{{2, 3}}), real(any(p[0] > 1, {1})) * 2 + real(any(p[0]))),
      CGAN_JIT_CASE("all", (Shapes{{2, 3}}), real(all(p[0] < 1, {0})) * 2 + real(all(p[0]))),
      CGAN_JIT_CASE("stddev", (Shapes{{2, 3, 2}}), stddev(p[0], {0, 2})),
      CGAN_JIT_CASE("stddev biased", (Shapes{{2, 3}}), stddev(p[0], {0, 1}, 0)),
      CGAN_JIT_CASE("square", (Shapes{{6}}), square(p[0])),
      CGAN_JIT_CASE("reciprocal", (Shapes{{6}}), reciprocal(positive(p[0]))),
      CGAN_JIT_CASE("exp2", (Shapes{{6}}), exp2(p[0])),
      CGAN_JIT_CASE("log2", (Shapes{{6}}), log2(positive(p[0]))),
      CGAN_JIT_CASE("log10", (Shapes{{6}}), log10(positive(p[0]))),
      CGAN_JIT_CASE("tan", (Shapes{{6}}), tan(p[0] * 0.5)),
      CGAN_JIT_CASE("sinh", (Shapes{{6}}), sinh(p[0])),
      CGAN_JIT_CASE("cosh", (Shapes{{6}}), cosh(p[0])),
      CGAN_JIT_CASE("masked_fill", (Shapes{{2, 3}, {}}),
                    masked_fill(p[0] * p[0], b.iota(0, {3}) == 1, -2) + masked_fill(p[0], p[0] > 0, p[1])),
      CGAN_JIT_CASE("lerp", (Shapes{{2, 3}, {3}}), lerp(p[0], p[1], 0.3) * lerp(p[0], p[1], 0.75)),
      CGAN_JIT_CASE("lerp by tensor", (Shapes{{6}, {6}, {6}}), lerp(p[0], p[1], p[2])),
      CGAN_JIT_CASE("cumsum", (Shapes{{2, 7}}), cumsum(p[0] * p[0], 1)),
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
      CGAN_JIT_CASE("rms_norm", (Shapes{{2, 3, 4}, {3, 4}}),
                    rms_norm(p[0], {3, 4}, {.weight = p[1], .eps = 0.25f})),
      CGAN_JIT_CASE("layer_norm", (Shapes{{2, 3, 4}, {3, 4}, {3, 4}}),
                    layer_norm(p[0], {3, 4}, {.weight = p[1], .bias = p[2], .eps = 0.25f})),
      CGAN_JIT_CASE("group_norm", (Shapes{{2, 4, 3}, {4}, {4}}),
                    group_norm(p[0], 2, {.weight = p[1], .bias = p[2], .eps = 0.25f})),
      CGAN_JIT_CASE("instance_norm", (Shapes{{2, 2, 3}}), instance_norm(p[0], {.eps = 0.25f})),
  };
}

}  // namespace cgan_jit
