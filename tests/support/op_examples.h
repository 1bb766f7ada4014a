#pragma once

#include <vector>

#include "ir/graph.h"

namespace cgan_jit {

/// A node of some op that reads inputs alone, is the graph's last node and its one output.
struct OpExample {
  Graph graph;
  Value value() const { return graph.outputs()[0].value; }
  const Node& node() const { return graph[value()]; }
};

/// Of every op one or more, however many ops there are.
std::vector<OpExample> op_examples();

/// Every alternative of Op.
std::vector<Op> all_ops();

}  // namespace cgan_jit
