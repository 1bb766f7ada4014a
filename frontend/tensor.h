#pragma once

#include <map>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "frontend/recording.h"

namespace cgan_jit {

class Builder;

// Programs.

/// Where in the user's program something is asked for. As a last parameter it says who called.
using Line = std::source_location;

/// A handle on a value of the graph that a Builder records. Cheap to copy; valid as long as its builder. One
/// that no builder has made is an Error wherever it is used.
struct Tensor {
  Builder* builder = nullptr;
  Value value{};

  const Type& type(Line at = Line::current()) const;
  const Shape& shape(Line at = Line::current()) const { return type(at).shape; }
  DType dtype(Line at = Line::current()) const { return type(at).dtype; }
  int rank(Line at = Line::current()) const { return static_cast<int>(shape(at).size()); }
};

/// A tensor, and the line of the user's program that passed it: errors name that line.
struct Located : Tensor {
  Located(const Tensor& tensor, Line at = Line::current())  // NOLINT: implicit
      : Tensor(tensor), where(at) {
    tensor.type(at);
  }
  Line where;
};

/// What an operator takes: a tensor or a C++ number, which becomes a constant of the other operand's type.
struct Operand {
  Operand(const Tensor& tensor, Line at = Line::current())  // NOLINT: implicit
      : is(tensor), where(at) {
    tensor.type(at);
  }
  Operand(const Located& located) : is(Tensor(located)), where(located.where) {}  // NOLINT: implicit
  Operand(std::variant<Tensor, double> what, Line at) : is(std::move(what)), where(at) {}
  template <typename Number>
  requires std::is_arithmetic_v<Number> Operand(Number number,
                                                Line at = Line::current())  // NOLINT: implicit
      : is(static_cast<double>(number)), where(at) {}
  std::variant<Tensor, double> is;
  Line where;
};

/// Throws Error "file.cpp:42: text".
[[noreturn]] void fail(const Line& where, const std::string& text);

/// Dropout and batch normalisation differ between the two.
enum class Mode : uint8_t { train, eval };

/// Records one program: owns its graph, its params' declarations, its outputs, and the count of random
/// streams. The inputs "seed" and "step" (u32 scalars; the first training step is 1) exist once something
/// asked for them. What is asked for and has no meaning is an Error that names the caller's line.
class Builder {
 public:
  /// Random streams count up from `first_stream`.
  explicit Builder(Mode mode = Mode::train, uint32_t first_stream = 0)
      : mode_(mode), streams_(first_stream) {}
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  Mode mode() const { return mode_; }
  const Graph& graph() const { return graph_; }

  /// Asked for again, the same input. Throws Error when it then has another type.
  Tensor input(const std::string& name, DType dtype, Shape shape, Line at = Line::current());
  /// f32. Throws Error when the name is taken, or `init` has no meaning for that shape.
  Tensor param(const std::string& name, Shape shape, Init init, Line at = Line::current());
  /// As `param`, but no optimiser trains it.
  Tensor state(const std::string& name, Shape shape, Init init, Line at = Line::current());
  /// State of any element type, from 0: `state("num_batches_tracked", {DType::i32, {}})`.
  Tensor state(const std::string& name, Type type, Line at = Line::current());
  /// Throws Error when `value` is no number of that element type; as f32 it is rounded.
  Tensor constant(double value, DType dtype = DType::f32, Shape shape = {}, Line at = Line::current());
  /// The coordinate on `axis`, i32.
  Tensor iota(int axis, Shape shape, Line at = Line::current());
  Tensor seed(Line at = Line::current()) { return input("seed", DType::u32, {}, at); }
  Tensor step(Line at = Line::current()) { return input("step", DType::u32, {}, at); }
  /// Random u32 words, of the next stream: streams count up in the order of these calls.
  Tensor random_words(Shape shape, Line at = Line::current());

  /// An output of each run. Its name is no other output's, and no updated param's.
  void output(const std::string& name, const Tensor& value, Line at = Line::current());
  /// At the end of the step `param` becomes `value`. A later call for the same param replaces the earlier
  /// one.
  void update(const Tensor& param, const Tensor& value, Line at = Line::current());
  /// What the step has made of `param` so far: its update's value, or itself.
  Tensor latest(const Tensor& param, Line at = Line::current()) const;

  const std::vector<ParamDecl>& params() const { return params_; }
  /// The trained params whose names begin with `prefix` and a dot (all of them for ""), in the order of their
  /// declaration.
  std::vector<Tensor> trained(std::string_view prefix = "");

  /// The program recorded so far, verified: outputs first, then updates, each named after its param.
  Recording build() const;
  /// The same without updates: a run leaves all params as they are.
  Recording build_without_updates() const;

  /// For operations: adds a node. Throws Error at `where` when an operand is another builder's, or when
  /// operands, type and attributes do not fit the op's meaning.
  Tensor add(const Line& where, Op op, const std::vector<Tensor>& operands, Type type);
  /// Throws Error at `where` when `tensor` is another builder's, or none's.
  void require_own(const Tensor& tensor, const Line& where) const;
  /// The name of the param that `tensor` is. Throws Error at `where` when it is none, or another builder's.
  const std::string& name_of_param(const Tensor& tensor, const Line& where) const;
  /// For operations: `value`, whose gradient goes to `stand_in`, of its type.
  Tensor with_gradient_of(const Tensor& stand_in, const Tensor& value, const Line& where);
  /// For `grad`.
  Graph& mutable_graph() { return graph_; }
  const std::map<Value, Value>& stand_ins() const { return stand_ins_; }

 private:
  Tensor declare(ParamDecl decl, const Line& where);

  Mode mode_;
  Graph graph_;
  uint32_t streams_;
  std::map<Value, Value> stand_ins_;  // a value -> the one that has its gradient
  std::map<std::string, Type> inputs_;
  std::vector<ParamDecl> params_;
  std::vector<Output> outputs_;
  std::map<std::string, std::pair<Value, Value>> updates_;  // name -> param, new value
};

// Names.

/// A place in the tree of names, as PyTorch has it: `builder / "generator" / "model" / "0"`, and the user's
/// line where its root became one.
struct Scope {
  Scope(Builder& owner, Line at = Line::current())  // NOLINT: a builder is its own root
      : builder(&owner), where(at) {}
  Builder* builder;
  std::string path;
  Line where;

  std::string name(std::string_view child) const;
};
/// The place `child` below it.
Scope operator/(const Scope& parent, std::string_view child);

// Errors of one's own. For functions that take a Located.

/// "f32[64,784] by f32[768,10]".
std::string both_types(const Tensor& a, const Tensor& b);
/// Throws Error at `x`'s line unless it is of `dtype`.
void require_dtype(const Located& x, DType dtype, std::string_view op);

}  // namespace cgan_jit
