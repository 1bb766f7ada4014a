#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "tests/frontend/cases.h"
#include "tests/frontend/evaluate.h"

namespace cgan_jit {
namespace {

/// A program with the scalar "loss" and a gradient for each of its params, named as they are.
struct Program {
  Graph graph;
  std::vector<ParamDecl> params;
};

Program with_gradients(const Case& test, int order) {
  Builder builder;
  Params operands;
  for (size_t i = 0; i < test.shapes.size(); ++i)
    operands.push_back(builder.param(fmt::format("p{}", i), test.shapes[i], NormalInit{}));
  Tensor loss = probed(builder, test.function(builder, operands));
  const Params params = builder.trained();
  for (; order > 1; --order) {
    Tensor next = builder.constant(0);
    for (const Tensor& gradient : grad(loss, params)) next = next + probed(builder, gradient);
    loss = next;
  }
  const Params gradients = grad(loss, params);
  builder.output("loss", loss);
  for (size_t i = 0; i < params.size(); ++i)
    builder.output("d " + builder.name_of_param(params[i], Line::current()), gradients[i]);
  return {builder.build_without_updates(), builder.params()};
}

Environment<double> environment_of(const Program& program) {
  Environment<double> environment;
  uint32_t next = 10;
  for (const ParamDecl& param : program.params) environment[param.name] = random_reals(param.shape, next++);
  environment["seed"] = integers(DType::u32, {}, {7});
  environment["step"] = integers(DType::u32, {}, {1});
  return environment;
}

/// d(loss)/d(element) by central differences of the fourth order.
double difference(const Graph& program, Environment<double> environment, const std::string& param,
                  size_t element) {
  constexpr double h = 1e-3;
  const auto loss_at = [&](double offset) {
    Environment<double> moved = environment;
    moved[param].reals[element] += offset;
    return interpret<double>(program, moved).at("loss").reals[0];
  };
  return (8 * (loss_at(h) - loss_at(-h)) - (loss_at(2 * h) - loss_at(-2 * h))) / (12 * h);
}

void expect_gradients(const Case& test, int order) {
  const Program program = with_gradients(test, order);
  const Environment<double> environment = environment_of(program);
  const Environment<double> outputs = interpret<double>(program.graph, environment);
  for (const ParamDecl& param : program.params) {
    if (!param.trained) continue;
    const std::vector<double>& gradient = outputs.at("d " + param.name).reals;
    for (size_t element = 0; element < gradient.size(); ++element) {
      const double expected = difference(program.graph, environment, param.name, element);
      ASSERT_NEAR(gradient[element], expected, 1e-7 * (1 + std::abs(expected)))
          << test.name << ", order " << order << ": " << param.name << '[' << element << ']';
    }
  }
}

Tensor positive(const Tensor& x) { return x * x + 0.5; }

std::vector<Case> first_cases() {
  return {
      {"add", {{2, 3}, {3}}, [](Builder&, const Params& p) { return p[0] + p[1] * p[1]; }},
      {"sub", {{2, 1}, {1, 3}}, [](Builder&, const Params& p) { return p[0] * p[0] - p[1] * p[0]; }},
      {"div", {{2, 3}, {3}}, [](Builder&, const Params& p) { return p[0] / positive(p[1]); }},
      {"exp", {{4}}, [](Builder&, const Params& p) { return exp(p[0]); }},
      {"expm1", {{4}}, [](Builder&, const Params& p) { return expm1(p[0]); }},
      {"log", {{4}}, [](Builder&, const Params& p) { return log(positive(p[0])); }},
      {"log1p", {{4}}, [](Builder&, const Params& p) { return log1p(p[0] * p[0]); }},
      {"sqrt", {{4}}, [](Builder&, const Params& p) { return sqrt(positive(p[0])); }},
      {"tanh", {{4}}, [](Builder&, const Params& p) { return tanh(p[0]); }},
      {"sigmoid", {{4}}, [](Builder&, const Params& p) { return sigmoid(p[0]); }},
      {"sin", {{4}}, [](Builder&, const Params& p) { return sin(p[0]) * cos(p[0]); }},
      {"abs", {{4}}, [](Builder&, const Params& p) { return abs(p[0]) * p[0]; }},
      {"leaky_relu", {{6}}, [](Builder&, const Params& p) { return leaky_relu(p[0], 0.2f) * p[0]; }},
      {"relu", {{6}}, [](Builder&, const Params& p) { return relu(p[0]) * p[0]; }},
      {"where",
       {{2, 3}, {3}},
       [](Builder&, const Params& p) { return where(p[0] < 0, p[1] * p[0], p[0] * p[0]); }},
      {"maximum",
       {{4}, {4}},
       [](Builder&, const Params& p) { return maximum(p[0], p[1]) * minimum(p[0], p[1] * p[1]); }},
      {"transpose", {{2, 3}}, [](Builder&, const Params& p) { return transpose(p[0] * p[0]); }},
      {"reshape",
       {{2, 3}},
       [](Builder&, const Params& p) {
         return reshape(p[0] * p[0], {3, 2}) * 3;
       }},
      {"slice", {{2, 5}}, [](Builder&, const Params& p) { return slice(p[0] * p[0], 1, 1, 5, 2); }},
      {"concat",
       {{2, 2}, {2, 3}},
       [](Builder&, const Params& p) {
         return concat({p[1] * p[1], p[0] * p[0]}, 1);
       }},
      {"pad",
       {{3}},
       [](Builder&, const Params& p) {
         return pad(p[0] * p[0], {{1, 2}}, 1);
       }},
      {"sum", {{2, 3}}, [](Builder&, const Params& p) { return sum(p[0] * p[0], {1}) * p[0].shape()[1]; }},
      {"mean", {{2, 3}}, [](Builder&, const Params& p) { return mean_keepdim(p[0], {0}) * p[0]; }},
      {"max", {{3, 4}}, [](Builder&, const Params& p) { return max(p[0], {1}) * max(p[0], {1}); }},
      {"matmul", {{2, 3}, {3, 2}}, [](Builder&, const Params& p) { return matmul(p[0], p[1]); }},
      {"embedding",
       {{3, 2}},
       [](Builder& b, const Params& p) { return embedding(p[0] * p[0], b.iota(0, {2})); }},
      {"conv2d",
       {{1, 2, 4, 3}, {2, 2, 3, 2}},
       [](Builder&, const Params& p) { return conv2d(p[0], p[1], {.stride = 2, .padding = 1}); }},
      {"max_pool2d", {{1, 1, 4, 4}}, [](Builder&, const Params& p) { return max_pool2d(p[0] * p[0], 2); }},
      {"dropout", {{4, 4}}, [](Builder&, const Params& p) { return dropout(p[0] * p[0], 0.4f); }},
      {"batch_norm",
       {{4, 2}, {2}, {2}},
       [](Builder&, const Params& p) { return batch_norm(p[0], batch_statistics(p[0]), p[1], p[2], 0.8f); }},
      {"mse_loss", {{2, 3}, {2, 3}}, [](Builder&, const Params& p) { return mse_loss(p[0], p[1]); }},
      {"bce_with_logits_loss",
       {{6}},
       [](Builder&, const Params& p) { return bce_with_logits_loss(p[0], 0.3); }},
      {"cross_entropy",
       {{3, 4}},
       [](Builder& b, const Params& p) { return cross_entropy(p[0], b.iota(0, {3})); }},
      {"tanh, leaky_relu, batch_norm and max together",
       {{4, 3}, {3, 2}, {2}, {2}},
       [](Builder&, const Params& p) {
         const Tensor hidden = leaky_relu(tanh(matmul(p[0], p[1])), 0.2f);
         return max(batch_norm(hidden, batch_statistics(hidden), p[2], p[3], 1e-5f), {1});
       }},
  };
}

// But for fma, which a pass writes, users call every function of reals, and what they call has a case.
TEST(Gradient, IsTriedOfEveryFunctionOfReals) {
  std::set<Fn> tried = {Fn::fma};
  for (const auto& cases : {first_cases(), all_cases()}) {
    for (const Case& test : cases) {
      const Graph graph = with_gradients(test, 1).graph;
      for (const Node& node : graph.nodes()) {
        if (const auto* map = as<Map>(node)) tried.insert(map->fn);
      }
    }
  }
  for (Fn fn : all_fns())
    EXPECT_TRUE(signature_of(fn) > Signature::real || tried.contains(fn)) << name_of(fn);
}

TEST(Gradient, EqualsFiniteDifferences) {
  for (const auto& cases : {first_cases(), all_cases()}) {
    for (const Case& test : cases) expect_gradients(test, 1);
  }
}

TEST(Gradient, OfTheGradientEqualsFiniteDifferences) {
  for (const auto& cases : {first_cases(), function_cases()}) {
    for (const Case& test : cases) expect_gradients(test, 2);
  }
}

TEST(Gradient, OfTheThirdOrder) {
  expect_gradients({"cube", {{3}}, [](Builder&, const Params& p) { return tanh(p[0]) * p[0] * p[0]; }}, 3);
}

TEST(Gradient, StopsAtDetach) {
  Builder builder;
  const Tensor x = builder.param("x", {3}, NormalInit{});
  const Tensor gradient = grad(sum(detach(x) * x), {x})[0];
  const Elements<double> at = random_reals({3}, 1);
  EXPECT_EQ(evaluate(builder, gradient, {{"x", at}}), at);
}

/// Each window's loss is its maximum, times its number from 1: PyTorch's rule, place by place.
std::vector<double> sent_to_first_maxima(const std::vector<double>& x, int extent, int size, int stride,
                                         int padding) {
  std::vector<double> sent(x.size(), 0);
  const int positions = (extent + 2 * padding - size) / stride + 1;
  for (int window = 0; window < positions * positions; ++window) {
    std::optional<size_t> first;
    for (int place = 0; place < size * size; ++place) {
      const int row = window / positions * stride - padding + place / size;
      const int column = window % positions * stride - padding + place % size;
      if (row < 0 || row >= extent || column < 0 || column >= extent) continue;
      const auto at = static_cast<size_t>(row * extent + column);
      if (!first || x[at] > x[*first]) first = at;
    }
    sent[*first] += window + 1;
  }
  return sent;
}

TEST(Gradient, OfMaxPool2dGoesToTheFirstOfEqualMaxima) {
  constexpr int extent = 7;
  std::vector<double> few_values;
  for (int i = 0; i < extent * extent; ++i) few_values.push_back(i * i % 11 % 3);
  struct Windows {
    int size, stride, padding;
  };
  for (const auto& [size, stride, padding] : {Windows{2, 2, 0}, {3, 2, 1}, {3, 1, 0}, {7, 7, 0}, {3, 3, 1}}) {
    Builder builder;
    const Tensor x = builder.param("x", {1, extent, extent}, NormalInit{});
    const Tensor y = flatten(max_pool2d(x, size, {.stride = stride, .padding = padding}));
    const Tensor loss = sum(y * cast(builder.iota(0, y.shape()) + 1, DType::f32));
    EXPECT_EQ(evaluate(builder, grad(loss, {x})[0], {{"x", reals({1, extent, extent}, few_values)}}).reals,
              sent_to_first_maxima(few_values, extent, size, stride, padding))
        << size << ' ' << stride << ' ' << padding;
  }
}

TEST(Gradient, IsZeroWhereNothingDepends) {
  Builder builder;
  const Tensor x = builder.param("x", {3}, NormalInit{}), y = builder.param("y", {2}, NormalInit{});
  EXPECT_EQ(evaluate(builder, grad(sum(x), {y})[0]), reals({2}, {0, 0}));
}

TEST(Gradient, OfTheLogisticLossAtZeroIsHalfMinusTarget) {
  Builder builder;
  const Tensor x = builder.param("x", {1}, ConstantInit{0});
  const Tensor gradient = grad(bce_with_logits_loss(x, 0.25), {x})[0];
  EXPECT_DOUBLE_EQ(evaluate(builder, gradient, {{"x", reals({1}, {0})}}).reals[0], 0.25);
}

}  // namespace
}  // namespace cgan_jit
