#pragma once

#include <stdexcept>
#include <string>

#include "ir/graph.h"

namespace cgan_jit {

/// What a fault of the compiler is told as: `what`, where the graph was written (a new file of the temporary
/// folder, for the user alone), and how to report it.
InternalError reported(const Graph& graph, const std::string& what);

/// work(), of which `graph` is the input. Throws the fault as `reported` when the compiler itself is wrong.
template <typename Work>
auto reporting(const Graph& graph, const Work& work) {
  try {
    return work();
  } catch (const std::logic_error& fault) { throw reported(graph, fault.what()); }
}

}  // namespace cgan_jit
