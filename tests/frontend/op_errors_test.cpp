#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/frontend/cases.h"
#include "tests/frontend/sessions.h"

// Law: whatever is wrong with an operation's tensors (builder, element type, rank, an extent) is an Error
// that names the user's line and the operation, unless it has a meaning.
namespace cgan_jit {
namespace {

struct Call {
  std::string op;  // as errors name it; of a layer "Layer|op"
  std::vector<Type> takes;
  std::string text;
  std::function<void(Builder&, const Params&)> run;
};

Type f32(Shape shape) { return {DType::f32, std::move(shape)}; }
Type i32(Shape shape) { return {DType::i32, std::move(shape)}; }
Type flag(Shape shape) { return {DType::boolean, std::move(shape)}; }

#define CGAN_JIT_CALL(op, takes, ...)                          \
  Call {                                                       \
    op, takes, #__VA_ARGS__, [](Builder& b, const Params& x) { \
      (void)b;                                                 \
      __VA_ARGS__;                                             \
    }                                                          \
  }
using Types = std::vector<Type>;

std::vector<Call> elementwise_calls() {
  const Types one = {f32({2, 3})}, two = {f32({2, 3}), f32({2, 3})};
  return {
      CGAN_JIT_CALL("add", two, x[0] + x[1]),
      CGAN_JIT_CALL("sub", two, x[0] - x[1]),
      CGAN_JIT_CALL("mul", two, x[0] * x[1]),
      CGAN_JIT_CALL("div", two, x[0] / x[1]),
      CGAN_JIT_CALL("lt", two, x[0] < x[1]),
      CGAN_JIT_CALL("maximum", two, maximum(x[0], x[1])),
      CGAN_JIT_CALL("minimum", two, minimum(x[0], x[1])),
      CGAN_JIT_CALL("pow", two, pow(x[0], x[1])),
      CGAN_JIT_CALL("pow", one, pow(x[0], 2)),
      CGAN_JIT_CALL("neg", one, -x[0]),
      CGAN_JIT_CALL("abs", one, abs(x[0])),
      CGAN_JIT_CALL("exp", one, exp(x[0])),
      CGAN_JIT_CALL("erf", one, erf(x[0])),
      CGAN_JIT_CALL("expm1", one, expm1(x[0])),
      CGAN_JIT_CALL("log", one, log(x[0])),
      CGAN_JIT_CALL("log1p", one, log1p(x[0])),
      CGAN_JIT_CALL("sqrt", one, sqrt(x[0])),
      CGAN_JIT_CALL("rsqrt", one, rsqrt(x[0])),
      CGAN_JIT_CALL("tanh", one, tanh(x[0])),
      CGAN_JIT_CALL("sigmoid", one, sigmoid(x[0])),
      CGAN_JIT_CALL("sin", one, sin(x[0])),
      CGAN_JIT_CALL("cos", one, cos(x[0])),
      CGAN_JIT_CALL("relu", one, relu(x[0])),
      CGAN_JIT_CALL("leaky_relu", one, leaky_relu(x[0], 0.2f)),
      CGAN_JIT_CALL("ceil", one, ceil(x[0])),
      CGAN_JIT_CALL("cast", one, cast(x[0], DType::f32)),
      CGAN_JIT_CALL("detach", one, detach(x[0])),
      CGAN_JIT_CALL("logical_and", two, logical_and(x[0], x[1])),
      CGAN_JIT_CALL("logical_or", two, logical_or(x[0], x[1])),
      CGAN_JIT_CALL("logical_xor", two, logical_xor(x[0], x[1])),
      CGAN_JIT_CALL("logical_not", one, logical_not(x[0])),
      CGAN_JIT_CALL("sign", one, sign(x[0])),
      CGAN_JIT_CALL("floor", one, floor(x[0])),
      CGAN_JIT_CALL("round", one, round(x[0])),
      CGAN_JIT_CALL("clamp", (Types{f32({2, 3}), f32({3}), f32({2, 1})}), clamp(x[0], x[1], x[2])),
      CGAN_JIT_CALL("gelu", one, gelu(x[0])),
      CGAN_JIT_CALL("silu", one, silu(x[0])),
      CGAN_JIT_CALL("elu", one, elu(x[0])),
      CGAN_JIT_CALL("prelu", (Types{f32({2, 3}), f32({3})}), prelu(x[0], x[1])),
      CGAN_JIT_CALL("softplus", one, softplus(x[0])),
      CGAN_JIT_CALL("softmax", one, softmax(x[0], 1)),
      CGAN_JIT_CALL("log_softmax", one, log_softmax(x[0], 1)),
      CGAN_JIT_CALL("logsumexp", one, logsumexp(x[0], {1})),
      CGAN_JIT_CALL("dropout", one, dropout(x[0], 0.5f)),
      CGAN_JIT_CALL("where", (Types{flag({2, 3}), f32({2, 3}), f32({2, 3})}), where(x[0], x[1], x[2])),
  };
}

std::vector<Call> shape_calls() {
  const Types one = {f32({2, 3})}, two = {f32({2, 3}), f32({2, 3})};
  return {
      CGAN_JIT_CALL("reshape", one, reshape(x[0], {3, 2})),
      CGAN_JIT_CALL("transpose", one, transpose(x[0])),
      CGAN_JIT_CALL("permute", one, permute(x[0], {1, 0})),
      CGAN_JIT_CALL("broadcast", one, broadcast_to(x[0], {4, 2, 3})),
      CGAN_JIT_CALL("slice", one, slice(x[0], 1, 0, 3)),
      CGAN_JIT_CALL("concat", two, concat({x[0], x[1]}, 1)),
      CGAN_JIT_CALL("stack", two, stack({x[0], x[1]}, 2)),
      CGAN_JIT_CALL("split", one, split(x[0], 2, 1)),
      CGAN_JIT_CALL("chunk", one, chunk(x[0], 2, 1)),
      CGAN_JIT_CALL("pad", one, pad(x[0], {{1, 1}, {0, 0}})),
      CGAN_JIT_CALL("unsqueeze", one, unsqueeze(x[0], 2)),
      CGAN_JIT_CALL("squeeze", one, squeeze(x[0], 1)),
      CGAN_JIT_CALL("flatten", one, flatten(x[0], 0, 1)),
      CGAN_JIT_CALL("flip", one, flip(x[0], {1})),
      CGAN_JIT_CALL("tril", one, tril(x[0])),
      CGAN_JIT_CALL("triu", one, triu(x[0])),
      CGAN_JIT_CALL("sum", one, sum(x[0], {1})),
      CGAN_JIT_CALL("mean", one, mean(x[0], {1})),
      CGAN_JIT_CALL("max", one, max(x[0], {1})),
      CGAN_JIT_CALL("sum", one, sum_keepdim(x[0], {1})),
      CGAN_JIT_CALL("mean", one, mean_keepdim(x[0], {1})),
      CGAN_JIT_CALL("max", one, max_keepdim(x[0], {1})),
      CGAN_JIT_CALL("var", one, var(x[0], {1})),
      CGAN_JIT_CALL("norm", one, norm(x[0], {1})),
      CGAN_JIT_CALL("argmax", one, argmax(x[0], 1)),
      CGAN_JIT_CALL("cumsum", one, cumsum(x[0], 1)),
      CGAN_JIT_CALL("matmul", (Types{f32({2, 3, 4}), f32({2, 4, 3})}), matmul(x[0], x[1])),
      CGAN_JIT_CALL("einsum", (Types{f32({2, 3}), f32({3, 4})}), einsum("ij,jk->ik", {x[0], x[1]})),
      CGAN_JIT_CALL("embedding", (Types{f32({4, 3}), i32({2})}), embedding(x[0], x[1])),
      CGAN_JIT_CALL("gather", (Types{f32({4, 3}), i32({2, 3})}), gather(x[0], 0, x[1])),
      CGAN_JIT_CALL("one_hot", (Types{i32({2})}), one_hot(x[0], 3)),
  };
}

std::vector<Call> net_calls() {
  const Types image = {f32({2, 4, 6, 6})}, two = {f32({2, 3}), f32({2, 3})};
  const Types labelled = {f32({2, 3}), i32({2})};
  return {
      CGAN_JIT_CALL("conv2d", (Types{f32({2, 4, 6, 6}), f32({4, 2, 3, 3})}),
                    conv2d(x[0], x[1], {.groups = 2})),
      CGAN_JIT_CALL("conv1d", (Types{f32({2, 4, 6}), f32({3, 4, 3})}), conv1d(x[0], x[1])),
      CGAN_JIT_CALL("conv_transpose2d", (Types{f32({2, 4, 3, 3}), f32({4, 2, 3, 3})}),
                    conv_transpose2d(x[0], x[1])),
      CGAN_JIT_CALL("max_pool2d", image, max_pool2d(x[0], 2)),
      CGAN_JIT_CALL("avg_pool2d", image, avg_pool2d(x[0], 6)),
      CGAN_JIT_CALL("adaptive_avg_pool2d", image, adaptive_avg_pool2d(x[0], 3)),
      CGAN_JIT_CALL("interpolate", image, interpolate(x[0], {.scale_factor = 2})),
      CGAN_JIT_CALL("interpolate", image,
                    interpolate(x[0], {.size = {7, 5}, .mode = Interpolation::bilinear})),
      CGAN_JIT_CALL("dropout2d", image, dropout2d(x[0], 0.5f)),
      CGAN_JIT_CALL("layer_norm", (Types{f32({2, 3}), f32({3}), f32({3})}),
                    layer_norm(x[0], {3}, {.weight = x[1], .bias = x[2]})),
      CGAN_JIT_CALL("group_norm", (Types{f32({2, 4}), f32({4}), f32({4})}),
                    group_norm(x[0], 2, {.weight = x[1], .bias = x[2]})),
      CGAN_JIT_CALL("instance_norm", image, instance_norm(x[0])),
      CGAN_JIT_CALL("batch_norm", (Types{f32({2, 3}), f32({3}), f32({3})}),
                    batch_norm(x[0], batch_statistics(x[0]), x[1], x[2], 1)),
      CGAN_JIT_CALL("scaled_dot_product_attention", (Types{f32({2, 3, 4}), f32({2, 5, 4}), f32({2, 5, 2})}),
                    scaled_dot_product_attention(x[0], x[1], x[2])),
      CGAN_JIT_CALL("mse_loss", two, mse_loss(x[0], x[1])),
      CGAN_JIT_CALL("l1_loss", two, l1_loss(x[0], x[1])),
      CGAN_JIT_CALL("smooth_l1_loss", two, smooth_l1_loss(x[0], x[1])),
      CGAN_JIT_CALL("huber_loss", two, huber_loss(x[0], x[1])),
      CGAN_JIT_CALL("bce_loss", two, bce_loss(x[0], x[1])),
      CGAN_JIT_CALL("bce_with_logits_loss", two, bce_with_logits_loss(x[0], x[1])),
      CGAN_JIT_CALL("kl_div", two, kl_div(x[0], x[1])),
      CGAN_JIT_CALL("nll_loss", labelled, nll_loss(x[0], x[1])),
      CGAN_JIT_CALL("cross_entropy", (Types{f32({2, 3}), i32({2}), f32({3})}),
                    cross_entropy(x[0], x[1], {.weight = x[2]})),
  };
}

std::vector<Call> layer_calls() {
  const Types rows = {f32({2, 3})}, images = {f32({2, 4, 6, 6})}, sequence = {f32({3, 2, 4})};
  return {
      CGAN_JIT_CALL("linear", rows, Linear(b, 3, 2)(x[0])),
      CGAN_JIT_CALL("conv1d", (Types{f32({2, 4, 6})}), Conv1d(b, 4, 2, 3)(x[0])),
      CGAN_JIT_CALL("conv2d", images, Conv2d(b, 4, 2, 3)(x[0])),
      CGAN_JIT_CALL("conv_transpose2d", images, ConvTranspose2d(b, 4, 2, 3)(x[0])),
      CGAN_JIT_CALL("embedding", (Types{i32({2})}), Embedding(b, 4, 3)(x[0])),
      CGAN_JIT_CALL("prelu", rows, PReLU(b, 3)(x[0])),
      CGAN_JIT_CALL("BatchNorm1d|batch_norm", rows, BatchNorm1d(b, 3)(x[0])),
      CGAN_JIT_CALL("BatchNorm2d|batch_norm", images, BatchNorm2d(b, 4)(x[0])),
      CGAN_JIT_CALL("layer_norm", rows, LayerNorm(b, 3)(x[0])),
      CGAN_JIT_CALL("group_norm", images, GroupNorm(b, 2, 4)(x[0])),
      CGAN_JIT_CALL("InstanceNorm2d|instance_norm", images, InstanceNorm2d(b, 4, {.affine = true})(x[0])),
      CGAN_JIT_CALL("max_pool2d", images, MaxPool2d{}(x[0])),
      CGAN_JIT_CALL("avg_pool2d", images, AvgPool2d{}(x[0])),
      CGAN_JIT_CALL("interpolate", images, Upsample{{.scale_factor = 1.5}}(x[0])),
      CGAN_JIT_CALL("flatten", rows, Flatten{}(x[0])),
      CGAN_JIT_CALL("leaky_relu", rows, LeakyReLU{}(x[0])),
      CGAN_JIT_CALL("relu", rows, ReLU{}(x[0])),
      CGAN_JIT_CALL("gelu", rows, GELU{}(x[0])),
      CGAN_JIT_CALL("silu", rows, SiLU{}(x[0])),
      CGAN_JIT_CALL("elu", rows, ELU{}(x[0])),
      CGAN_JIT_CALL("softplus", rows, Softplus{}(x[0])),
      CGAN_JIT_CALL("softmax", rows, Softmax{}(x[0])),
      CGAN_JIT_CALL("dropout", rows, Dropout{}(x[0])),
      CGAN_JIT_CALL("dropout2d", images, Dropout2d{}(x[0])),
      CGAN_JIT_CALL("tanh", rows, Tanh{}(x[0])),
      CGAN_JIT_CALL("sigmoid", rows, Sigmoid{}(x[0])),
      CGAN_JIT_CALL("RNN", sequence, RNN(b, 4, 3)(x[0])),
      CGAN_JIT_CALL("LSTM", sequence, LSTM(b, 4, 3)(x[0])),
      CGAN_JIT_CALL("GRU", sequence, GRU(b, 4, 3)(x[0])),
      CGAN_JIT_CALL("MultiheadAttention",
                    (Types{f32({3, 2, 4}), f32({5, 2, 4}), f32({5, 2, 4}), f32({3, 5})}),
                    MultiheadAttention(b, 4, 2)(x[0], x[1], x[2], {.attn_mask = x[3]})),
      CGAN_JIT_CALL("MultiheadAttention", sequence, TransformerEncoderLayer(b, 4, 2)(x[0])),
  };
}

std::vector<Call> all_calls() {
  std::vector<Call> all;
  for (const auto& some : {elementwise_calls(), shape_calls(), net_calls(), layer_calls()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

/// Inputs of the builder, of the types that the call takes.
Params inputs(Builder& builder, const std::vector<Type>& types) {
  Params tensors;
  for (const Type& type : types)
    tensors.push_back(
        builder.input(fmt::format("x{} {}", tensors.size(), to_string(type)), type.dtype, type.shape));
  return tensors;
}

std::string told_of(const Call& call, const std::vector<Type>& types) {
  Builder builder;
  return told([&] { call.run(builder, inputs(builder, types)); });
}

/// One of the op's names stands right behind the line.
bool names(const std::string& text, const std::string& op) {
  std::istringstream all(op);
  for (std::string name; std::getline(all, name, '|');) {
    if (text.find(": " + name) != std::string::npos) return true;
  }
  return false;
}

bool names_the_line(const std::string& text) { return text.starts_with("op_errors_test.cpp:"); }

/// Nothing, or an Error as the law wants it.
void expect_sound(const Call& call, const std::vector<Type>& types) {
  const std::string text = told_of(call, types);
  if (text == "nothing") return;
  EXPECT_PRED1(names_the_line, text);
  EXPECT_PRED2(names, text, call.op);
}

std::vector<Shape> misshapen(const Shape& shape) {
  std::vector<Shape> all = {{}, shape, shape};
  all[1].insert(all[1].begin(), 2);
  if (!shape.empty()) all[2].pop_back();
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    for (int64_t extent : {int64_t{0}, shape[axis] + 1}) {
      all.push_back(shape);
      all.back()[axis] = extent;
    }
  }
  return all;
}

/// What the contents of docs/OPS.md list under one heading.
std::vector<std::string> documented(const std::string& heading) {
  std::ifstream page(CGAN_JIT_SOURCE_DIR "/docs/OPS.md");
  std::vector<std::string> found;
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("- [" + heading + "]")) continue;
    for (size_t at = line.find('`'); at != std::string::npos; at = line.find('`', at + 1)) {
      const size_t end = line.find('`', at + 1);
      found.push_back(line.substr(at + 1, end - at - 1));
      at = end;
    }
  }
  return found;
}

// What takes no tensors, and operators, which have names of their own in errors.
bool is_a_call(const std::string& name) {
  static const std::set<std::string> others = {"arange",    "BatchNorm",     "BatchStatistics", "Approximate",
                                               "Size2d",    "Scale2d",       "Interpolation",   "LayerInit",
                                               "Reduction", "RecurrentStack"};
  return !others.contains(name) && !name.ends_with("Options") && !name.ends_with("Output") &&
         !name.starts_with("operator");
}

/// A whole word, before what it is called with.
bool calls(const std::string& text, const std::string& name) {
  for (size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
    const char before = at == 0 ? ' ' : text[at - 1], behind = (text + ' ')[at + name.size()];
    if (!std::isalnum(before) && before != '_' && (behind == '(' || behind == '{')) return true;
  }
  return false;
}

TEST(OpErrors, KnowEveryOpOfTheDocumentation) {
  for (const char* heading :
       {"Element by element", "Views", "Activations", "Reductions", "Products and look-ups",
        "Dropout and normalisation", "Convolutions, pooling and upsampling", "Layers with params",
        "Layers without params", "Recurrent nets", "Attention", "Losses"}) {
    EXPECT_FALSE(documented(heading).empty()) << heading;
    for (const std::string& name : documented(heading)) {
      const auto calls_it = [&](const Call& call) { return calls(call.text, name); };
      EXPECT_TRUE(!is_a_call(name) || std::ranges::any_of(all_calls(), calls_it)) << name;
    }
  }
}

TEST(OpErrors, TakeWhatTheyAreFor) {
  for (const Call& call : all_calls()) EXPECT_EQ(told_of(call, call.takes), "nothing") << call.op;
}

TEST(OpErrors, RefuseTensorsOfNoBuilder) {
  for (const Call& call : all_calls()) {
    for (size_t k = 0; k < call.takes.size(); ++k) {
      Builder builder;
      Params tensors = inputs(builder, call.takes);
      tensors[k] = {};
      EXPECT_PRED1(names_the_line, told([&] { call.run(builder, tensors); })) << call.op;
    }
  }
}

TEST(OpErrors, NameTheOperationOfTensorsOfTwoBuilders) {
  for (const Call& call : all_calls()) {
    for (size_t k = 0; k < call.takes.size(); ++k) {
      if (call.takes.size() == 1 && call.text.find("(b, ") == std::string::npos) continue;
      Builder builder, other;
      Params tensors = inputs(builder, call.takes);
      tensors[k] = inputs(other, call.takes)[k];
      const std::string text = told([&] { call.run(builder, tensors); });
      EXPECT_PRED1(names_the_line, text) << call.op << ", operand " << k;
      EXPECT_PRED2(names, text, call.op);
    }
  }
}

TEST(OpErrors, NameTheOperationWhenAnElementTypeDoesNotFit) {
  for (const Call& call : all_calls()) {
    for (size_t k = 0; k < call.takes.size(); ++k) {
      for (DType dtype : {DType::f32, DType::i32, DType::u32, DType::u8, DType::boolean}) {
        std::vector<Type> types = call.takes;
        types[k].dtype = dtype;
        expect_sound(call, types);
      }
    }
  }
}

TEST(OpErrors, NameTheOperationWhenAShapeDoesNotFit) {
  for (const Call& call : all_calls()) {
    for (size_t k = 0; k < call.takes.size(); ++k) {
      for (const Shape& shape : misshapen(call.takes[k].shape)) {
        std::vector<Type> types = call.takes;
        types[k].shape = shape;
        expect_sound(call, types);
      }
    }
  }
}

TEST(OpErrors, ReshapeSaysThatOneExtentMayBeOpen) {
  Builder builder;
  const Tensor x = builder.input("x", DType::f32, {4, 6});
  const std::string text = told([&] { reshape(x, {-1, -1}); });
  EXPECT_TRUE(text.ends_with("reshape: [4,6] to [-1,-1]: one extent may be -1, what is left")) << text;
}

}  // namespace
}  // namespace cgan_jit
