#include <gtest/gtest.h>

#include <functional>

#include "ir/interpret.h"
#include "ir/overloaded.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "passes/autodiff/autodiff.h"
#include "passes/autodiff/derivatives.h"
#include "passes/graph/build.h"
#include "passes/simplify/simplify.h"
#include "tests/support/op_examples.h"

namespace cgan_jit {
namespace {

// Gradients against central differences, in double.

constexpr double step_size = 1e-5, tolerance = 2e-7;

Environment<double> with_moved(Environment<double> environment, const std::string& name, size_t element,
                               double by) {
  environment.at(name).reals[element] += by;
  return environment;
}

double loss_of(const Graph& graph, const Environment<double>& environment) {
  return interpret(graph, environment).at("loss").reals[0];
}

std::vector<Value> f32_leaves(const Graph& graph) {
  std::vector<Value> leaves;
  for (uint32_t i = 0; i < graph.size(); ++i) {
    const Node& node = graph.nodes()[i];
    const bool given = std::holds_alternative<Input>(node.op) || std::holds_alternative<Param>(node.op);
    if (given && node.type.dtype == DType::f32) leaves.push_back(Value{i});
  }
  return leaves;
}

std::string leaf_name(const Node& node) {
  if (const auto* input = as<Input>(node)) return input->name;
  return as<Param>(node)->name;
}

/// `graph` has an output "loss". Its gradients by all f32 leaves, plain and simplified, are what finite
/// differences say.
void expect_right_gradients(const Graph& graph, const Environment<double>& environment) {
  Graph with_slopes = graph;
  const std::vector<Value> leaves = f32_leaves(graph);
  const std::vector<Value> slopes = gradients(with_slopes, graph.outputs()[0].value, leaves);
  for (size_t i = 0; i < leaves.size(); ++i) {
    EXPECT_EQ(with_slopes.type(slopes[i]), graph.type(leaves[i]));
    with_slopes.add_output("d " + leaf_name(graph[leaves[i]]), slopes[i]);
  }
  verify(with_slopes);
  const Environment<double> plain = interpret(with_slopes, environment);
  const Environment<double> simple = interpret(simplify(with_slopes), environment);
  for (Value leaf : leaves) {
    const std::string name = leaf_name(graph[leaf]);
    for (size_t e = 0; e < environment.at(name).reals.size(); ++e) {
      const double above = loss_of(graph, with_moved(environment, name, e, step_size));
      const double below = loss_of(graph, with_moved(environment, name, e, -step_size));
      const double expected = (above - below) / (2 * step_size);
      const double bound = tolerance * (1 + std::abs(expected));
      EXPECT_NEAR(plain.at("d " + name).reals[e], expected, bound) << name << "[" << e << "]\n"
                                                                   << print(graph);
      EXPECT_NEAR(simple.at("d " + name).reals[e], expected, bound) << name << "[" << e << "], simplified";
    }
  }
}

/// A scalar that depends on every element of `value` differently: sum of sin(value * weight).
void add_loss(Graph& graph, Value value) {
  const Type type = graph.type(value);
  const Value weight = graph.add(Input{"weight"}, {}, type);
  const Value mixed = apply(graph, Fn::sin, {apply(graph, Fn::mul, {value, weight})});
  std::vector<int> axes = other_axes(rank_of(type.shape), {});
  graph.add_output("loss", axes.empty() ? mixed : summed(graph, mixed, axes));
}

Environment<double> environment_for(const Graph& graph, double low, double high) {
  Environment<double> environment = random_environment<double>(graph, 3);
  for (auto& [name, elements] : environment) {
    for (double& real : elements.reals) real = low + (real + 2) / 4 * (high - low);  // from [-2, 2]
  }
  return environment;
}

class EveryFn : public testing::TestWithParam<Fn> {};

// Functions whose operands must be positive; all others are tested on [-2, 2], which has no kink at a drawn
// point.
bool needs_positive(Fn fn) {
  return fn == Fn::sqrt || fn == Fn::log || fn == Fn::log1p || fn == Fn::div || fn == Fn::pow;
}

bool is_differentiable(Fn fn) {
  for (int k = 0; k < arity_of(fn); ++k) {
    if (has_derivative(fn, k)) return true;
  }
  return false;
}

TEST_P(EveryFn, HasTheDerivativeThatDifferencesShow) {
  const Fn fn = GetParam();
  Graph graph;
  std::vector<Value> operands;
  for (int k = 0; k < arity_of(fn); ++k) {
    const bool condition = fn == Fn::select && k == 0;
    operands.push_back(
        graph.add(Input{fmt::format("x{}", k)}, {}, Type{condition ? DType::boolean : DType::f32, {7}}));
  }
  add_loss(graph, apply(graph, fn, operands));
  const bool positive = needs_positive(fn);
  expect_right_gradients(graph, environment_for(graph, positive ? 0.5 : -2, 2));
}

std::vector<Fn> differentiable_fns() {
  std::vector<Fn> fns;
  for (Fn fn : all_fns()) {
    if (is_differentiable(fn)) fns.push_back(fn);
  }
  return fns;
}

INSTANTIATE_TEST_SUITE_P(Derivatives, EveryFn, testing::ValuesIn(differentiable_fns()),
                         [](const auto& each) { return std::string(name_of(each.param)); });

// What is flat almost everywhere, reinterprets bits, or has a result or operands that are not real, has no
// derivative, and nothing else.
TEST(Derivatives, AreMissingOnlyWhereThereIsNone) {
  const std::vector<Fn> flat = {Fn::sign, Fn::floor, Fn::round, Fn::as_f32};
  for (Fn fn : all_fns()) {
    const std::vector<DType> reals(arity_of(fn), DType::f32);
    const bool is_flat = std::find(flat.begin(), flat.end(), fn) != flat.end();
    const bool real = result_type(fn, reals) == DType::f32 && !is_flat;
    EXPECT_EQ(is_differentiable(fn), real || fn == Fn::select) << name_of(fn);
  }
}

TEST(Derivatives, OfLeakyReluNameTheInputWhereTheSlopeMayBeNegative) {
  Graph graph;
  const Type type{DType::f32, {9}};
  const Value x = graph.add(Input{"x"}, {}, type);
  add_loss(graph, apply(graph, Fn::leaky_relu, {x, constant(graph, -0.5, type)}));
  expect_right_gradients(graph, environment_for(graph, -2, 2));
}

// So that the pre-activation need not live until the backward pass.
TEST(Derivatives, NameTheResultWhereTheyCan) {
  const Type type{DType::f32, {3}};
  for (Fn fn : {Fn::tanh, Fn::sigmoid, Fn::exp, Fn::expm1, Fn::sqrt, Fn::leaky_relu, Fn::max, Fn::min}) {
    Graph graph;
    const Value x = graph.add(Input{"x"}, {}, type);
    std::vector<Value> operands{x};
    if (arity_of(fn) == 2) operands.push_back(constant(graph, 0.25, type));
    const Value y = apply(graph, fn, operands);
    graph.add_output("dx", gradients(graph, summed(graph, y, {0}), {x})[0]);
    for (const Node& node : graph.nodes()) {
      const bool reads_x = std::find(node.operands.begin(), node.operands.end(), x) != node.operands.end();
      EXPECT_TRUE(!reads_x || node == graph[y]) << name_of(fn);
    }
  }
}

/// One graph for each meta-operator through which a gradient goes: from "x" (and more) to a value.
struct OpCase {
  const char* op;
  const char* text;  // its last node is the value
};

const OpCase op_cases[] = {
    {"map", "%0 = input \"x\" : f32[3,2]\n%1 = tanh %0 : f32[3,2]\n"},
    {"reindex", "%0 = input \"x\" : f32[4,3]\n%1 = reindex %0 [i,j,k -> 2*i-1,j] fill 0.5 : f32[3,3,2]\n"},
    {"reindex", "%0 = input \"x\" : f32[2,6]\n%1 = reindex %0 [i,j,k -> i,j+k] : f32[2,4,3]\n"},
    {"scatter", "%0 = input \"x\" : f32[3,4,2]\n%1 = scatter %0 [i,j,k -> j-1,2*i+k] : f32[3,5]\n"},
    {"scatter", "%0 = input \"x\" : f32[3,4]\n%1 = scatter %0 [i,j -> i+j] : f32[5]\n"},
    {"reduce", "%0 = input \"x\" : f32[3,17,2]\n%1 = reduce add %0 [0,1] lanes16 : f32[2]\n"},
    {"reduce", "%0 = input \"x\" : f32[3,4,2]\n%1 = reduce max %0 [1] : f32[3,2]\n"},
    {"gather", "%0 = input \"x\" : f32[5,3]\n%1 = input \"i\" : i32[2,2]\n%2 = gather %0, %1 : f32[2,2,3]\n"},
    {"deposit", "%0 = input \"i\" : i32[4]\n%1 = input \"x\" : f32[4,3]\n%2 = deposit %0, %1 : f32[3,3]\n"},
    {"concat",
     "%0 = input \"x\" : f32[2,3]\n%1 = param \"y\" : f32[2,2]\n%2 = concat 1 %0, %1, %0 : f32[2,8]\n"},
    {"reshape", "%0 = input \"x\" : f32[2,6]\n%1 = reshape %0 : f32[3,4]\n"},
};

Graph graph_of(const char* nodes) {
  Graph graph = parse(std::string("graph {\n") + nodes + "}\n");
  add_loss(graph, Value{static_cast<uint32_t>(graph.size() - 1)});
  return graph;
}

TEST(MetaOperators, HaveTheGradientsThatDifferencesShow) {
  for (const OpCase& each : op_cases) {
    SCOPED_TRACE(each.text);
    const Graph graph = graph_of(each.text);
    expect_right_gradients(graph, environment_for(graph, -2, 2));
  }
}

// Walks the variant: an op without a case above, and not named here as one without gradient, fails.
const char* differentiable_op(const Op& op) {
  const auto none = nullptr;
  using Name = const char*;
  return std::visit(Overloaded{
                        [&](const OneOf<Input, Param, Const, Iota, Random, Detach, Contract> auto&) -> Name {
                          return none;
                        },
                        [&](const Map&) -> Name { return "map"; },
                        [&](const Reindex&) -> Name { return "reindex"; },
                        [&](const Scatter&) -> Name { return "scatter"; },
                        [&](const Reduce&) -> Name { return "reduce"; },
                        [&](const Gather&) -> Name { return "gather"; },
                        [&](const Deposit&) -> Name { return "deposit"; },
                        [&](const Concat&) -> Name { return "concat"; },
                        [&](const Reshape&) -> Name { return "reshape"; },
                    },
                    op);
}

TEST(MetaOperators, AreAllTested) {
  for (const Op& op : all_ops()) {
    const char* name = differentiable_op(op);
    if (name == nullptr) continue;
    const auto same = [&](const OpCase& each) { return std::string_view(each.op) == name; };
    EXPECT_TRUE(std::any_of(std::begin(op_cases), std::end(op_cases), same)) << name;
  }
}

TEST(MetaOperators, DetachStopsTheGradient) {
  Graph graph = parse(
      "graph {\n%0 = input \"x\" : f32[]\n%1 = detach %0 : f32[]\n%2 = mul %0, %1 : f32[]\n output \"loss\" "
      "%2\n}\n");
  graph.add_output("d", gradients(graph, Value{2}, {Value{0}})[0]);
  const Environment<double> environment = random_environment<double>(graph, 1);
  EXPECT_EQ(interpret(graph, environment).at("d").reals, environment.at("x").reals);
}

TEST(Gradients, GoToTheStandIn) {
  Graph graph = parse(
      "graph {\n%0 = input \"x\" : f32[]\n%1 = input \"y\" : f32[]\n%2 = sin %1 : f32[]\n"
      "%3 = detach %0 : f32[]\n%4 = mul %3, %3 : f32[]\n output \"loss\" %4\n}\n");
  const std::vector<Value> slopes = gradients(graph, Value{4}, {Value{0}, Value{1}}, {{Value{3}, Value{2}}});
  graph.add_output("dx", slopes[0]);
  graph.add_output("dy", slopes[1]);
  const Environment<double> environment = random_environment<double>(graph, 1);
  const double x = environment.at("x").reals[0], y = environment.at("y").reals[0];
  const Environment<double> found = interpret(graph, environment);
  EXPECT_EQ(found.at("dx").reals[0], 0);
  EXPECT_DOUBLE_EQ(found.at("dy").reals[0], 2 * x * std::cos(y));
}

TEST(MetaOperators, TiesOfAMaximumShareEqually) {
  Graph graph =
      parse("graph {\n%0 = input \"x\" : f32[4]\n%1 = reduce max %0 [0] : f32[]\n output \"loss\" %1\n}\n");
  graph.add_output("d", gradients(graph, Value{1}, {Value{0}})[0]);
  const Elements<double> x{Type{DType::f32, {4}}, {1, 3, 3, 2}, {}};
  EXPECT_EQ(interpret<double>(graph, {{"x", x}}).at("d").reals, (std::vector<double>{0, 0.5, 0.5, 0}));
}

TEST(Gradients, OfWhatTheLossDoesNotReadAreZero) {
  Graph graph = parse(
      "graph {\n%0 = input \"x\" : f32[]\n%1 = input \"y\" : f32[3]\n output \"loss\" %0\n output \"y\" "
      "%1\n}\n");
  const std::vector<Value> slopes = gradients(graph, Value{0}, {Value{1}, Value{0}});
  EXPECT_EQ(graph[slopes[0]], (Node{Const{0}, {}, Type{DType::f32, {3}}, {}}));
  EXPECT_EQ(graph[slopes[1]], (Node{Const{1}, {}, Type{DType::f32, {}}, {}}));
}

TEST(Gradients, AreRefusedForALossThatIsNoScalarAndForIntegers) {
  Graph graph = parse(
      "graph {\n%0 = input \"x\" : f32[2]\n%1 = input \"i\" : i32[]\n%2 = to_f32 %1 : f32[]\n output \"x\" "
      "%0\n output \"y\" %2\n}\n");
  EXPECT_THROW(gradients(graph, Value{0}, {Value{0}}), Error);
  EXPECT_THROW(gradients(graph, Value{2}, {Value{1}}), Error);
}

/// The sum over the squares of all gradients of the loss: differentiating it again needs every rule twice.
Graph penalty(const Graph& graph) {
  Graph twice;
  for (const Node& node : graph.nodes()) twice.add(node.op, node.operands, node.type);
  Value total = constant(twice, 0, Type{DType::f32, {}});
  for (Value slope : gradients(twice, graph.outputs()[0].value, f32_leaves(graph))) {
    const Value square = apply(twice, Fn::mul, {slope, slope});
    const std::vector<int> axes = other_axes(rank_of(twice.shape(slope)), {});
    total = apply(twice, Fn::add, {total, axes.empty() ? square : summed(twice, square, axes)});
  }
  twice.add_output("loss", total);
  return twice;
}

TEST(Gradients, OfGradientsAreWhatDifferencesShow) {
  const char* cases[] = {
      "%0 = input \"x\" : f32[3,2]\n%1 = tanh %0 : f32[3,2]\n",
      "%0 = input \"x\" : f32[6]\n%1 = const 0.2 : f32[6]\n%2 = leaky_relu %0, %1 : f32[6]\n",
      "%0 = input \"x\" : f32[3,4]\n%1 = mul %0, %0 : f32[3,4]\n%2 = reduce max %1 [1] : f32[3]\n",
      // (x - mean) / sqrt(variance + 0.8), over the batch
      R"(%0 = input "x" : f32[4,2]
         %1 = reduce add %0 [0] : f32[2]
         %2 = const 0.25 : f32[2]
         %3 = mul %1, %2 : f32[2]
         %4 = reindex %3 [i,j -> j] : f32[4,2]
         %5 = sub %0, %4 : f32[4,2]
         %6 = mul %5, %5 : f32[4,2]
         %7 = reduce add %6 [0] : f32[2]
         %8 = mul %7, %2 : f32[2]
         %9 = const 0.8 : f32[2]
         %10 = add %8, %9 : f32[2]
         %11 = sqrt %10 : f32[2]
         %12 = reindex %11 [i,j -> j] : f32[4,2]
         %13 = div %5, %12 : f32[4,2]
      )",
      // a product
      R"(%0 = input "x" : f32[3,4]
         %1 = param "w" : f32[2,4]
         %2 = reindex %0 [i,j,k -> i,k] : f32[3,2,4]
         %3 = reindex %1 [i,j,k -> j,k] : f32[3,2,4]
         %4 = mul %2, %3 : f32[3,2,4]
         %5 = reduce add %4 [2] : f32[3,2]
      )",
  };
  for (const char* text : cases) {
    SCOPED_TRACE(text);
    const Graph graph = penalty(graph_of(text));
    Environment<double> environment = environment_for(graph, -1.5, 1.5);
    expect_right_gradients(graph, environment);
  }
}

TEST(Gradients, NeverMeetAContraction) {
  Graph graph = parse(R"(graph {
    %0 = input "x" : f32[2,3]
    %1 = param "w" : f32[2,3]
    %2 = contract %0, %1 [i,j,k -> i,k] [i,j,k -> j,k] sum [3] : f32[2,2]
    %3 = reduce add %2 [0,1] : f32[]
    output "loss" %3
  })");
  EXPECT_THROW(gradients(graph, Value{3}, {Value{1}}), InternalError);
}

}  // namespace
}  // namespace cgan_jit
