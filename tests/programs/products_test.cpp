#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>

#include "codegen/jit.h"
#include "frontend/cgan_jit.h"
#include "ir/text.h"
#include "passes/lower/tiles.h"
#include "passes/pipeline.h"
#include "passes/products/distribute.h"
#include "tests/support/bit_equality.h"
#include "tests/support/compare.h"
#include "tests/support/environments.h"
#include "tests/support/object_code.h"

// Law: every large sum of products runs in tiles, whatever it looks like: batched, transposed, regrouped,
// strided, padded, by a vector, of each channel alone, of what was upsampled; and gives the interpreter's
// bits.

namespace cgan_jit {
namespace {

constexpr int64_t most_products = 1'500'000;  // that the interpreter is asked for

/// A random program of one product, with its gradients.
class RandomProduct {
 public:
  enum class Kind : uint8_t { any, of_upsampled, transposed };

  explicit RandomProduct(uint64_t seed, Kind kind = Kind::any) : random_(seed) {
    constexpr std::array<void (RandomProduct::*)(), 5> kinds = {
        &RandomProduct::convolution_of_upsampled, &RandomProduct::matrices, &RandomProduct::convolution,
        &RandomProduct::letters, &RandomProduct::vector};
    if (kind == Kind::any) (this->*kinds[static_cast<size_t>(below(kinds.size()))])();
    if (kind == Kind::of_upsampled) convolution_of_upsampled();
    if (kind == Kind::transposed) transposed_convolution();
  }

  Graph graph() { return builder_.build().graph; }
  const std::string& says() const { return says_; }

 private:
  int64_t below(int64_t end) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(end)); }
  int64_t from(int64_t low, int64_t high) { return low + below(high - low + 1); }
  bool flips() { return below(2) == 0; }

  /// Bound, computed, or a param.
  Tensor operand(const std::string& name, const Shape& shape) {
    says_ += name + to_string(shape) + " ";
    if (flips()) return builder_.param(name, shape, NormalInit{});
    const Tensor bound = builder_.input(name, DType::f32, shape);
    return flips() ? bound : tanh(bound);
  }

  /// The same elements, through a reshape that regroups them.
  Tensor regrouped_operand(const std::string& name, const Shape& shape) {
    if (rank_of(shape) < 2 || flips()) return operand(name, shape);
    Shape flat(shape.begin() + 1, shape.end());
    flat[0] *= shape[0];
    return reshape(operand(name, flat), shape);
  }

  void deliver(const Tensor& y, const std::vector<Tensor>& operands) {
    const Tensor upstream = builder_.input("upstream", DType::f32, y.shape());
    const std::vector<Tensor> gradients = grad(sum(y * upstream), operands);
    builder_.output("y", y);
    for (size_t i = 0; i < gradients.size(); ++i)
      builder_.output("gradient" + std::to_string(i), gradients[i]);
  }

  /// An operand [...batch, rows, columns], perhaps stored the other way round.
  Tensor matrix(const std::string& name, Shape batch, int64_t rows, int64_t columns) {
    const bool transposed = flips();
    batch.insert(batch.end(), {transposed ? columns : rows, transposed ? rows : columns});
    const Tensor stored = regrouped_operand(name, batch);
    return transposed ? transpose(stored) : stored;
  }

  void matrices() {
    Shape batch(below(3));
    int64_t batches = 1;
    for (int64_t& extent : batch) batches *= extent = from(2, 9);
    const int64_t rows = from(1, 70), columns = from(16, 90);
    const int64_t terms = std::min<int64_t>(most_products / (batches * rows * columns), 400);
    if (terms < 2) return matrices();
    const Tensor a = matrix("a", batch, rows, terms),
                 b = matrix("b", flips() ? batch : Shape{}, terms, columns);
    deliver(matmul(a, b), {a, b});
  }

