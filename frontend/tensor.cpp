#include "frontend/tensor.h"

#include <algorithm>

#include "ir/verify.h"

namespace cgan_jit {

const Type& Tensor::type() const {
  check(builder != nullptr, "an empty Tensor is used");
  return builder->graph().type(value);
}

void fail(const std::source_location& where, const std::string& text) {
  const std::string_view path = where.file_name();
  throw Error("{}:{}: {}", path.substr(path.find_last_of('/') + 1), where.line(), text);
}

Tensor Builder::add(Op op, const std::vector<Tensor>& operands, Type type) {
  std::vector<Value> values;
  for (const Tensor& operand : operands) {
    if (operand.builder != this) throw Error("tensors of two builders meet in one operation");
    values.push_back(operand.value);
  }
  return {this, graph_.add(std::move(op), std::move(values), std::move(type))};
}

Tensor Builder::input(const std::string& name, DType dtype, Shape shape) {
  return add(Input{name}, {}, {dtype, std::move(shape)});
}

Tensor Builder::declare(ParamDecl decl) {
  const auto same_name = [&](const ParamDecl& other) { return other.name == decl.name; };
  if (std::ranges::any_of(params_, same_name)) throw Error("param \"{}\" is declared twice", decl.name);
  params_.push_back(std::move(decl));
  return add(Param{params_.back().name}, {}, {DType::f32, params_.back().shape});
}

Tensor Builder::param(const std::string& name, Shape shape, Init init) {
  return declare({name, std::move(shape), init, true});
}

Tensor Builder::state(const std::string& name, Shape shape, Init init) {
  return declare({name, std::move(shape), init, false});
}

Tensor Builder::constant(double value, DType dtype, Shape shape) {
  const double exact = dtype == DType::f32 ? static_cast<double>(static_cast<float>(value)) : value;
  return add(Const{exact}, {}, {dtype, std::move(shape)});
}

Tensor Builder::iota(int axis, Shape shape) { return add(Iota{axis}, {}, {DType::i32, std::move(shape)}); }

Tensor Builder::random_words(Shape shape) {
  return add(Random{streams_++}, {seed(), step()}, {DType::u32, std::move(shape)});
}

void Builder::output(const std::string& name, const Tensor& value) {
  outputs_.push_back({name, value.value, {}});
}

void Builder::update(const Tensor& param, const Tensor& value) {
  const auto* named = as<Param>(graph_[param.value]);
  if (!named) throw Error("only a param can be updated");
  if (param.type() != value.type())
    throw Error("update of \"{}\": {}", named->name, both_types(param, value));
  updates_[named->name] = {param.value, value.value};
}

Tensor Builder::latest(const Tensor& param) const {
  const auto* named = as<Param>(graph_[param.value]);
  check(named != nullptr, "only a param has a latest value");
  const auto update = updates_.find(named->name);
  return update == updates_.end() ? param : Tensor{param.builder, update->second.second};
}

std::vector<Tensor> Builder::trained(std::string_view prefix) {
  const std::string start = prefix.empty() ? "" : std::string(prefix) + ".";
  std::vector<Tensor> found;
  for (const ParamDecl& decl : params_) {
    if (decl.trained && decl.name.starts_with(start))
      found.push_back(add(Param{decl.name}, {}, {DType::f32, decl.shape}));
  }
  return found;
}

Graph Builder::build_without_updates() const {
  Graph program = graph_;
  for (const Output& output : outputs_) program.add_output(output.name, output.value);
  verify(program);
  return program;
}

Graph Builder::build() const {
  Graph program = build_without_updates();
  for (const ParamDecl& decl : params_) {
    const auto update = updates_.find(decl.name);
    if (update != updates_.end()) program.add_output(decl.name, update->second.second, update->second.first);
  }
  verify(program);
  return program;
}

std::string Scope::name(std::string_view child) const {
  return path.empty() ? std::string(child) : path + "." + std::string(child);
}

Scope operator/(const Scope& parent, std::string_view child) { return {*parent.builder, parent.name(child)}; }

std::string both_types(const Tensor& a, const Tensor& b) {
  return to_string(a.type()) + " by " + to_string(b.type());
}

void require_dtype(const Located& x, DType dtype, std::string_view op) {
  if (x.dtype() != dtype)
    fail(x.where, fmt::format("{}: needs {}, got {}", op, name_of(dtype), to_string(x.type())));
}

}  // namespace cgan_jit
