#include "tests/frontend/cases.h"

namespace cgan_jit {

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
      CGAN_JIT_CASE("poisson_nll_loss", (Shapes{{2, 3}, {2, 3}}), poisson_nll_loss(p[0], p[1] * p[1])),
      CGAN_JIT_CASE("poisson_nll_loss full", (Shapes{{2, 4}, {2, 4}}),
                    poisson_nll_loss(p[0] * p[0] + 0.5, p[1] * p[1],
                                     {.log_input = false, .full = true, .reduction = Reduction::none})),
      CGAN_JIT_CASE("gaussian_nll_loss", (Shapes{{2, 3}, {2, 3}, {2, 1}}),
                    gaussian_nll_loss(p[0], p[1], p[2] * p[2] + 0.5)),
      CGAN_JIT_CASE(
          "gaussian_nll_loss full", (Shapes{{2, 3}, {2, 3}, {2, 3}}),
          gaussian_nll_loss(p[0], p[1], p[2] * p[2] + 0.5, {.full = true, .reduction = Reduction::sum})),
      CGAN_JIT_CASE("soft_margin_loss", (Shapes{{2, 3}, {2, 3}}), soft_margin_loss(p[0], sign(p[1]))),
      CGAN_JIT_CASE("hinge_embedding_loss", (Shapes{{2, 4}, {2, 4}}),
                    hinge_embedding_loss(p[0], sign(p[1]), 0.5f, Reduction::none)),
      CGAN_JIT_CASE("margin_ranking_loss", (Shapes{{6}, {6}, {6}}),
                    margin_ranking_loss(p[0], p[1], sign(p[2]), 0.25f)),
      CGAN_JIT_CASE("cosine_embedding_loss", (Shapes{{4, 3}, {4, 3}, {4}}),
                    cosine_embedding_loss(p[0], p[1], sign(p[2]), -0.5f)),
      CGAN_JIT_CASE("triplet_margin_loss", (Shapes{{3, 4}, {3, 4}, {3, 4}}),
                    triplet_margin_loss(p[0], p[1], p[2], {.margin = 3, .reduction = Reduction::none})),
      CGAN_JIT_CASE("triplet_margin_loss swap", (Shapes{{3, 4}, {3, 4}, {3, 4}}),
                    triplet_margin_loss(p[0], p[1], p[2], {.margin = 3, .swap = true})),
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

}  // namespace cgan_jit
