#include <gtest/gtest.h>

#include <functional>

#include "frontend/cgan_jit.h"

// Law: whatever a user does wrong in a program's source is an Error that names a line of that source, never a
// fault of ours, and never a line of ours.
namespace cgan_jit {
namespace {

/// What a mistake is told as.
std::string told(const std::function<void()>& mistake) {
  try {
    mistake();
  } catch (const Error& error) { return error.what(); } catch (const std::exception& other) {
    return std::string("no Error: ") + other.what();
  }
  return "nothing";
}

bool names_this_file(const std::string& text) { return text.starts_with("mistakes_test.cpp:"); }

std::string at_line(int line, const std::string& text) {
  return fmt::format("mistakes_test.cpp:{}: {}", line, text);
}

class Mistakes : public testing::Test {
 protected:
  Builder builder, other;
  Tensor none;
  Tensor a = builder.input("a", DType::f32, {4, 6});
  Tensor n = builder.input("n", DType::i32, {4, 6});
  Tensor u = builder.input("u", DType::u32, {4, 6});
  Tensor bytes = builder.input("bytes", DType::u8, {4, 6});
  Tensor flags = builder.input("flags", DType::boolean, {4, 6});
  Tensor w = builder.param("w", {6}, ConstantInit{1});
  Tensor count = builder.state("count", {DType::i32, {}});
  Tensor loss = sum(a * w);
  Tensor image = builder.input("image", DType::f32, {1, 2, 5, 5});
  Tensor kernel = builder.input("kernel", DType::f32, {3, 2, 3, 3});
  Tensor strange = other.input("a", DType::f32, {4, 6});
  Tensor strange_param = other.param("w", {6}, ConstantInit{1});
  Tensor strange_loss = sum(strange);
  static constexpr int64_t huge = int64_t{1} << 62;
};

#define EXPECT_TOLD(...) EXPECT_PRED1(names_this_file, told([&] { __VA_ARGS__; }))

TEST_F(Mistakes, NumbersThatTheElementTypeHasNot) {
  const int line = __LINE__ + 1;
  const std::string text = told([&] { n * 0.5; });
  EXPECT_EQ(text, at_line(line, "mul: i32[4,6] by 0.5, which is no i32 number"));
  EXPECT_TOLD(0.5 + n);
  EXPECT_TOLD(n + 3e9);
  EXPECT_TOLD(n < std::numeric_limits<double>::quiet_NaN());
  EXPECT_TOLD(u - -1);
  EXPECT_TOLD(bytes == 256);
  EXPECT_TOLD(where(flags, n, 0.5));
  EXPECT_TOLD(maximum(n, 1e300));
  EXPECT_TOLD(relu(flags));
  EXPECT_TOLD(leaky_relu(n, 0.5f));
  EXPECT_TOLD(builder.constant(0.5, DType::i32, {2}));
  EXPECT_TOLD(builder.constant(-1, DType::u8));
  EXPECT_TOLD(builder.constant(2, DType::boolean));
  EXPECT_TOLD(pad(n, {{0, 0}, {1, 1}}, 0.5f));
  EXPECT_EQ(told([&] { n * -0.0; }), "nothing");
  EXPECT_EQ(told([&] { a * 0.1; }), "nothing");
}

TEST_F(Mistakes, TensorsOfAnotherBuilder) {
  EXPECT_TOLD(a + strange);
  EXPECT_TOLD(where(flags, a, strange));
  EXPECT_TOLD(where(other.constant(1, DType::boolean), a, 1));
  EXPECT_TOLD(matmul(a, transpose(strange)));
  EXPECT_TOLD(concat({a, strange}, 0));
  EXPECT_TOLD(embedding(a, other.constant(0, DType::i32, {3})));
  EXPECT_TOLD(conv2d(image, other.input("kernel", DType::f32, {3, 2, 3, 3})));
  EXPECT_TOLD(mse_loss(a, strange));
  EXPECT_TOLD(bce_with_logits_loss(a, strange));
  EXPECT_TOLD(cross_entropy(a, other.constant(0, DType::i32, {4})));
  EXPECT_TOLD(batch_norm(a, batch_statistics(strange), w, w, 1e-5f));
  EXPECT_TOLD(batch_norm(a, batch_statistics(a), w, strange_param, 1e-5f));
  EXPECT_TOLD(Linear(other, 6, 2)(a));
  EXPECT_TOLD(BatchNorm1d(other, 6)(a));
  EXPECT_TOLD(grad(loss, {strange}));
  EXPECT_TOLD(grad(strange_loss, {w}));
  EXPECT_TOLD(SGD{}.minimize(loss, {strange_param}));
  EXPECT_TOLD(Adam{}.minimize(strange_loss, {w}));
  EXPECT_TOLD(builder.output("x", strange));
  EXPECT_TOLD(builder.update(w, strange_param));
  EXPECT_TOLD(builder.update(strange_param, w));
  EXPECT_TOLD(builder.latest(strange_param));
}

TEST_F(Mistakes, TensorsThatNobodyMade) {
  EXPECT_TOLD(a + none);
  EXPECT_TOLD(none * 2);
  EXPECT_TOLD(exp(none));
  EXPECT_TOLD(none.shape());
  EXPECT_TOLD(none.rank());
  EXPECT_TOLD(none.dtype());
  EXPECT_TOLD(concat({none}, 0));
  EXPECT_TOLD(concat({a, none}, 0));
  EXPECT_TOLD(grad(loss, {none}));
  EXPECT_TOLD(SGD{}.minimize(loss, {none}));
  EXPECT_TOLD(builder.output("x", none));
  EXPECT_TOLD(builder.update(none, w));
  EXPECT_TOLD(builder.update(w, none));
  EXPECT_TOLD(builder.latest(none));
  EXPECT_TOLD(cross_entropy(a, none));
  EXPECT_TOLD(batch_norm(a, {none, none}, w, w, 1e-5f));
}

TEST_F(Mistakes, NamesThatAreTaken) {
  builder.output("loss", loss);
  EXPECT_TOLD(builder.output("loss", a));
  EXPECT_TOLD(builder.input("a", DType::f32, {4}));
  EXPECT_TOLD(builder.input("a", DType::i32, {4, 6}));
  EXPECT_TOLD(builder.param("w", {2}, NormalInit{}));
  EXPECT_TOLD(builder.state("w", {DType::i32, {}}));
  EXPECT_TOLD(builder.input("", DType::f32, {}));
  EXPECT_TOLD(builder.param("", {}, NormalInit{}));
  EXPECT_TOLD(Linear(builder, 2, 2); Linear(builder, 2, 2));
  builder.output("w", a);
  EXPECT_TOLD(builder.update(w, w + 1));
  EXPECT_TOLD(Adam{}.minimize(loss, {w}));
  Builder second;
  const Tensor p = second.param("p", {}, ConstantInit{0});
  second.update(p, p + 1);
  EXPECT_TOLD(second.output("p", p));
  second.input("step", DType::f32, {});
  EXPECT_TOLD(random_uniform(second, {2}));
  second.state("adam.p.step", {DType::i32, {}});
  EXPECT_TOLD(Adam{}.minimize(p * p, {p}));
}

TEST_F(Mistakes, ParamsThatAreNone) {
  EXPECT_TOLD(builder.update(a, a));
  EXPECT_TOLD(builder.update(w, a));
  EXPECT_TOLD(builder.update(w, count));
  EXPECT_TOLD(builder.update(count, w));
  EXPECT_TOLD(builder.latest(a));
  EXPECT_TOLD(SGD{}.minimize(loss, {a}));
  EXPECT_TOLD(Adam{}.minimize(loss, {a}));
  EXPECT_TOLD(Adam{}.minimize(loss, {count}));
  EXPECT_TOLD(Adam{}.minimize(loss, {w}); Adam{}.minimize(loss, {w}));
  EXPECT_TOLD(SGD{}.minimize(a, {w}));
}

TEST_F(Mistakes, Optimizers) {
  const std::vector<Tensor> gradients = grad(loss, {w});
  const int line = __LINE__ + 1;
  const std::string text = told([&] { Adam{}.step({w}, {a}); });
  EXPECT_EQ(text, at_line(line, "adam: param \"w\" is f32[6], but its gradient f32[4,6]"));
  const auto again = [&] { Adam{}.step({w}, gradients); };
  again();
  EXPECT_TRUE(told(again).ends_with(
      "adam: the state \"adam.w.step\" is there already: another optimiser of \"w\" needs another name"));
  EXPECT_EQ(told([&] { Adam{.name = "second"}.step({w}, gradients); }), "nothing");
  EXPECT_TOLD(SGD{}.step({}, {}));
  EXPECT_TOLD(SGD{}.minimize(loss, {}));
  EXPECT_TOLD(SGD{}.step({w}, {}));
  EXPECT_TOLD(SGD{}.step({w, w}, {w, w}));
  EXPECT_TOLD(SGD{}.step({strange_param}, gradients));
  EXPECT_TOLD(SGD{}.step({w}, {strange_param}));
  EXPECT_TOLD(SGD{}.step({none}, gradients));
  EXPECT_TOLD(SGD{}.step({w}, {none}));
  EXPECT_TOLD(SGD{}.step({count}, {count}));
  EXPECT_TOLD(SGD{.momentum = 1}.step({w}, gradients));
  EXPECT_TOLD(SGD{.nesterov = true}.step({w}, gradients));
  EXPECT_TOLD(SGD{.name = ""}.step({w}, gradients));
  EXPECT_TOLD(AdamW{.weight_decay = -1}.step({w}, gradients));
  EXPECT_TOLD(RMSprop{.alpha = 1}.step({w}, gradients));
  EXPECT_TOLD(Adagrad{.lr_decay = -1}.step({w}, gradients));
  EXPECT_TOLD(Adam{.name = "b", .count = a}.step({w}, gradients));
}

TEST_F(Mistakes, RatesAndBounds) {
  const std::vector<Tensor> gradients = grad(loss, {w});
  const int line = __LINE__ + 1;
  const std::string text = told([&] { SGD{.lr = w}.step({w}, gradients); });
  EXPECT_EQ(text, at_line(line, "learning rate: f32[6], not an f32 scalar"));
  EXPECT_TOLD(Adam{.lr = -1}.minimize(loss, {w}));
  EXPECT_TOLD(SGD{.lr = std::numeric_limits<double>::infinity()}.minimize(loss, {w}));
  EXPECT_TOLD(SGD{.lr = count}.minimize(loss, {w}));
  EXPECT_TOLD(SGD{.lr = strange_loss}.minimize(loss, {w}));
  EXPECT_TOLD(SGD{.lr = none}.minimize(loss, {w}));
  EXPECT_TOLD(SGD{.lr = [&](const Tensor&) { return a; }}.minimize(loss, {w}));
  EXPECT_TOLD(step_decay(0.1, 0, 0.5));
  EXPECT_TOLD(step_decay(0.1, 1, 0));
  EXPECT_TOLD(cosine_decay(0.1, 0));
  EXPECT_TOLD(cosine_decay(-0.1, 1));
  EXPECT_TOLD(warm_up(0, 0.1));
  EXPECT_TOLD(total_norm({}));
  EXPECT_TOLD(total_norm({n}));
  EXPECT_TOLD(total_norm({a, strange}));
  EXPECT_TOLD(clip_by_norm(gradients, 0));
  EXPECT_TOLD(clip_by_norm({none}, 1));
  EXPECT_TOLD(clip_by_value(gradients, -1));
}

TEST_F(Mistakes, ElementTypes) {
  EXPECT_TOLD(n + a);
  EXPECT_TOLD(exp(n));
  EXPECT_TOLD(n / n);
  EXPECT_TOLD(-bytes);
  EXPECT_TOLD(flags + flags);
  EXPECT_TOLD(cast(u, DType::f32));
  EXPECT_TOLD(sum(bytes));
  EXPECT_TOLD(max(flags));
  EXPECT_TOLD(mean(n));
  EXPECT_TOLD(matmul(n, transpose(n)));
  EXPECT_TOLD(matmul(a, transpose(n)));
  EXPECT_TOLD(embedding(a, a));
  EXPECT_TOLD(embedding(a, flags));
  EXPECT_TOLD(conv2d(cast(image, DType::u8), cast(kernel, DType::u8)));
  EXPECT_TOLD(conv2d(image, cast(kernel, DType::i32)));
  EXPECT_TOLD(max_pool2d(cast(image, DType::u8), 2));
  EXPECT_TOLD(where(n, a, a));
  EXPECT_TOLD(where(flags, a, n));
  EXPECT_TOLD(dropout(n, 0.5f));
  EXPECT_TOLD(batch_statistics(n));
  EXPECT_TOLD(batch_norm(a, batch_statistics(a), cast(w, DType::i32), w, 1e-5f));
  EXPECT_TOLD(mse_loss(n, n));
  EXPECT_TOLD(mse_loss(a, n));
  EXPECT_TOLD(bce_with_logits_loss(n, 1));
  EXPECT_TOLD(bce_with_logits_loss(a, n));
  EXPECT_TOLD(cross_entropy(n, slice(n, 1, 0, 1)));
  EXPECT_TOLD(cross_entropy(a, reshape(slice(a, 1, 0, 1), {4})));
  EXPECT_TOLD(grad(sum(n), {w}));
  EXPECT_TOLD(grad(loss, {n}));
  EXPECT_TOLD(Sequential model(builder); model.add<Linear>(6, 3); model(n));
}

TEST_F(Mistakes, ShapesAndBounds) {
  EXPECT_TOLD(a + w + image);
  EXPECT_TOLD(reshape(a, {-1, -1}));
  EXPECT_TOLD(reshape(a, {-2, 12}));
  EXPECT_TOLD(reshape(a, {0, -1}));
  EXPECT_TOLD(reshape(a, {huge, huge}));
  EXPECT_TOLD(reshape(a, {huge, -1}));
  EXPECT_TOLD(transpose(w));
  EXPECT_TOLD(permute(a, {0}));
  EXPECT_TOLD(permute(a, {0, 0}));
  EXPECT_TOLD(broadcast_to(w, {-4, 6}));
  EXPECT_TOLD(broadcast_to(w, {huge, 6}));
  EXPECT_TOLD(slice(a, 1, 5, 2));
  EXPECT_TOLD(slice(a, 0, 0, 4, 0));
  EXPECT_TOLD(concat({}, 0));
  EXPECT_TOLD(concat({a}, 2));
  EXPECT_TOLD(concat({a, w}, 0));
  EXPECT_TOLD(pad(a, {{1, 1}}));
  EXPECT_TOLD(pad(a, {{-1, 0}, {0, 0}}));
  EXPECT_TOLD(pad(a, {{huge, huge}, {0, 0}}));
  EXPECT_TOLD(sum(a, {0, 0}));
  EXPECT_TOLD(mean(a, {-3}));
  EXPECT_TOLD(max_keepdim(a, {2}));
  EXPECT_TOLD(matmul(sum(w), w));
  EXPECT_TOLD(matmul(w, a));
  EXPECT_TOLD(conv2d(image, kernel, {.stride = 0}));
  EXPECT_TOLD(conv2d(image, kernel, {.padding = -1}));
  EXPECT_TOLD(conv2d(image, kernel, {.padding = huge}));
  EXPECT_TOLD(max_pool2d(image, 6, {.stride = 1}));
  EXPECT_TOLD(batch_norm(a, {w, sum(w)}, w, w, 1e-5f));
  EXPECT_TOLD(cross_entropy(a, n));
  EXPECT_TOLD(smooth_l1_loss(a, a, Reduction::mean, -1));
  EXPECT_TOLD(huber_loss(a, a, Reduction::mean, 0));
  EXPECT_TOLD(huber_loss(a, a, Reduction::mean, std::numeric_limits<float>::infinity()));
  EXPECT_TOLD(softplus(a, 0));
  EXPECT_TOLD(builder.input("x", DType::f32, {-1}));
  EXPECT_TOLD(builder.input("y", DType::f32, {huge, huge}));
  EXPECT_TOLD(builder.param("x", {-1}, NormalInit{}));
  EXPECT_TOLD(builder.constant(1, DType::f32, {-1}));
  EXPECT_TOLD(builder.iota(1, {3}));
  EXPECT_TOLD(builder.iota(-1, {3}));
  EXPECT_TOLD(random_uniform(builder, {-1}));
  EXPECT_TOLD(random_normal(builder, {huge, 2}));
  EXPECT_TOLD(random_integers(builder, 0, {2}));
  EXPECT_TOLD(random_integers(builder, 3, {-2}));
  EXPECT_TOLD(normal_values(1, 0, -1));
  EXPECT_TOLD(dropout(a, 1));
  EXPECT_TOLD(Linear(builder / "l", -1, 2));
  EXPECT_TOLD(Embedding(builder / "e", 2, -1));
  EXPECT_TOLD(Sequential model(builder / "s"); model.add<Linear>(2, -1));
}

TEST_F(Mistakes, BoundsOfComposedOps) {
  const int line = __LINE__ + 1;
  const std::string text = told([&] { pad(a, {{0, 0}, {6, 2}}, Border::reflect); });
  EXPECT_EQ(text, at_line(line, "pad: [4,6] by 6 beyond axis 1: it has elements for 5 there"));
  EXPECT_TOLD(pad(a, {{0, 0}, {0, 7}}, Border::circular));
  EXPECT_TOLD(pad(slice(a, 0, 0, 0), {{1, 0}, {0, 0}}, Border::replicate));
  EXPECT_TOLD(pad(a, {{huge, 0}, {0, 0}}, Border::replicate));
  EXPECT_TOLD(pad(a, {{1, 1}}, Border::reflect));
  EXPECT_TOLD(pad(a, {{0, 0}, {-1, 0}}, Border::circular));
  EXPECT_TOLD(ZeroPad2d{-1}(image));
  EXPECT_TOLD(ReflectionPad2d{5}(image));
  EXPECT_TOLD(roll(a, 1, 2));
  EXPECT_TOLD(roll(a, {1, 2}, {0}));
  EXPECT_TOLD(repeat(a, {2}));
  EXPECT_TOLD(repeat(a, {2, -1}));
  EXPECT_TOLD(repeat(a, {huge / 8, 1}));
  EXPECT_TOLD(transpose(a, 0, 2));
  EXPECT_TOLD(movedim(a, 0, 2));
  EXPECT_TOLD(movedim(a, {0, 1}, {0}));
  EXPECT_TOLD(movedim(a, {0, 1}, {0, 0}));
  EXPECT_TOLD(index_select(a, 0, n));
  EXPECT_TOLD(linspace(builder, 0, 1, -1));
  EXPECT_TOLD(eye(builder, -1));
  EXPECT_TOLD(full_like(n, 0.5));
  EXPECT_TOLD(glu(a, 2));
  EXPECT_TOLD(glu(slice(a, 1, 0, 5)));
  EXPECT_TOLD(hardtanh(a, 1, -1));
  EXPECT_TOLD(celu(a, 0));
  EXPECT_TOLD(masked_fill(a, flags, w));
  EXPECT_TOLD(masked_fill(n, flags, 0.5));
  EXPECT_TOLD(masked_fill(w, flags, 0));
  EXPECT_TOLD(stddev(a, {0}, 4));
  EXPECT_TOLD(argmin(slice(a, 0, 0, 0), 0));
  EXPECT_TOLD(normalize(a, 2));
  EXPECT_TOLD(pairwise_distance(sum(a), sum(a)));
  EXPECT_TOLD(pixel_shuffle(image, 2));
  EXPECT_TOLD(pixel_shuffle(image, huge));
  EXPECT_TOLD(pixel_unshuffle(image, 0));
  EXPECT_TOLD(adaptive_max_pool2d(image, 2));
  EXPECT_TOLD(adaptive_avg_pool1d(a, 0));
  EXPECT_TOLD(max_pool1d(a, 7));
  EXPECT_TOLD(avg_pool1d(a, 2, {.padding = 2}));
  EXPECT_TOLD(conv_transpose1d(image, kernel));
  EXPECT_TOLD(ConvTranspose1d(builder / "t", 4, 2, 3, {.groups = 3}));
  EXPECT_TOLD(rms_norm(a, {4}));
  EXPECT_TOLD(gaussian_nll_loss(a, a, image));
  EXPECT_TOLD(gaussian_nll_loss(a, a, a, {.eps = 0}));
  EXPECT_TOLD(cosine_embedding_loss(a, a, w));
  EXPECT_TOLD(triplet_margin_loss(a, a, w));
}

// What was refused leaves nothing behind.
TEST_F(Mistakes, DoNoHarm) {
  const size_t inputs = builder.params().size();
  told([&] { builder.param("bad", {-1}, NormalInit{}); });
  told([&] { builder.output("bad", strange); });
  told([&] { builder.update(w, strange_param); });
  EXPECT_EQ(builder.params().size(), inputs);
  builder.output("bad", loss);
  EXPECT_EQ(builder.build().graph.outputs().size(), 1u);
}

}  // namespace
}  // namespace cgan_jit
