#pragma once

#include <string>
#include <string_view>

#include "ir/graph.h"

namespace cgan_jit {

/// The graph's exact text: parse(print(g)) == g. Numbers in the shortest form that reads back; one node a
/// line. `fill` only when it is not 0; `@lane_axis/width[,inner_axis]` only when
/// a layout is set:
///
///   %0 = input "x" : f32[3,4]
///   %1 = param "w" : f32[4,2] @1/64
///   %2 = reindex %0 [i,j,k -> i,k] fill 1 : f32[3,2,4]
///   %3 = const 0.5 : f32[3,4]
///   %4 = iota 0 : i32[3]
///   %5 = random 3 %seed, %step : u32[64,100]
///   %6 = tanh %0 : f32[3,4]
///   %7 = scatter %6 [i,j -> i+j] : f32[6]
///   %8 = reduce add %6 [1] lanes16 : f32[3]       (no word: seq)
///   %9 = gather %1, %4 : f32[3,2]
///   %10 = deposit %4, %9 : f32[4,2]
///   %11 = concat 1 %0, %6 : f32[3,8]
///   %12 = reshape %11 : f32[24]
///   %13 = detach %12 : f32[24]
///   %14 = contract %0, %1 [i,j,k -> i,k] [i,j,k -> k,j] sum [4] : f32[3,2]
///   output "loss" %8
///   output "w" %10 updates %1
std::string print(const Graph& graph);
/// One node as its line of the text, without a newline.
std::string print(const Node& node, Value self);

/// The shortest text that reads back as this number of this element type; NaN is "nan".
std::string number_text(double value, DType dtype);

/// Reads one graph: "graph { ... }". Comments run from '#' to the end of the line; values may have any names,
/// axes any letters. Throws Error "file:line: what" for wrong text and for a graph that `verify` would refuse
/// (`file` is only for messages).
Graph parse(std::string_view text, std::string_view file = "<text>");

}  // namespace cgan_jit
