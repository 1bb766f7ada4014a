#include "frontend/attention.h"

#include <cmath>

#include "frontend/emit.h"

namespace cgan_jit {
namespace {

/// 0 where bool `seen` is true, else -infinity.
Tensor added(const Located& seen) { return where(seen, 0, -infinity); }

/// A mask of MultiheadAttention's, where true is not seen, as what is added to the scores.
Tensor added_of_hidden(const Located& x, const Tensor& mask) {
  if (mask.dtype() != DType::boolean) return mask;
  return added(at(logical_not(at(mask, x)), x));
}

void require_attention(const Located& query, const Located& key, const Located& value, std::string_view op) {
  for (const Tensor& tensor : {Tensor(query), Tensor(key), Tensor(value)}) {
    require_own(query, tensor, op);
    require_dtype(at(tensor, query), DType::f32, op);
  }
  const auto axis = [](const Tensor& x, int from_end) { return x.shape()[x.rank() - from_end]; };
  if (query.rank() < 2 || key.rank() < 2 || value.rank() < 2 || axis(query, 1) != axis(key, 1) ||
      axis(key, 2) != axis(value, 2))
    fail(query.where,
         fmt::format("{}: query {}, key {}, value {}: they are [...,l,e], [...,s,e], [...,s,v]", op,
                     to_string(query.shape()), to_string(key.shape()), to_string(value.shape())));
  const auto batch = [](const Tensor& x) { return Shape(x.shape().begin(), x.shape().end() - 2); };
  broadcast_shapes(query.where, op, broadcast_shapes(query.where, op, batch(query), batch(key)),
                   batch(value));
}

/// Throws Error at x's line unless the mask is one, of x's builder.
void require_mask(const Located& x, const Tensor& mask, std::string_view op) {
  require_own(x, mask, op);
  if (mask.dtype() != DType::boolean && mask.dtype() != DType::f32)
    fail(x.where, fmt::format("{}: a mask {}: it is bool or f32", op, to_string(mask.type())));
}

/// softmax(query key^T scale), with dropout: [..., l, s].
Tensor attention_weights(const Located& query, const Located& key, const AttentionOptions& how) {
  const double scale = how.scale.value_or(1 / std::sqrt(static_cast<double>(query.shape().back())));
  Located scores = at(at(matmul(query, at(transpose(key), query)), query) * scale, query);
  if (how.is_causal) {
    const Shape matrix(scores.shape().end() - 2, scores.shape().end());
    Builder& builder = *query.builder;
    scores = at(scores + added(at(builder.iota(0, matrix) >= builder.iota(1, matrix), query)), query);
  }
  if (how.mask) {
    const Located mask = at(*how.mask, query);
    scores = at(scores + (mask.dtype() == DType::boolean ? added(mask) : Tensor(mask)), query);
  }
  return dropout(at(softmax(scores, -1), query), how.dropout);
}

}  // namespace

Tensor scaled_dot_product_attention(const Located& query, const Located& key, const Located& value,
                                    const AttentionOptions& how) {
  constexpr std::string_view op = "scaled_dot_product_attention";
  require_attention(query, key, value, op);
  if (how.mask) {
    require_mask(query, *how.mask, op);
    const Shape matrix = {query.shape()[query.rank() - 2], key.shape()[key.rank() - 2]};
    const Shape& mask = how.mask->shape();
    const Shape last(mask.end() - std::min<std::ptrdiff_t>(2, std::ssize(mask)), mask.end());
    if (broadcast_shapes(query.where, fmt::format("{}: the mask", op), last, matrix) != matrix)
      fail(query.where, fmt::format("{}: a mask {} of scores [...,{},{}], to which it stretches", op,
                                    to_string(mask), matrix[0], matrix[1]));
  }
  return matmul(at(attention_weights(query, key, how), query), value);
}

MultiheadAttention::MultiheadAttention(const Scope& scope, int64_t embed_dim, int64_t num_heads,
                                       const MultiheadAttentionOptions& with)
    : in_proj_weight(scope.builder->param(scope.name("in_proj_weight"), {3 * embed_dim, embed_dim},
                                          xavier_uniform(), scope.where)),
      in_proj_bias(with.bias ? scope.builder->param(scope.name("in_proj_bias"), {3 * embed_dim},
                                                    ConstantInit{0}, scope.where)
                             : Tensor{}),
      out_proj(scope / "out_proj", embed_dim, embed_dim, {.bias = ConstantInit{0}, .has_bias = with.bias}),
      heads(num_heads),
      how(with) {
  if (num_heads < 1 || embed_dim % num_heads != 0)
    fail(scope.where, fmt::format("MultiheadAttention: {} heads do not divide {}", num_heads, embed_dim));
}

/// The batch first, or back where it was.
Tensor MultiheadAttention::batched(const Located& x) const {
  return how.batch_first ? Tensor(x) : permute(x, {1, 0, 2});
}

/// Part 0, 1 or 2 of the projections: the query's, the key's, the value's, [n, heads, l, e / heads].
Located MultiheadAttention::projected(const Located& x, int64_t part) const {
  require_own(x, in_proj_weight, "MultiheadAttention");
  require_dtype(x, DType::f32, "MultiheadAttention");
  const int64_t width = in_proj_weight.shape()[1];
  if (x.rank() != 3 || x.shape()[2] != width)
    fail(x.where, fmt::format("MultiheadAttention: {} has not three axes, the last of {}",
                              to_string(x.shape()), width));
  const auto rows = [&](const Tensor& of) { return slice(at(of, x), 0, part * width, (part + 1) * width); };
  Located y = at(matmul(at(batched(x), x), at(transpose(at(rows(in_proj_weight), x)), x)), x);
  if (how.bias) y = at(y + rows(in_proj_bias), x);
  const Tensor apart = reshape(y, {y.shape()[0], y.shape()[1], heads, width / heads});
  return at(permute(at(apart, x), {0, 2, 1, 3}), x);
}

AttentionOutput MultiheadAttention::with_weights_of_heads(const Located& query, const Located& key,
                                                          const Located& value,
                                                          const MaskOptions& masks) const {
  for (const Tensor& tensor : {Tensor(key), Tensor(value)}) require_own(query, tensor, "MultiheadAttention");
  const Located q = projected(query, 0), k = projected(at(key, query), 1), v = projected(at(value, query), 2);
  const size_t batch = how.batch_first ? 0 : 1;
  if (key.shape() != value.shape() || query.shape()[batch] != key.shape()[batch])
    fail(query.where,
         fmt::format("MultiheadAttention: query {}, key {}, value {}: key and value are alike, and "
                     "of query's batch",
                     to_string(query.shape()), to_string(key.shape()), to_string(value.shape())));
  const Tensor weights = attention_weights(
      q, k, {.mask = mask_of(q, k, masks), .dropout = how.dropout, .is_causal = masks.is_causal});
  const Tensor seen = matmul(at(weights, query), v);
  const Tensor joined = flatten(at(permute(at(seen, query), {0, 2, 1, 3}), query), 2, 3);
  return {batched(at(out_proj(at(joined, query)), query)), weights};
}

AttentionOutput MultiheadAttention::with_weights(const Located& query, const Located& key,
                                                 const Located& value, const MaskOptions& masks) const {
  const AttentionOutput of_heads = with_weights_of_heads(query, key, value, masks);
  return {of_heads.output, mean(at(of_heads.weights, query), {1})};
}

Tensor MultiheadAttention::operator()(const Located& query, const Located& key, const Located& value,
                                      const MaskOptions& masks) const {
  return with_weights_of_heads(query, key, value, masks).output;
}

std::optional<Tensor> MultiheadAttention::mask_of(const Located& q, const Located& k,
                                                  const MaskOptions& masks) const {
  std::optional<Tensor> mask;
  const auto take = [&](const std::optional<Tensor>& given, const Shape& shape) {
    if (!given) return;
    require_mask(q, *given, "MultiheadAttention");
    if (given->rank() == 0 || element_count(given->shape()) != element_count(shape))
      fail(q.where, fmt::format("MultiheadAttention: a mask {} where {} is wanted", to_string(given->shape()),
                                to_string(shape)));
    const Tensor term = added_of_hidden(q, reshape(at(*given, q), shape));
    mask = mask ? at(*mask, q) + term : term;
  };
  const int64_t n = q.shape()[0], l = q.shape()[2], s = k.shape()[2];
  const bool by_head = masks.attn_mask && masks.attn_mask->rank(q.where) == 3;
  take(masks.attn_mask, by_head ? Shape{n, heads, l, s} : Shape{1, 1, l, s});
  take(masks.key_padding_mask, {n, 1, 1, s});
  return mask;
}

TransformerEncoderLayer::TransformerEncoderLayer(const Scope& scope, int64_t d_model, int64_t nhead,
                                                 const TransformerOptions& with)
    : self_attn(scope / "self_attn", d_model, nhead,
                {.dropout = with.dropout, .batch_first = with.batch_first}),
      linear1(scope / "linear1", d_model, with.dim_feedforward),
      linear2(scope / "linear2", with.dim_feedforward, d_model),
      norm1(scope / "norm1", d_model, with.layer_norm_eps),
      norm2(scope / "norm2", d_model, with.layer_norm_eps),
      how(with) {}

Tensor TransformerEncoderLayer::operator()(const Located& x, const MaskOptions& masks) const {
  const auto attended = [&](const Located& y) {
    return dropout(at(self_attn(y, y, y, masks), x), how.dropout);
  };
  const auto fed = [&](const Located& y) {
    const Tensor hidden = dropout(at(how.activation(at(linear1(y), x)), x), how.dropout);
    return dropout(at(linear2(at(hidden, x)), x), how.dropout);
  };
  if (how.norm_first) {
    const Located y = at(x + attended(at(norm1(x), x)), x);
    return y + fed(at(norm2(y), x));
  }
  const Located y = at(norm1(at(x + attended(x), x)), x);
  return norm2(at(y + fed(y), x));
}

}  // namespace cgan_jit
