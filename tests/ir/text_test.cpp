#include "ir/text.h"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <set>

#include "examples.h"
#include "ir/verify.h"

namespace cgan_jit {
namespace {

TEST(Text, ReadsBackEveryOp) {
  std::set<size_t> ops;
  for (const Example& example : legal_examples()) {
    const Graph graph = graph_of(example);
    ops.insert(example.op.index());
    const std::string text = print(graph);
    EXPECT_EQ(parse(text), graph) << text;
    EXPECT_EQ(print(parse(text)), text);
  }
  EXPECT_EQ(ops.size(), std::variant_size_v<Op>) << "an op has no example";
}

// But for maps: the fuzzer draws from the list of functions.
TEST(Text, OfEveryOpHasAWordInTheFuzzersDictionary) {
  std::ifstream file(CGAN_JIT_SOURCE_DIR "/tests/fuzz/graph.dict");
  const std::string words{std::istreambuf_iterator<char>(file), {}};
  for (const Example& example : legal_examples()) {
    if (std::holds_alternative<Map>(example.op)) continue;
    const Graph graph = graph_of(example);
    const std::string text = print(graph.nodes().back(), Value{0});
    const size_t begin = text.find("= ") + 2;
    EXPECT_NE(words.find('"' + text.substr(begin, text.find(' ', begin) + 1 - begin)), std::string::npos)
        << text;
  }
}

TEST(Text, ReadsBackEveryScalarFunction) {
  for (Fn fn : all_fns()) {
    Graph graph;
    std::vector<Value> operands;
    for (int i = 0; i < arity_of(fn); ++i) {
      const bool condition = fn == Fn::select && i == 0;
      const bool integers = signature_of(fn) == Signature::bitwise || signature_of(fn) == Signature::shift;
      const DType dtype = condition ? DType::boolean : integers ? DType::u32 : DType::f32;
      operands.push_back(graph.add(Input{std::to_string(i)}, {}, {dtype, {2}}));
    }
    std::vector<DType> dtypes;
    for (Value operand : operands) dtypes.push_back(graph.type(operand).dtype);
    graph.add_output("y", graph.add(Map{fn}, operands, {result_type(fn, dtypes).value(), {2}}));
    EXPECT_EQ(parse(print(graph)), graph) << name_of(fn);
  }
}

TEST(Text, KeepsEveryBitOfNumbers) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  for (float value : {0.0F, -0.0F, 0.1F, 1e-45F, -1.17549435e-38F, 3.4028235e38F, 16777216.0F, 1.0F / 3, inf,
                      -inf, std::numeric_limits<float>::quiet_NaN()}) {
    Graph graph;
    const Value constant = graph.add(Const{value}, {}, f32({}));
    graph.add_output("c", graph.add(Reindex{index_map(1, {}), value}, {constant}, f32({2})));
    EXPECT_EQ(parse(print(graph)), graph) << print(graph);
  }
  EXPECT_EQ(number_text(0.1F, DType::f32), "0.1");
  EXPECT_EQ(number_text(4294967295.0, DType::u32), "4294967295");
}

TEST(Text, KeepsLayoutsAndUpdates) {
  Graph graph;
  const Value w = graph.add(Param{"w"}, {}, f32({128, 3}), Layout{0, 64});
  const Value half = graph.add(Const{0.5}, {}, f32({128, 3}));
  graph.add_output("w", graph.add(Map{Fn::mul}, {w, half}, f32({128, 3}), Layout{1, 16}), w);
  graph.add_output("k", graph.add(Const{0.5}, {}, f32({32, 8, 5, 5}), Layout{0, 32, 1}));
  const std::string text = print(graph);
  EXPECT_NE(text.find(R"(%0 = param "w" : f32[128,3] @0/64)"), std::string::npos) << text;
  EXPECT_NE(text.find("f32[32,8,5,5] @0/32,1"), std::string::npos) << text;
  EXPECT_NE(text.find(R"(output "w" %2 updates %0)"), std::string::npos) << text;
  EXPECT_EQ(parse(text), graph);
}

TEST(Text, AllowsAnyNamesLettersAndComments) {
  const Graph written = parse(R"(# a graph
    graph { %x = input "x" : f32[3,4]   # its input
      %t = reindex %x [a,b -> b, -a+2+1] : f32[4,3] output "t" %t })");
  EXPECT_EQ(print(written),
            "graph {\n  %0 = input \"x\" : f32[3,4]\n"
            "  %1 = reindex %0 [i,j -> j,-i+3] : f32[4,3]\n  output \"t\" %1\n}\n");
}

std::string error_of(const std::string& body) {
  try {
    parse("graph {\n" + body + "\n}\n", "bad.ir");
  } catch (const Error& error) { return error.what(); }
  return "no error";
}

TEST(Text, ErrorsNameFileLineAndCause) {
  const std::string x = "%0 = input \"x\" : f32[3,4]\n";
  EXPECT_EQ(error_of(x + "%1 = tanhh %0 : f32[3,4]"), "bad.ir:3: no op is called 'tanhh'");
  EXPECT_EQ(error_of(x + "%1 = tanh %2 : f32[3,4]"), "bad.ir:3: %2 is not defined above");
  EXPECT_EQ(error_of(x + x), "bad.ir:3: %0 is defined twice");
  EXPECT_EQ(error_of(x + "%1 = tanh %0 : f64[3,4]"), "bad.ir:3: no element type is called 'f64'");
  EXPECT_EQ(error_of(x + "%1 = tanh %0 : f32[3,]"), "bad.ir:3: expected an extent instead of ']'");
  EXPECT_EQ(error_of(x + "%1 = reduce sum %0 [1] : f32[3]"), "bad.ir:3: a reduce is add or max, not sum");
  EXPECT_EQ(error_of(x + "%1 = reindex %0 [i,j -> k,j] : f32[3,4]"), "bad.ir:3: no axis is called 'k'");
  EXPECT_EQ(error_of(x + "%1 = reindex %0 [i,i -> i,i] : f32[3,4]"), "bad.ir:3: axis i twice");
  EXPECT_EQ(error_of(x + "%1 = const 1.5.2 : f32[]"), "bad.ir:3: '1.5.2' is no number");
  EXPECT_EQ(error_of(x + "%1 = const 1e99 : f32[]"), "bad.ir:3: 1e99 is out of range");
  EXPECT_EQ(error_of(x + "%1 = iota 99999999999 : i32[3]"), "bad.ir:3: an axis is out of range");
  EXPECT_EQ(error_of("%0 = input \"x : f32[3,4]"), "bad.ir:2: a string without its closing '\"'");
}

TEST(Text, RefusesWhatTheVerifierRefuses) {
  const std::string x = "%0 = input \"x\" : f32[3,4]\n";
  EXPECT_EQ(error_of(x + "%1 = tanh %0 : f32[3,5]"), "bad.ir:3: the shape is [3,4], not [3,5]");
  EXPECT_EQ(error_of(x + "\n\noutput \"x\" %0 updates %0"), "bad.ir:5: output \"x\": %0 is no param");
  EXPECT_EQ(error_of(x + "%1 = const 0.5 : i32[]"), "bad.ir:3: 0.5 is no i32 number");
}

TEST(Text, RefusesWhatIsNoWholeGraph) {
  for (const char* text :
       {"", "graph", "graph {", "graph { } x", "{ }", "graph { %0 }", "graph { output \"x\" %0 }"}) {
    EXPECT_THROW(parse(text), Error) << text;
  }
}

// Whatever the damage, the parser answers with an Error or a legal graph.
TEST(Text, SurvivesDamagedText) {
  std::string text;
  for (const Example& example : legal_examples()) text += print(graph_of(example));
  const std::string one = print(graph_of(legal_examples().back()));
  uint32_t state = 1;
  const auto next = [&state] { return (state = state * 1664525U + 1013904223U) >> 8; };
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = one;
    for (uint32_t change = 0; change <= next() % 3; ++change) {
      const size_t at = next() % damaged.size();
      if (next() % 3 == 0)
        damaged.erase(at, 1 + next() % 8);
      else
        damaged[at] = text[next() % text.size()];
    }
    try {
      EXPECT_FALSE(find_fault(parse(damaged)).has_value()) << damaged;
    } catch (const Error&) {}
  }
}

}  // namespace
}  // namespace cgan_jit
