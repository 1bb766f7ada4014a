#include <gtest/gtest.h>

#include "frontend/ops.h"
#include "frontend/session.h"
#include "frontend/tensor.h"
#include "ir/sine.h"
#include "passes/lower/magnitude.h"

namespace cgan_jit {
namespace {

// Law: noise pays for no large angle. Its cosines are seen to be of small ones once the program is compiled.
TEST(Noise, TakesTheShortReduction) {
  Builder builder;
  builder.output("z", random_normal(builder, {64, 100}));
  SessionOptions options;
  options.cache_dir = "";
  Session session(options);
  const Graph& graph = session.lowered(session.add("noise", builder.build())).graph;
  int cosines = 0;
  for (const Node& node : graph.nodes()) {
    const auto* map = as<Map>(node);
    if (!map || map->fn != Fn::cos) continue;
    ++cosines;
    EXPECT_LT(magnitude_of(graph, node.operands[0]), 6.3);
    EXPECT_GE(magnitude_of(graph, node.operands[0]), 6.28);
  }
  EXPECT_EQ(cosines, 1);
}

}  // namespace
}  // namespace cgan_jit
