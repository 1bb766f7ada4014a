#include "passes/layout.h"

#include <gtest/gtest.h>

#include "ir/text.h"
#include "passes/contract.h"
#include "passes/simplify.h"
#include "passes/stack.h"
#include "tests/support/random_graph.h"

namespace cgan_jit {
namespace {

// Programs of one session share their params; who comes second is laid out as well as who came first.
TEST(Layout, AProgramOverParamsThatAreLaidOutIsLaidOutAsTheFirst) {
  for (uint64_t seed = 0; seed < 600; ++seed) {
    const Graph graph = stack(contract(simplify(random_graph(seed))));
    const Graph first = assign_layouts(graph);
    ASSERT_EQ(print(assign_layouts(graph, param_layouts(first))), print(first)) << "seed " << seed;
  }
}

TEST(Layout, ParamsStayAsTheyAreLaidOut) {
  for (uint64_t seed = 0; seed < 600; ++seed) {
    const Graph graph = stack(contract(simplify(random_graph(seed))));
    ParamLayouts fixed = param_layouts(assign_layouts(graph));
    for (auto& [name, layout] : fixed) layout.lane_axis = 0;
    EXPECT_EQ(param_layouts(assign_layouts(graph, fixed)), fixed) << "seed " << seed;
  }
}

}  // namespace
}  // namespace cgan_jit
