#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "passes/program.h"
#include "runtime/arena.h"

namespace cgan_jit {

/// The params of a session's programs, each once, in the layout that kernels want. Values go in and out
/// row-major, as bytes of the param's element type.
class ParamStore {
 public:
  /// Throws Error unless every param of the graph has the type that the store knows it by, if it does.
  void expect_types(const std::string& program, const Graph& graph) const;
  /// Takes in the params that are new, zeroed. The others lie as they did.
  void claim(const std::vector<Root>& roots);

  std::vector<std::string> names() const;
  /// Throws Error when no param is called so.
  const Type& type(const std::string& name) const { return at(name).type; }
  std::byte* data(const std::string& name) const { return at(name).data; }
  /// Throws Error unless `row_major` has the param's size; `write` also for a bool that is neither 0 nor 1.
  void read(const std::string& name, std::span<std::byte> row_major) const;
  void write(const std::string& name, std::span<const std::byte> row_major);

 private:
  struct Stored {
    Type type;
    Layout layout;
    std::byte* data = nullptr;
  };
  const Stored& at(const std::string& name) const;

  std::map<std::string, Stored> params_;
  std::vector<Arena> arenas_;
};

}  // namespace cgan_jit
