#include <gtest/gtest.h>

#include <algorithm>

#include "codegen/jit.h"
#include "frontend/cgan_jit.h"
#include "passes/pipeline.h"
#include "tests/support/object_code.h"

// The inner loops of the kernels that the whole pipeline makes for products: of Linears, with the optimiser
// behind the weight gradient, of convolutions, of attention, of a matrix by a vector. They need no machine
// that can run them.

namespace cgan_jit {
namespace {

/// A training step of two Linears of 512 by 512 with batch 64, so that one of them wants an input gradient.
Graph two_linears() {
  Builder builder;
  Sequential model(builder);
  for (int i = 0; i < 2; ++i) {
    model.add<Linear>(512, 512);
    model.add<LeakyReLU>(0.2f);
  }
  const Tensor x = tanh(builder.input("x", DType::f32, {64, 512}));
  const Tensor loss = mse_loss(model(x), builder.input("target", DType::f32, {64, 512}));
  Adam{}.minimize(loss, builder.trained());
  builder.output("loss", loss);
  return builder.build();
}

/// `y` with the gradients by its operands.
Graph with_gradients(Builder& builder, const Tensor& y, const std::vector<Tensor>& operands) {
  const Tensor upstream = tanh(builder.input("upstream", DType::f32, y.shape()));
  const std::vector<Tensor> gradients = grad(sum(y * upstream), operands);
  builder.output("y", y);
  for (size_t i = 0; i < gradients.size(); ++i) builder.output(fmt::format("gradient{}", i), gradients[i]);
  return builder.build();
}

Graph convolution() {
  Builder builder;
  const Tensor x = tanh(builder.input("x", DType::f32, {64, 32, 16, 16}));
  const Tensor w = builder.param("w", {64, 32, 3, 3}, NormalInit{});
  return with_gradients(builder, conv2d(x, w, {.padding = 1}), {x, w});
}

Graph attention() {
  Builder builder;
  const auto operand = [&](const char* name) { return builder.input(name, DType::f32, {16, 4, 64, 32}); };
  const Tensor query = operand("query"), key = operand("key"), value = operand("value");
  return with_gradients(builder, scaled_dot_product_attention(query, key, value), {query, key, value});
}

Graph matrix_by_vector() {
  Builder builder;
  const Tensor x = tanh(builder.input("x", DType::f32, {1, 512}));
  return with_gradients(builder, matmul(x, builder.param("w", {512, 512}, NormalInit{})), {x});
}

int64_t vector_fmas(const loop::Kernel& kernel, const loop::Block& block) {
  return std::count_if(block.begin(), block.end(), [&](const loop::Stmt& stmt) {
    const auto* compute = std::get_if<loop::Compute>(&stmt.op);
    return compute && compute->fn == Fn::fma && kernel.regs[static_cast<uint32_t>(compute->dst)].vector;
  });
}

bool has_loops(const loop::Block& block) {
  return std::any_of(block.begin(), block.end(), [](const loop::Stmt& stmt) {
    return std::holds_alternative<loop::For>(stmt.op) || std::holds_alternative<loop::If>(stmt.op);
  });
}

/// Vector multiply-adds in one turn of the innermost loop that has the most: rows x vectors x unrolling.
int64_t most_fmas(const loop::Kernel& kernel, const loop::Block& block) {
  int64_t most = 0;
  for (const loop::Stmt& stmt : block) {
    if (const auto* loop = std::get_if<loop::For>(&stmt.op)) {
      const int64_t here = has_loops(loop->body) ? 0 : loop->unroll * vector_fmas(kernel, loop->body);
      most = std::max({most, here, most_fmas(kernel, loop->body)});
    } else if (const auto* branch = std::get_if<loop::If>(&stmt.op)) {
      most = std::max({most, most_fmas(kernel, branch->then), most_fmas(kernel, branch->otherwise)});
    }
  }
  return most;
}

/// Of the loop's instructions. %rbp is an ordinary register in a function that sets up no frame.
int64_t stack_accesses(const Lines& loop, const std::string& function) {
  const bool has_frame = function.find("%rsp, %rbp") != std::string::npos;
  return count_of(loop, "%rsp") + (has_frame ? count_of(loop, "(%rbp") : 0);
}

bool has_contraction(const Graph& graph, const LoweredKernel& kernel) {
  return std::any_of(kernel.nodes.begin(), kernel.nodes.end(),
                     [&](Value node) { return as<Contract>(graph[node]) != nullptr; });
}

struct Products {
  std::string name;
  Graph (*graph)();
  int count;  // of kernels with a product
};

const std::vector<Products> programs = {
    {"two Linears", two_linears, 5},
    {"convolution", convolution, 3},
    {"attention", attention, 6},
    {"matrix by vector", matrix_by_vector, 2},
};

class ProductObjectCode : public testing::TestWithParam<std::string> {
 protected:
  void expect_clean(const LoweredKernel& kernel, const Target& target) {
    const int64_t registers = loop::lanes / target.vector_floats;  // of one vector
    const std::string text = assembly(kernel.loops, target);
    const Lines hot = hot_loop(text, "vfmadd");
    const int64_t fmas = most_fmas(kernel.loops, kernel.loops.body);
    EXPECT_GE(fmas, 4) << kernel.name << ": no register tile\n" << loop::print(kernel.loops);
    EXPECT_EQ(count_of(hot, "vfmadd"), registers * fmas) << kernel.name;
    EXPECT_EQ(stack_accesses(hot, text), 0) << kernel.name << "\n" << text;
    EXPECT_EQ(text.find("call"), std::string::npos) << kernel.name << ": nothing is called";
  }
};

TEST_P(ProductObjectCode, InnerLoopsHaveNoSpillAndNoCall) {
  PipelineOptions options;
  options.target = target_of(GetParam());
  for (const Products& products : programs) {
    SCOPED_TRACE(products.name);
    const LoweredProgram program = lower_program(products.graph(), options);
    int count = 0;
    for (const LoweredKernel& kernel : program.kernels) {
      if (!has_contraction(program.graph, kernel)) continue;
      ++count;
      expect_clean(kernel, options.target);
    }
    EXPECT_EQ(count, products.count);
  }
}

std::string name_of_cpu(const testing::TestParamInfo<std::string>& info) {
  return info.param == "x86-64-v3" ? "Avx2" : "Avx512";
}
INSTANTIATE_TEST_SUITE_P(Cpus, ProductObjectCode, testing::Values("x86-64-v3", "x86-64-v4"), name_of_cpu);

}  // namespace
}  // namespace cgan_jit
