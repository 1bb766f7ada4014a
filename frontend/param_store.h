#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "frontend/recording.h"
#include "passes/program.h"
#include "runtime/arena.h"

namespace cgan_jit {

/// A param of a session, and how it begins.
struct StoredParam {
  Type type;
  Layout layout;
  std::byte* data = nullptr;
  uint32_t number = 0;       // in the order of first declaration, over all programs
  std::optional<Init> init;  // nothing: only graphs without declarations have it
};

/// The params that a session's programs declare, each once, in the layout that kernels want. Values go in and
/// out row-major, as bytes of the param's element type.
class ParamStore {
 public:
  /// A param that no kernel reads lies as `layout_of` its shape says.
  explicit ParamStore(Layout (*layout_of)(const Shape&)) : layout_of_(layout_of) {}

  /// Throws Error unless every param of the program has the type that the store knows it by, if it does.
  void expect_types(const std::string& program, const Recording& recording) const;
  /// Takes in the params that are new, zeroed, in the order of their declaration; they lie as the compiled
  /// program's roots say. Of the others, those that had no declared beginning get it; what they are stays.
  void declare(const Recording& recording, const std::vector<Root>& roots);

  const std::map<std::string, StoredParam>& all() const { return params_; }
  std::vector<std::string> names() const;
  /// Throws Error when no param is called so.
  const StoredParam& at(const std::string& name) const;
  /// Throws Error unless `row_major` has the param's size; `write` also for a bool that is neither 0 nor 1.
  void read(const std::string& name, std::span<std::byte> row_major) const;
  void write(const std::string& name, std::span<const std::byte> row_major);

 private:
  Layout (*layout_of_)(const Shape&);
  std::map<std::string, StoredParam> params_;
  std::vector<Arena> arenas_;
};

}  // namespace cgan_jit
