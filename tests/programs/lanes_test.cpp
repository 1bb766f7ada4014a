#include <gtest/gtest.h>

#include <functional>

#include "frontend/cgan_jit.h"
#include "passes/pipeline.h"
#include "tests/support/bit_equality.h"
#include "tests/support/environments.h"
#include "tests/support/object_code.h"

// Law: what the DSL makes of large tensors, and of their gradients, is computed sixteen elements at a time,
// but for a share below one lane's. (Single elements that are scattered are not: they may meet.)

namespace cgan_jit {
namespace {

/// How much a kernel's loops compute, load and store of what is no index: one by one, and in lanes. Both
/// sides of a branch count.
class WorkCounter {
 public:
  explicit WorkCounter(const loop::Kernel& kernel) : kernel_(kernel) {
    visit(kernel.body, static_cast<double>(kernel.units));
  }
  double one_by_one = 0, in_lanes = 0;

 private:
  void visit(const loop::Block& block, double times) {
    for (const loop::Stmt& statement : block)
      std::visit([&](const auto& op) { count(op, times); }, statement.op);
  }

  template <typename Op>
  void count(const Op&, double) {}
  void count(const loop::For& loop, double times) {
    for (const loop::Index& end : loop.ends) {
      if (!end.terms.empty()) continue;
      const double trips = static_cast<double>((end.offset - loop.begin.offset + loop.step - 1) / loop.step);
      return visit(loop.body, times * trips);
    }
    visit(loop.body, times);
  }
  void count(const loop::If& branch, double times) {
    visit(branch.then, times);
    visit(branch.otherwise, times);
  }
  void count(const loop::Compute& compute, double times) { add(compute.dst, times); }
  void count(const loop::Load& load, double times) { add(load.dst, times); }
  void count(const loop::Store& store, double times) { add(store.value, times); }
  void count(const loop::Divide& divide, double times) { add(divide.quotient, times); }

  void add(loop::Reg reg, double times) {
    const bool vector = kernel_.regs[static_cast<size_t>(reg)].vector;
    (vector ? in_lanes : one_by_one) += times * (vector ? loop::lanes : 1);
  }

