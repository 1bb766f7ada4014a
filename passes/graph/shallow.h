#pragma once

#include "ir/graph.h"

namespace cgan_jit {

/// A node of its own with the value of `value`, bit for bit, which lies as `layout` says.
Value copied(Graph& graph, Value value, const std::optional<Layout>& layout);
/// Whether a node is what `copied` makes of a value: its operand 1.
bool is_copy(const Node& node);

/// Views and inline scalars one behind the other, which their reader sees through: at most so many.
constexpr int most_steps = 32;

/// The same program with a copy wherever more than most_steps views and inline scalars follow each other, so
/// that no reader need go further to find memory.
Graph without_long_chains(const Graph& graph);

}  // namespace cgan_jit
