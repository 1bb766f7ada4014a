#include "frontend/tensor.h"

#include <algorithm>

#include "frontend/report.h"
#include "ir/standard_floats.h"
#include "ir/text.h"
#include "ir/verify.h"

namespace cgan_jit {

namespace {

// What a param without a declared beginning begins with.
constexpr ConstantInit zero{0};

/// Throws Error at `where` when `node`, as the next of the graph, has no meaning.
void expect_meaning(const Graph& graph, const Node& node, const Line& where) {
  if (const std::optional<std::string> fault = find_fault(graph, node))
    fail(where, fmt::format("{} in {}", *fault, print(node, Value{static_cast<uint32_t>(graph.size())})));
}

/// Throws Error at `where` when the param cannot begin so.
void expect_meaning(const ParamDecl& decl, const Line& where) {
  try {
    distribution_of(decl.init, decl.shape);
  } catch (const Error& error) { fail(where, fmt::format("param \"{}\": {}", decl.name, error.what())); }
}

}  // namespace

const Type& Tensor::type(Line at) const {
  if (!builder) fail(at, "a tensor that no builder has made");
  return builder->graph().type(value);
}

void fail(const Line& where, const std::string& text) {
  const std::string_view path = where.file_name();
  throw Error("{}:{}: {}", path.substr(path.find_last_of('/') + 1), where.line(), text);
}

void Builder::require_own(const Tensor& tensor, const Line& where) const {
  tensor.type(where);
  if (tensor.builder != this) fail(where, "tensors of two builders meet in one operation");
}

Tensor Builder::add(const Line& where, Op op, const std::vector<Tensor>& operands, Type type) {
  Node node{std::move(op), {}, std::move(type), {}};
  for (const Tensor& operand : operands) {
    require_own(operand, where);
    node.operands.push_back(operand.value);
  }
  expect_meaning(graph_, node, where);
  return {this, graph_.add(std::move(node.op), std::move(node.operands), std::move(node.type))};
}

// A node of its own, behind the stand-in: gradients are looked for from later nodes to earlier ones.
Tensor Builder::with_gradient_of(const Tensor& stand_in, const Tensor& value, const Line& where) {
  require_own(stand_in, where);
  const Tensor behind = add(where, Detach{}, {value}, value.type());
  check(index(stand_in.value) < index(behind.value) && stand_in.type() == value.type(),
        "a gradient goes to an earlier value of the same type");
  stand_ins_.emplace(behind.value, stand_in.value);
  return behind;
}

Tensor Builder::input(const std::string& name, DType dtype, Shape shape, Line at) {
  const Type type{dtype, std::move(shape)};
  const auto known = inputs_.find(name);
  if (known != inputs_.end() && known->second != type)
    fail(at, fmt::format("input \"{}\": {}, but it is {}", name, to_string(type), to_string(known->second)));
  const Tensor input = add(at, Input{name}, {}, type);
  inputs_.emplace(name, type);
  return input;
}

Tensor Builder::declare(ParamDecl decl, const Line& where) {
  const auto same_name = [&](const ParamDecl& other) { return other.name == decl.name; };
  if (std::ranges::any_of(params_, same_name))
    fail(where, fmt::format("param \"{}\" is declared twice", decl.name));
  expect_meaning(graph_, {Param{decl.name}, {}, {decl.dtype, decl.shape}, {}}, where);
  expect_meaning(decl, where);
  const Tensor param = add(where, Param{decl.name}, {}, {decl.dtype, decl.shape});
  params_.push_back(std::move(decl));
  return param;
}

Tensor Builder::param(const std::string& name, Shape shape, Init init, Line at) {
  return declare({name, std::move(shape), init, true}, at);
}

Tensor Builder::state(const std::string& name, Shape shape, Init init, Line at) {
  return declare({name, std::move(shape), init, false}, at);
}

Tensor Builder::state(const std::string& name, Type type, Line at) {
  return declare({name, std::move(type.shape), zero, false, type.dtype}, at);
}

Tensor Builder::constant(double value, DType dtype, Shape shape, Line at) {
  const StandardFloats standard;
  const double exact = dtype == DType::f32 ? static_cast<double>(static_cast<float>(value)) : value;
  return add(at, Const{exact}, {}, {dtype, std::move(shape)});
}

Tensor Builder::iota(int axis, Shape shape, Line at) {
  return add(at, Iota{axis}, {}, {DType::i32, std::move(shape)});
}

Tensor Builder::random_words(Shape shape, Line at) {
  return add(at, Random{streams_++}, {seed(at), step(at)}, {DType::u32, std::move(shape)});
}

void Builder::output(const std::string& name, const Tensor& value, Line at) {
  require_own(value, at);
  const auto same_name = [&](const Output& other) { return other.name == name; };
  if (std::ranges::any_of(outputs_, same_name)) fail(at, fmt::format("two outputs are called \"{}\"", name));
  if (updates_.contains(name))
    fail(at, fmt::format("output \"{}\": the update of the param \"{}\" is called so", name, name));
  outputs_.push_back({name, value.value, {}});
}

const std::string& Builder::name_of_param(const Tensor& tensor, const Line& where) const {
  require_own(tensor, where);
  const auto* named = as<Param>(graph_[tensor.value]);
  if (!named) fail(where, fmt::format("{} that is no param", to_string(tensor.type())));
  return named->name;
}

void Builder::update(const Tensor& param, const Tensor& value, Line at) {
  const std::string& name = name_of_param(param, at);
  require_own(value, at);
  if (param.type() != value.type())
    fail(at, fmt::format("update of \"{}\": {}", name, both_types(param, value)));
  const auto same_name = [&](const Output& output) { return output.name == name; };
  if (std::ranges::any_of(outputs_, same_name))
    fail(at, fmt::format("update of \"{}\": an output is called so", name));
  updates_[name] = {param.value, value.value};
}

Tensor Builder::latest(const Tensor& param, Line at) const {
  const auto update = updates_.find(name_of_param(param, at));
  return update == updates_.end() ? param : Tensor{param.builder, update->second.second};
}

std::vector<Tensor> Builder::trained(std::string_view prefix) {
  const std::string start = prefix.empty() ? "" : std::string(prefix) + ".";
  std::vector<Tensor> found;
  for (const ParamDecl& decl : params_) {
    if (decl.trained && decl.name.starts_with(start))
      found.push_back({this, graph_.add(Param{decl.name}, {}, {decl.dtype, decl.shape})});
  }
  return found;
}

Recording Builder::build_without_updates() const {
  Recording program(graph_, params_);
  for (const Output& output : outputs_) program.graph.add_output(output.name, output.value);
  reporting(program.graph, [&] { verify(program.graph); });
  return program;
}

Recording Builder::build() const {
  Recording program = build_without_updates();
  for (const ParamDecl& decl : params_) {
    const auto update = updates_.find(decl.name);
    if (update != updates_.end())
      program.graph.add_output(decl.name, update->second.second, update->second.first);
  }
  reporting(program.graph, [&] { verify(program.graph); });
  return program;
}

std::string Scope::name(std::string_view child) const {
  return path.empty() ? std::string(child) : path + "." + std::string(child);
}

Scope operator/(const Scope& parent, std::string_view child) {
  Scope inner = parent;
  inner.path = parent.name(child);
  return inner;
}

std::string both_types(const Tensor& a, const Tensor& b) {
  return to_string(a.type()) + " by " + to_string(b.type());
}

void require_dtype(const Located& x, DType dtype, std::string_view op) {
  if (x.dtype() != dtype)
    fail(x.where, fmt::format("{}: needs {}, got {}", op, name_of(dtype), to_string(x.type())));
}

}  // namespace cgan_jit
