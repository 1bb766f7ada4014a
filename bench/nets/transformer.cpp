#include "bench/nets/transformer.h"

#include "frontend/cgan_jit.h"

namespace cgan_jit::nets {

TrainingStep transformer(const TransformerSizes& sizes) {
  Builder builder;
  const Embedding token(builder / "token", sizes.vocabulary, sizes.width);
  const Embedding place(builder / "place", sizes.context, sizes.width);
  std::vector<TransformerEncoderLayer> blocks;
  for (int64_t i = 0; i < sizes.blocks; ++i)
    blocks.emplace_back(
        builder / "blocks" / std::to_string(i), sizes.width, sizes.heads,
        TransformerOptions{
            .dim_feedforward = 4 * sizes.width, .dropout = 0, .activation = GELU{}, .batch_first = true});
  const Linear head(builder / "head", sizes.width, sizes.vocabulary);

  const Tensor tokens = builder.input("tokens", DType::i32, {sizes.batch, sizes.context + 1});
  const Shape square{sizes.context, sizes.context};
  const MaskOptions causal{.attn_mask = builder.iota(1, square) > builder.iota(0, square)};
  Tensor x = token(slice(tokens, 1, 0, sizes.context)) + place.weight;
  for (const TransformerEncoderLayer& block : blocks) x = block(x, causal);
  const Tensor next = slice(tokens, 1, 1, sizes.context + 1);
  return adam_step(builder, cross_entropy(flatten(head(x), 0, 1), flatten(next, 0)), sizes.batch);
}

}  // namespace cgan_jit::nets
