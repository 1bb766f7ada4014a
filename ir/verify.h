#pragma once

#include "ir/graph.h"

namespace cgan_jit {

/// Throws InternalError, naming the node in its text form, unless every node's operands, shapes, element types and attributes fit its
/// op's meaning, every operand comes earlier, names of inputs, params and outputs are unique within each kind, an update has its
/// param's type, and no param is updated twice.
void verify(const Graph& graph);

}  // namespace cgan_jit