  void convolution() {
    ConvOptions how{.stride = from(1, 2), .padding = from(0, 2), .dilation = from(1, 2)};
    const int64_t batch = below(3) == 0 ? from(1, 7) : from(8, 40);
    const int64_t side = from(9, 14), kernel = flips() ? 3 : from(1, 5);
    int64_t in = from(1, 40), out = from(1, 40);
    switch (below(3)) {
      case 0:
        break;
      case 1:
        out = how.groups = in;
        break;
      default:
        how.groups = from(2, 3), in = how.groups * from(1, 12), out = how.groups * from(1, 12);
    }
    if (batch * in / how.groups * out * side * side * kernel * kernel > most_products) return convolution();
    const Tensor x = operand("x", {batch, in, side, side}),
                 w = operand("w", {out, in / how.groups, kernel, kernel});
    deliver(conv2d(x, w, how), {x, w});
  }

  /// Of a picture some times as high and wide, not much larger than 100,000 products or many times as large.
  void convolution_of_upsampled() {
    const int64_t high = from(1, 3), wide = from(2, 3);
    const ConvOptions how{.stride = from(1, 4) == 1 ? wide : 1, .padding = from(0, 2)};
    const int64_t batch = from(8, 20), side = from(3, 9), kernel = from(1, 5);
    const int64_t least = kernel > 1 ? 4 : 8;  // of a gradient of a weight, for a tile's sums
    const int64_t in = from(least, 30), out = from(least, 30);
    const int64_t places = side * high * side * wide;
    if (side * high + 2 * how.padding.height < kernel ||
        batch * in * out * places * kernel * kernel > 3 * most_products)
      return convolution_of_upsampled();
    const Tensor x = operand("x", {batch, in, side, side}), w = operand("w", {out, in, kernel, kernel});
    says_ += "times " + to_string(Shape{high, wide});
    const Tensor large =
        interpolate(x, {.scale_factor = {static_cast<double>(high), static_cast<double>(wide)}});
    const Tensor y = conv2d(large, w, how);
    const bool halves = flips() && y.shape()[2] % 2 == 0 && y.shape()[3] % 2 == 0;
    deliver(halves ? avg_pool2d(y, 2) : y, {x, w});
  }

  /// Of pictures or sequences.
  void transposed_convolution() {
    const int64_t batch = from(8, 30), kernel = from(1, 5), groups = from(1, 3);
    const int64_t in = groups * from(1, 16), out = from(1, 16), stride = from(1, 3), dilation = from(1, 2);
    const int64_t padding = from(0, dilation * (kernel - 1) / 2);
    const int64_t further = from(0, std::max(stride, dilation) - 1);
    const bool is_picture = flips();
    const int64_t side = is_picture ? from(5, 10) : from(20, 90);
    Shape x_shape = {batch, in, side}, w_shape = {in, out, kernel};
    if (is_picture) x_shape.push_back(side), w_shape.push_back(kernel);
    if (element_count(x_shape) * element_count(w_shape) / in > most_products) return transposed_convolution();
    const Tensor x = operand("x", x_shape), w = operand("w", w_shape);
    says_ += "stride, padding, further, groups, dilation ";
    says_ += to_string(Shape{stride, padding, further, groups, dilation});
    deliver(is_picture ? conv_transpose2d(x, w, {stride, padding, further, groups, dilation})
                       : conv_transpose1d(x, w, {stride, padding, further, groups, dilation}),
            {x, w});
  }

