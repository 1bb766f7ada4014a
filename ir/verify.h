#pragma once

#include <optional>
#include <string>

#include "ir/graph.h"

namespace cgan_jit {

/// Throws InternalError, naming the node in its text form, unless every node's operands, shapes, element
/// types and attributes fit its op's meaning, every operand comes earlier, names of inputs, params and
/// outputs are unique within each kind, an update has its param's type, and no param is updated twice.
void verify(const Graph& graph);

/// What is wrong with a graph, and the node or the output (its place in the list) that it is wrong with.
struct Fault {
  std::string what;
  std::optional<Value> node;
  std::optional<size_t> output;
};
/// The first thing that `verify` refuses, or nothing.
std::optional<Fault> find_fault(const Graph& graph);
/// The same of a node that is to be added, its operands being in the graph: "iota: no axis 2 in [3]".
std::optional<std::string> find_fault(const Graph& graph, const Node& node);

}  // namespace cgan_jit
