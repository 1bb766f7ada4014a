#include "tests/support/random_graph.h"

#include "passes/graph/build.h"
#include "tests/support/random/endings.h"
#include "tests/support/random/growers.h"
#include "tests/support/random/network.h"

namespace cgan_jit {
namespace {

void take_a_step(Growth& g) {
  int64_t total = 0;
  for (const Grower& grower : growers()) total += grower.weight;
  int64_t ticket = g.below(total);
  for (const Grower& grower : growers()) {
    ticket -= grower.weight;
    if (ticket >= 0) continue;
    grower.grow(g);
    return;
  }
}

}  // namespace

Graph random_graph(uint64_t seed) {
  Growth g(seed);
  g.leaf(DType::f32, g.shape(2));
  const bool is_network = g.chance(35);
  if (is_network) grow_network(g);
  const int64_t steps = is_network ? g.below(8) : 4 + g.below(22);
  for (int64_t i = 0; i < steps && !g.is_grown_up(); ++i) take_a_step(g);
  add_outputs(g);
  if (g.chance(is_network ? 70 : 30)) {
    add_gradients(g);
  } else if (g.chance(30)) {
    change_places(g);
  } else {
    update_one(g);
  }
  change_states(g);
  return without_dead_nodes(g.graph());
}

}  // namespace cgan_jit