  const loop::Kernel& kernel_;
};

constexpr double most_of_all = 1.0 / loop::lanes;

struct Large {
  std::string name;
  std::vector<Shape> shapes;
  std::function<Tensor(Builder&, const std::vector<Tensor>&)> function;
};

Recording with_gradients(const Large& test) {
  Builder builder;
  std::vector<Tensor> operands;
  for (const Shape& shape : test.shapes)
    operands.push_back(builder.input("x" + std::to_string(operands.size()), DType::f32, shape));
  const Tensor y = test.function(builder, operands);
  builder.output("y", y);
  if (y.dtype() != DType::f32) return builder.build();
  const std::vector<Tensor> gradients = grad(sum(y * builder.input("u", DType::f32, y.shape())), operands);
  for (size_t i = 0; i < gradients.size(); ++i) builder.output("d" + std::to_string(i), gradients[i]);
  return builder.build();
}

#define CGAN_JIT_LARGE(shapes, ...)                                              \
  Large {                                                                        \
#__VA_ARGS__, shapes, [](Builder& b, const std::vector<Tensor>& p) -> Tensor { \
      (void)b;                                                                    \
      (void)p;                                                                    \
      return __VA_ARGS__;                                                         \
    } \
  }
using Shapes = std::vector<Shape>;

std::vector<Large> large() {
  const Shapes one = {{96, 250}}, two = {{96, 250}, {96, 250}}, images = {{8, 16, 30, 30}};
  const Shapes sequences = {{8, 32, 126}};
  return {
      CGAN_JIT_LARGE(one, relu(p[0])),
      CGAN_JIT_LARGE(one, softmax(p[0], 1)),
      CGAN_JIT_LARGE(one, var(p[0], {1})),
      CGAN_JIT_LARGE(one, max(p[0], {1})),
      CGAN_JIT_LARGE(one, argmax(p[0], 1)),
      CGAN_JIT_LARGE(one, cumsum(p[0], 1)),
      CGAN_JIT_LARGE(one, flip(p[0], {1})),
      CGAN_JIT_LARGE(one, pow(p[0], p[0])),
      CGAN_JIT_LARGE(two, concat({p[0], p[1]}, 1)),
      CGAN_JIT_LARGE(two, concat({p[0], p[1]}, 0)),
      CGAN_JIT_LARGE(images, max_pool2d(p[0], 2)),
      CGAN_JIT_LARGE(images, avg_pool2d(p[0], 3, {.stride = 2, .padding = 1})),
      CGAN_JIT_LARGE(images, interpolate(p[0], {.scale_factor = 2})),
      CGAN_JIT_LARGE(images, interpolate(p[0], {.scale_factor = 1.5})),
      CGAN_JIT_LARGE(images, interpolate(p[0], {.scale_factor = {1, 1.3}, .mode = Interpolation::bilinear})),
      CGAN_JIT_LARGE(images, interpolate(p[0], {.size = {21, 23}, .mode = Interpolation::bilinear})),
      CGAN_JIT_LARGE(images,
                     interpolate(p[0], {.size = 45, .mode = Interpolation::bilinear, .align_corners = true})),
      CGAN_JIT_LARGE((Shapes{{8, 16, 32, 32}, {16, 16, 3, 3}}), conv2d(p[0], p[1], {.padding = 1})),
      CGAN_JIT_LARGE(images, group_norm(p[0], 4)),
      CGAN_JIT_LARGE(images, instance_norm(p[0])),
      CGAN_JIT_LARGE(one, layer_norm(p[0], {p[0].shape()[1]})),
      CGAN_JIT_LARGE(one, log_softmax(p[0], 0)),
      CGAN_JIT_LARGE(one, logsumexp(p[0], {1})),
      CGAN_JIT_LARGE(one, gelu(p[0])),
      CGAN_JIT_LARGE(one, erf(p[0])),
      CGAN_JIT_LARGE(one, tril(p[0])),
      CGAN_JIT_LARGE(one, embedding(p[0], b.iota(0, {50}))),
      CGAN_JIT_LARGE(one, one_hot(b.iota(0, {300}), 100)),
      CGAN_JIT_LARGE(one, stack({p[0], p[0]}, 1)),
      CGAN_JIT_LARGE(one, stack({p[0], p[0]}, 2)),
      CGAN_JIT_LARGE(one, slice(p[0], 1, 3, 200, 2)),
      CGAN_JIT_LARGE(one, pad(p[0], {{1, 2}, {3, 4}})),
      CGAN_JIT_LARGE(one, transpose(p[0])),
      CGAN_JIT_LARGE(one, reshape(p[0], {48, -1})),
      CGAN_JIT_LARGE(one, cumsum(p[0], 0)),
      CGAN_JIT_LARGE(one, norm(p[0], {0})),
      CGAN_JIT_LARGE(two, where(p[0] > p[1], p[0], p[1])),
      CGAN_JIT_LARGE(one, cross_entropy(p[0], b.iota(0, {96}))),
      CGAN_JIT_LARGE(images, cross_entropy(p[0], argmax(p[0], 1))),
      CGAN_JIT_LARGE(two, kl_div(p[0], p[1])),
      CGAN_JIT_LARGE(two, smooth_l1_loss(p[0], p[1])),
      CGAN_JIT_LARGE(two, matmul(p[0], transpose(p[1]))),
      CGAN_JIT_LARGE(one, einsum("ij,kj->ik", {p[0], p[0]})),
      CGAN_JIT_LARGE((Shapes{{8, 16, 30, 30}, {16, 16, 3, 3}}), conv_transpose2d(p[0], p[1], {.stride = 2})),
      CGAN_JIT_LARGE(one, min(p[0], {1})),
      CGAN_JIT_LARGE(one, min(p[0], {0})),
      CGAN_JIT_LARGE(one, min(p[0])),
      CGAN_JIT_LARGE(one, argmin(p[0], 1)),
      CGAN_JIT_LARGE(one, argmin(p[0])),
      CGAN_JIT_LARGE(one, stddev(p[0], {1})),
      CGAN_JIT_LARGE(one, stddev(p[0])),
      CGAN_JIT_LARGE(one, prod(p[0], 1)),
      CGAN_JIT_LARGE(one, prod(p[0], 0)),
      CGAN_JIT_LARGE(one, prod(p[0])),
      CGAN_JIT_LARGE(one, any(p[0], {1})),
      CGAN_JIT_LARGE(one, all(p[0], {0})),
      CGAN_JIT_LARGE(one, square(p[0])),
      CGAN_JIT_LARGE(one, reciprocal(p[0])),
      CGAN_JIT_LARGE(one, exp2(p[0])),
      CGAN_JIT_LARGE(one, log2(p[0])),
      CGAN_JIT_LARGE(one, tan(p[0])),
      CGAN_JIT_LARGE(one, sinh(p[0])),
      CGAN_JIT_LARGE(one, cosh(p[0])),
      CGAN_JIT_LARGE(one, relu6(p[0])),
      CGAN_JIT_LARGE(one, hardswish(p[0])),
      CGAN_JIT_LARGE(one, mish(p[0])),
      CGAN_JIT_LARGE(one, selu(p[0])),
      CGAN_JIT_LARGE(one, celu(p[0], 2)),
      CGAN_JIT_LARGE(one, logsigmoid(p[0])),
      CGAN_JIT_LARGE(one, softsign(p[0])),
      CGAN_JIT_LARGE(one, tanhshrink(p[0])),
      CGAN_JIT_LARGE(one, glu(p[0])),
      CGAN_JIT_LARGE(one, glu(p[0], 0)),
      CGAN_JIT_LARGE(one, masked_fill(p[0], p[0] > 1, -1)),
      CGAN_JIT_LARGE(two, lerp(p[0], p[1], 0.3)),
      CGAN_JIT_LARGE(two, lerp(p[0], p[1], p[0])),
      CGAN_JIT_LARGE(one, roll(p[0], 5, 1)),
      CGAN_JIT_LARGE(one, roll(p[0], {3, -5}, {0, 1})),
      CGAN_JIT_LARGE(one, repeat(p[0], {2, 3})),
      CGAN_JIT_LARGE(one, repeat(p[0], {4, 1, 1})),
      CGAN_JIT_LARGE(images, movedim(p[0], 1, -1)),
      CGAN_JIT_LARGE(images, transpose(p[0], 1, 2)),
      CGAN_JIT_LARGE(one, index_select(p[0], 0, b.iota(0, {40}) * 2)),
      CGAN_JIT_LARGE(sequences, index_select(p[0], 1, b.iota(0, {16}) * 2)),
      CGAN_JIT_LARGE(images, pad(p[0], {{0, 0}, {0, 0}, {1, 1}, {1, 1}}, Border::reflect)),
      CGAN_JIT_LARGE(images, pad(p[0], {{0, 0}, {0, 0}, {1, 1}, {1, 1}}, Border::replicate)),
      CGAN_JIT_LARGE(images, pad(p[0], {{0, 0}, {0, 0}, {2, 1}, {1, 2}}, Border::circular)),
      CGAN_JIT_LARGE(sequences, pad(p[0], {{0, 0}, {0, 0}, {3, 3}}, Border::reflect)),
      CGAN_JIT_LARGE(images, pixel_shuffle(p[0], 2)),
      CGAN_JIT_LARGE(images, pixel_unshuffle(p[0], 2)),
      CGAN_JIT_LARGE(one, normalize(p[0])),
      CGAN_JIT_LARGE(two, cosine_similarity(p[0], p[1])),
      CGAN_JIT_LARGE(two, pairwise_distance(p[0], p[1])),
      CGAN_JIT_LARGE(sequences, max_pool1d(p[0], 2)),
      CGAN_JIT_LARGE(sequences, avg_pool1d(p[0], 3, {.stride = 1, .padding = 1})),
      CGAN_JIT_LARGE(sequences, adaptive_avg_pool1d(p[0], 6)),
      CGAN_JIT_LARGE(images, adaptive_max_pool2d(p[0], 5)),
      CGAN_JIT_LARGE((Shapes{{8, 32, 126}, {32, 16, 4}}), conv_transpose1d(p[0], p[1], {.stride = 2})),
      CGAN_JIT_LARGE(one, rms_norm(p[0], {250})),
      CGAN_JIT_LARGE(two, poisson_nll_loss(p[0], p[1], {.full = true})),
      CGAN_JIT_LARGE(two, gaussian_nll_loss(p[0], p[1], exp(p[0]))),
      CGAN_JIT_LARGE(two, soft_margin_loss(p[0], p[1])),
      CGAN_JIT_LARGE(two, hinge_embedding_loss(p[0], p[1])),
      CGAN_JIT_LARGE(two, margin_ranking_loss(p[0], p[1], 1)),
      CGAN_JIT_LARGE(two, cosine_embedding_loss(p[0], p[1], 1)),
      CGAN_JIT_LARGE(two, triplet_margin_loss(p[0], p[1], p[0] * 2, {.swap = true})),
      CGAN_JIT_LARGE(one, linspace(b, 0, 1, 20000)),
      CGAN_JIT_LARGE(one, eye(b, 200)),
  };
}

TEST(Lanes, DoTheWorkOfLargeTensors) {
  PipelineOptions options;
  options.target = target_of("x86-64-v3");
  for (const Large& test : large()) {
    const LoweredProgram program = lower_program(with_gradients(test).graph, options);
    double one_by_one = 0, in_lanes = 0;
    for (const LoweredKernel& kernel : program.kernels) {
      const WorkCounter work(kernel.loops);
      one_by_one += work.one_by_one;
      in_lanes += work.in_lanes;
    }
    EXPECT_LE(one_by_one, most_of_all * (one_by_one + in_lanes)) << test.name;
  }
}

TEST(Lanes, MakeTheInterpretersBits) {
  SessionOptions options;
  options.threads = 2;
  options.cache_dir = "";
  for (const Large& test : large()) {
    const Graph graph = with_gradients(test).graph;
    EXPECT_EQ(bit_difference(graph, options, {random_environment<float>(graph, 1)}), std::nullopt)
        << test.name;
  }
}

}  // namespace
}  // namespace cgan_jit
