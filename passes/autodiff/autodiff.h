#pragma once

#include <map>
#include <vector>

#include "ir/graph.h"

namespace cgan_jit {

/// value -> an earlier one, of its type, that gets its gradient in place of its operands.
using StandIns = std::map<Value, Value>;

/// Adds to `graph` the nodes of d(loss)/d(wrt[i]) (reverse mode) and returns them, each with the type of
/// wrt[i]; a zero constant where the loss does not depend on it. `loss` is an f32 scalar. Graph to graph: the
/// result can be differentiated again. Rules exist only for the meta-operators, and one table of derivatives
/// for the scalar functions. Integer and bool values carry no gradient. Throws Error when `loss` is no f32
/// scalar or a wrt is not f32.
std::vector<Value> gradients(Graph& graph, Value loss, const std::vector<Value>& wrt,
                             const StandIns& stand_ins = {});

}  // namespace cgan_jit
