#include "tests/frontend/cases.h"

namespace cgan_jit {

std::vector<Case> view_cases() {
  return {
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
      CGAN_JIT_CASE("transpose of axes", (Shapes{{2, 3, 2}}), transpose(p[0] * p[0], 0, -1)),
      CGAN_JIT_CASE("movedim", (Shapes{{2, 3, 4}}),
                    movedim(p[0] * p[0], {0, 1}, {-1, 0}) * movedim(movedim(p[0], 0, 1), -1, 1)),
      CGAN_JIT_CASE("broadcast_to", (Shapes{{2, 1}}), broadcast_to(p[0] * p[0], {3, -1, 4})),
      CGAN_JIT_CASE("roll", (Shapes{{2, 5}}), roll(p[0] * p[0], 2, 1) * roll(p[0], 13)),
      CGAN_JIT_CASE("roll of axes", (Shapes{{2, 5}}), roll(p[0] * p[0], {1, -7}, {0, 1})),
      CGAN_JIT_CASE("repeat", (Shapes{{2, 3}}), repeat(p[0] * p[0], {2, 1, 2})),
      CGAN_JIT_CASE(
          "index_select", (Shapes{{3, 4}}),
          index_select(p[0] * p[0], -1, b.iota(0, {2}) * 2 + 1) *
              index_select(index_select(p[0], 0, 2 - b.iota(0, {3})), 1, b.constant(1, DType::i32, {2}))),
      CGAN_JIT_CASE("linspace", (Shapes{{5}}), linspace(b, -1, 2, 5) * p[0] + linspace(b, 3, 4, 1)),
      CGAN_JIT_CASE("eye", (Shapes{{2, 3}}), eye(b, 2, 3) * p[0] + matmul(eye(b, 2), p[0])),
      CGAN_JIT_CASE("full_like", (Shapes{{2, 3}}),
                    full_like(p[0], 2.5) * p[0] + ones_like(p[0]) + zeros_like(p[0])),
      CGAN_JIT_CASE("pad reflect", (Shapes{{2, 5}}), pad(p[0] * p[0], {{0, 0}, {4, 2}}, Border::reflect)),
      CGAN_JIT_CASE("pad replicate", (Shapes{{2, 2, 3}}),
                    pad(p[0] * p[0], {{0, 0}, {1, 2}, {0, 4}}, Border::replicate)),
      CGAN_JIT_CASE("pad circular", (Shapes{{2, 2, 3}}),
                    pad(p[0] * p[0], {{0, 0}, {1, 2}, {3, 0}}, Border::circular)),
      CGAN_JIT_CASE("pad reflect pictures", (Shapes{{1, 3, 4}}),
                    pad(p[0] * p[0], {{0, 0}, {2, 1}, {1, 3}}, Border::reflect)),
      CGAN_JIT_CASE("normalize", (Shapes{{2, 3, 2}}), normalize(p[0])),
      CGAN_JIT_CASE("cosine_similarity", (Shapes{{2, 3}, {3}}), cosine_similarity(p[0], p[1])),
      CGAN_JIT_CASE("pairwise_distance", (Shapes{{2, 3}, {2, 3}}),
                    pairwise_distance(p[0], p[1], {.eps = 0.25f, .keepdim = true})),
  };
}

}  // namespace cgan_jit
