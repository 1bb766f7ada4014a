#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "frontend/session.h"
#include "ir/interpret.h"

namespace cgan_jit {

/// Elements as the machine has them: little-endian, of the type's width.
std::vector<std::byte> machine_bytes(const Elements<float>& elements);

/// Where the graph's machine code, made with these options and run once in each environment, differs from the
/// float interpreter, as one line; nothing if every output and every updated param is equal bit for bit. NaNs
/// are all one.
std::optional<std::string> bit_difference(const Graph& graph, const SessionOptions& options,
                                          const std::vector<Environment<float>>& environments);

}  // namespace cgan_jit
