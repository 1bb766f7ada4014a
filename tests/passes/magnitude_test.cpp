#include "passes/lower/magnitude.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ir/text.h"

namespace cgan_jit {
namespace {

/// The bound on the output of a graph's text.
double bound(const std::string& nodes, const std::string& output) {
  const Graph graph = parse("graph {\n" + nodes + "  output \"y\" " + output + "\n}\n", "test");
  return magnitude_of(graph, graph.outputs()[0].value);
}

TEST(Magnitude, IsReadOffTheChainOfScalings) {
  const std::string bits = R"(
  %s = input "s" : u32[]
  %w = random 0 %s, %s : u32[8]
  %e = const 8 : u32[8]
  %h = shr %w, %e : u32[8]
  %i = as_i32 %h : i32[8]
  %f = to_f32 %i : f32[8]
  %c = const -0.5 : f32[8]
  %m = mul %c, %f : f32[8]
  %r = reindex %m [i -> -i+7] : f32[8]
  %n = neg %r : f32[8]
)";
  EXPECT_EQ(bound(bits, "%f"), 0x1p24);
  EXPECT_NEAR(bound(bits, "%n"), 0x1p23, 2);
  EXPECT_GE(bound(bits, "%n"), 0x1p23);
}

TEST(Magnitude, IsInfiniteWhereNothingIsKnown) {
  const std::string reals = R"(
  %x = input "x" : f32[8]
  %t = tanh %x : f32[8]
  %m = mul %x, %t : f32[8]
  %d = div %t, %x : f32[8]
  %b = as_i32 %x : i32[8]
  %p = reindex %t [i -> i+1] fill 200 : f32[8]
)";
  EXPECT_EQ(bound(reals, "%t"), 1);
  for (const char* output : {"%x", "%m", "%d", "%p"}) EXPECT_TRUE(std::isinf(bound(reals, output))) << output;
  EXPECT_EQ(bound(reals, "%b"), 0x1p31);
}

// -1 of u32 is the largest of them.
TEST(Magnitude, OfANegatedWordIsNotTheWords) {
  const std::string words = R"(
  %w = input "w" : u32[8]
  %e = const 31 : u32[8]
  %h = shr %w, %e : u32[8]
  %n = neg %h : u32[8]
)";
  EXPECT_EQ(bound(words, "%h"), 2);
  EXPECT_EQ(bound(words, "%n"), 0x1p32);
}

}  // namespace
}  // namespace cgan_jit
