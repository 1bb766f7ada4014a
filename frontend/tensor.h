#pragma once

#include <map>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "ir/graph.h"

namespace cgan_jit {

class Builder;

/// A handle on a value of the graph that a Builder records. Cheap to copy; valid as long as its builder.
struct Tensor {
  Builder* builder = nullptr;
  Value value{};

  const Type& type() const;
  const Shape& shape() const { return type().shape; }
  DType dtype() const { return type().dtype; }
  int rank() const { return static_cast<int>(shape().size()); }
};

/// A tensor, and the line of the user's program that passed it: errors name that line.
struct Located : Tensor {
  Located(const Tensor& tensor,
          std::source_location at = std::source_location::current())  // NOLINT: implicit
      : Tensor(tensor), where(at) {}
  std::source_location where;
};

/// What an operator takes: a tensor or a C++ number, which becomes a constant of the other operand's type.
struct Operand {
  Operand(const Tensor& tensor,
          std::source_location at = std::source_location::current())  // NOLINT: implicit
      : is(tensor), where(at) {}
  Operand(const Located& located) : is(Tensor(located)), where(located.where) {}  // NOLINT: implicit
  template <typename Number>
  requires std::is_arithmetic_v<Number> Operand(
      Number number, std::source_location at = std::source_location::current())  // NOLINT: implicit
      : is(static_cast<double>(number)), where(at) {}
  std::variant<Tensor, double> is;
  std::source_location where;
};

/// Throws Error "file.cpp:42: text".
[[noreturn]] void fail(const std::source_location& where, const std::string& text);

/// How a param begins: U(-bound, bound), N(0, 1), or one value everywhere.
struct UniformInit {
  float bound = 1;
  bool operator==(const UniformInit&) const = default;
};
struct NormalInit {
  bool operator==(const NormalInit&) const = default;
};
struct ConstantInit {
  float value = 0;
  bool operator==(const ConstantInit&) const = default;
};
using Init = std::variant<UniformInit, NormalInit, ConstantInit>;

/// A param (f32) of the program. Those that are not `trained` are state: running statistics, an optimiser's
/// moments.
struct ParamDecl {
  std::string name;
  Shape shape;
  Init init;
  bool trained = true;
  bool operator==(const ParamDecl&) const = default;
};

/// Dropout and batch normalisation differ between the two.
enum class Mode : uint8_t { train, eval };

/// Records one program: owns its graph, its params' declarations, its outputs, and the count of random
/// streams. The inputs "seed" and "step" (u32 scalars; the first training step is 1) exist once something
/// asked for them.
class Builder {
 public:
  /// Random streams count up from `first_stream`.
  explicit Builder(Mode mode = Mode::train, uint32_t first_stream = 0)
      : mode_(mode), streams_(first_stream) {}
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  Mode mode() const { return mode_; }
  const Graph& graph() const { return graph_; }

  Tensor input(const std::string& name, DType dtype, Shape shape);
  /// Throws Error when the name is taken.
  Tensor param(const std::string& name, Shape shape, Init init);
  /// As `param`, but no optimiser trains it.
  Tensor state(const std::string& name, Shape shape, Init init);
  Tensor constant(double value, DType dtype = DType::f32, Shape shape = {});
  /// The coordinate on `axis`, i32.
  Tensor iota(int axis, Shape shape);
  Tensor seed() { return input("seed", DType::u32, {}); }
  Tensor step() { return input("step", DType::u32, {}); }
  /// Random u32 words, of the next stream: streams count up in the order of these calls.
  Tensor random_words(Shape shape);

  /// An output of each run.
  void output(const std::string& name, const Tensor& value);
  /// At the end of the step `param` becomes `value`. A later call for the same param replaces the earlier
  /// one.
  void update(const Tensor& param, const Tensor& value);
  /// What the step has made of `param` so far: its update's value, or itself.
  Tensor latest(const Tensor& param) const;

  const std::vector<ParamDecl>& params() const { return params_; }
  /// The trained params whose names begin with `prefix` and a dot (all of them for ""), in the order of their
  /// declaration.
  std::vector<Tensor> trained(std::string_view prefix = "");

  /// The program recorded so far, verified: outputs first, then updates, each named after its param.
  Graph build() const;
  /// The same without updates: a run leaves all params as they are.
  Graph build_without_updates() const;

  /// For operations: adds a node. All operands belong to this builder.
  Tensor add(Op op, const std::vector<Tensor>& operands, Type type);
  /// For `grad`.
  Graph& mutable_graph() { return graph_; }

 private:
  Tensor declare(ParamDecl decl);

  Mode mode_;
  Graph graph_;
  uint32_t streams_;
  std::vector<ParamDecl> params_;
  std::vector<Output> outputs_;
  std::map<std::string, std::pair<Value, Value>> updates_;  // name -> param, new value
};

/// A place in the tree of names, as PyTorch has it: `builder / "generator" / "model" / "0"`.
struct Scope {
  Scope(Builder& owner) : builder(&owner) {}  // NOLINT: a builder is its own root
  Scope(Builder& owner, std::string place) : builder(&owner), path(std::move(place)) {}
  Builder* builder;
  std::string path;

  std::string name(std::string_view child) const;
};
Scope operator/(const Scope& parent, std::string_view child);
inline Scope operator/(Builder& builder, std::string_view child) { return Scope(builder) / child; }

/// "f32[64,784] by f32[768,10]", for errors.
std::string both_types(const Tensor& a, const Tensor& b);
/// Throws Error at `x`'s line unless it is of `dtype`.
void require_dtype(const Located& x, DType dtype, std::string_view op);

}  // namespace cgan_jit
