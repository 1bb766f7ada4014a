#pragma once

#include <optional>
#include <string>

#include "ir/graph.h"

namespace cgan_jit {

/// Far above any memory, and far below where 64 bits end: extents that are 0 count as 1.
constexpr int64_t most_elements = int64_t{1} << 48;
/// A coordinate is an i32 at run time, that of the padding behind an axis, too.
constexpr int64_t most_extent = (int64_t{1} << 31) - 4096;
/// Of a value, or of what a node iterates over: as many as there are letters for them.
constexpr int most_axes = 26;

/// True if the map leads from every point of `domain` to coordinates, inside or outside, of at most
/// most_extent, and has no larger numbers itself.
bool has_coordinates(const IndexMap& map, Shape domain);

/// Throws InternalError, naming the node in its text form, unless every node's operands, shapes, element
/// types and attributes fit its op's meaning and the limits above, every operand comes earlier, names of
/// inputs, params and outputs are unique within each kind, an update has its param's type, and no param is
/// updated twice.
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