  void letters() {
    const std::vector<const char*> equations = {"bik,bjk->bij",    "bki,bkj->bij",    "bik,kjb->jib",
                                                "bhid,bhjd->bhij", "bihd,bjhd->bhij", "ikl,lkj->ij",
                                                "bik,bk->bi"};
    const std::string equation = equations[static_cast<size_t>(below(std::ssize(equations)))];
    std::map<char, int64_t> extents;
    int64_t products = 1;
    for (char letter : equation.substr(0, equation.find('-'))) {
      if (letter != ',' && extents.emplace(letter, from(letter == 'b' || letter == 'h' ? 2 : 6, 40)).second)
        products *= extents[letter];
    }
    if (products > most_products) return letters();
    const auto shape_of = [&](const std::string& part) {
      Shape shape;
      for (char letter : part) shape.push_back(extents[letter]);
      return shape;
    };
    const size_t comma = equation.find(','), arrow = equation.find('-');
    const Tensor a = operand("a", shape_of(equation.substr(0, comma)));
    const Tensor b = operand("b", shape_of(equation.substr(comma + 1, arrow - comma - 1)));
    says_ += equation;
    deliver(einsum(equation, {a, b}), {a, b});
  }

  /// Not of 17, 19, 23 or another prime number of blocks of 64, which no panels of several divide.
  int64_t wide_extent() {
    for (;;) {
      const int64_t extent = from(128, 1500), blocks = (extent + 63) / 64;
      for (int64_t together = 2; together <= 15; ++together) {
        if (blocks % together == 0) return extent;
      }
    }
  }

  void vector() {
    const int64_t rows = wide_extent(), terms = wide_extent();
    const Tensor w = operand("w", {rows, terms}), x = operand("x", {terms});
    deliver(flips() ? einsum("ij,j->i", {w, x}) : reshape(matmul(w, reshape(x, {terms, 1})), {rows}), {w, x});
  }

  std::mt19937_64 random_;
  Builder builder_;
  std::string says_;
};

/// Of the product and its gradients.
void expect_tiles_and_bits(RandomProduct&& product) {
  SCOPED_TRACE(product.says());
  const Graph graph = product.graph();
  for (const char* cpu : {"x86-64-v3", "x86-64-v4"}) {
    SCOPED_TRACE(cpu);
    PipelineOptions options;
    options.target = target_of(cpu);
    const LoweredProgram program = lower_program(graph, options);
    for (const LoweredKernel& kernel : program.kernels) {
      const Multiplications found = multiplications_of(program.graph, kernel, options.target);
      EXPECT_GE(found.useful(), 0.999 * found.needed) << kernel.name << ": " << found.in_tiles << "\n"
                                                      << print(program.graph);
    }
    if (!host_can_run(cpu)) continue;
    SessionOptions running;
    running.cpu = cpu;
    running.cache_dir = "";
    EXPECT_EQ(bit_difference(graph, running, {random_environment<float>(graph, 1)}), std::nullopt);
  }
}

class Products : public testing::TestWithParam<int> {};

TEST_P(Products, OfAnyFormRunInTiles) {
  expect_tiles_and_bits(RandomProduct(static_cast<uint64_t>(GetParam())));
}

TEST(TransposedConvolutions, RunInTiles) {
  for (uint64_t seed = 0; seed < 40; ++seed)
    expect_tiles_and_bits(RandomProduct(seed, RandomProduct::Kind::transposed));
}

// Most are large enough to be summed up before they are multiplied; in double, no number changes.
TEST(ConvolutionsOfUpsampled, KeepTheirValuesWithFewerProducts) {
  constexpr int programs = 20;
  int changed = 0;
  for (int seed = 0; seed < programs; ++seed) {
    RandomProduct product(static_cast<uint64_t>(seed), RandomProduct::Kind::of_upsampled);
    SCOPED_TRACE(product.says());
    const Graph contracted = run_graph_passes(product.graph(), {}, {}, "contract");
    const Graph fewer = distribute(contracted);
    if (fewer == contracted) continue;
    ++changed;
    const auto environment = random_environment<double>(contracted, 1);
    const auto found = difference(interpret(contracted, environment), interpret(fewer, environment), 1e-9);
    EXPECT_FALSE(found) << *found;
  }
  EXPECT_GE(changed, programs / 2);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Products, testing::Range(0, 200));

}  // namespace
}  // namespace cgan_jit
