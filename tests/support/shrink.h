#pragma once

#include <functional>

#include "ir/graph.h"

namespace cgan_jit {

/// A smaller graph that still fails: outputs are dropped, nodes replaced by constants, operands or new
/// inputs, as long as `fails` says so. `fails(graph)` must hold, and must not throw.
Graph shrunk(Graph graph, const std::function<bool(const Graph&)>& fails);

}  // namespace cgan_jit
