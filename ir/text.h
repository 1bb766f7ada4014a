#pragma once

#include <string>
#include <string_view>

#include "ir/graph.h"

namespace cgan_jit {

/// The graph's exact text: parse(print(g)) == g. Numbers in the shortest form that reads back; one node a line:
///   %2 = reindex %0 [i,j,k -> i,k] fill 1 : f32[3,2,4] @0/64
/// `fill` only when it is not 0; `@lane_axis/width` only when a layout is set.
///   %0 = input "x" : f32[3,4]        %1 = param "w" : f32[4,2]        %2 = const 0.5 : f32[3,4]     %3 = iota 0 : i32[3]
///   %6 = random 3 %seed_value, %step_value : u32[64,100]             %4 = tanh %3 : f32[3,4]        %5 = scatter %4 [..] : f32[9]
///   %7 = reduce add %6 [0,2] lanes16 : f32[3]       (no word: seq)   %8 = gather %1, %3 : ...       %9 = deposit %3, %8 : ...
///   %10 = concat 1 %8, %9 : ...      %11 = reshape %10 : ...         %12 = detach %11 : ...
///   %13 = contract %0, %1 [i,j,k -> i,k] [i,j,k -> j,k] sum [4] : f32[3,2]
///   output "loss" %5                 output "w" %9 updates %1
std::string print(const Graph& graph);
/// One node as its line of the text, without a newline.
std::string print(const Node& node, Value self);

/// The shortest text that reads back as this number of this element type; NaN is "nan".
std::string number_text(double value, DType dtype);

/// Reads one graph: "graph { ... }". Comments run from '#' to the end of the line; values may have any names, axes any letters.
/// Throws Error "file:line: what" for wrong text and for a graph that `verify` would refuse (`file` is only for messages).
Graph parse(std::string_view text, std::string_view file = "<text>");

}  // namespace cgan_jit
