#pragma once

#include <optional>

#include "ir/graph.h"

namespace cgan_jit {

/// `value`, or the same contraction so that a tile fits: with other lanes, of operands that are packed with
/// these or those lanes, or of padded ones; `value` itself where nothing helps. All that it reads has a
/// layout.
Value tiled(Graph& graph, Value value);

/// The same contraction row by row, of operands as they lie, if a tile fits that; else nothing.
std::optional<Value> tiled_row_by_row(Graph& graph, Value value);

}  // namespace cgan_jit
