#pragma once

#include <string>
#include <utility>
#include <vector>

#include "frontend/init.h"
#include "ir/graph.h"

namespace cgan_jit {

// Recorded programs.

/// A param of the program. Those that are not `trained` are state: running statistics, an optimiser's
/// moments, counters. What is not f32 is state, and begins at 0.
struct ParamDecl {
  std::string name;
  Shape shape;
  Init init;
  bool trained = true;
  DType dtype = DType::f32;
  bool operator==(const ParamDecl&) const = default;
};

/// A program as it was recorded: its graph, and how its params begin, in the order of their declaration. It
/// stands for its graph where one is wanted. A graph alone (read from text) says nothing of its params, which
/// begin at 0.
struct Recording {
  Recording(Graph program, std::vector<ParamDecl> decls = {})  // NOLINT: implicit
      : graph(std::move(program)), params(std::move(decls)) {}
  operator Graph() const& { return graph; }         // NOLINT: implicit
  operator Graph() && { return std::move(graph); }  // NOLINT: implicit

  Graph graph;
  std::vector<ParamDecl> params;
};

}  // namespace cgan_jit
