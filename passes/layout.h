#pragma once

#include <map>
#include <string>

#include "ir/graph.h"

namespace cgan_jit {

/// Params' layouts by name: several programs over one set of params must agree.
using ParamLayouts = std::map<std::string, Layout>;

/// Sets every node's layout. It looks only at contractions and gathers; all other nodes inherit along the
/// axes that carry lanes:
///   a param read by a contraction        lanes = its last axis, blocks of 64
///   a param that is a gather's table     lanes = its first axis (the rows)
///   a contraction without such an operand that feeds such a param's update: as the param
///   any other contraction               lanes = the last own axis of its other operand (the batch); blocks
///   of the extent rounded up to 16, at most 64
/// `fixed` wins over every rule. Shapes alone decide, never the target.
Graph assign_layouts(const Graph& graph, const ParamLayouts& fixed = {});

/// What the params of a laid-out graph got.
ParamLayouts param_layouts(const Graph& graph);

}  // namespace cgan_jit
