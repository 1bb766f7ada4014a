#include "ir/interpret.h"

#include "ir/elementwise.h"
#include "ir/moves.h"
#include "ir/philox.h"
#include "ir/standard_floats.h"
#include "ir/sums.h"

namespace cgan_jit {

namespace {

template <typename Real>
size_t stored_count(const Elements<Real>& elements) {
  return elements.type.dtype == DType::f32 ? elements.reals.size() : elements.ints.size();
}

/// Values of a graph's nodes, computed one by one.
template <typename Real>
class Interpreter {
 public:
  Interpreter(const Graph& graph, const Environment<Real>& environment)
      : graph_(graph), environment_(environment), owned_(graph.size()), values_(graph.size(), nullptr) {}

  const Elements<Real>& value(Value at) const { return *values_[index(at)]; }

  void compute(Value at) {
    const Node& node = graph_[at];
    if (const auto* input = as<Input>(node)) {
      values_[index(at)] = &given(input->name, node.type);
    } else if (const auto* param = as<Param>(node)) {
      values_[index(at)] = &given(param->name, node.type);
    } else {
      node_ = &node;
      owned_[index(at)] = std::visit(*this, node.op);
      values_[index(at)] = &owned_[index(at)];
    }
  }

  void release(Value at) { owned_[index(at)] = {}; }

  Elements<Real> operator()(const Input&) { throw InternalError("internal error: inputs are given"); }
  Elements<Real> operator()(const Param&) { throw InternalError("internal error: params are given"); }

  Elements<Real> operator()(const Const& op) { return filled<Real>(node_->type, op.value); }

  Elements<Real> operator()(const Iota& op) {
    Elements<Real> out = zeros();
    size_t place = 0;
    for_each_point(node_->type.shape,
                   [&](const std::vector<int64_t>& at) { out.ints[place++] = at[op.axis]; });
    return out;
  }

  Elements<Real> operator()(const Random& op) {
    Elements<Real> out = zeros();
    const auto seed = static_cast<uint32_t>(operand(0).ints[0]),
               step = static_cast<uint32_t>(operand(1).ints[0]);
    for (size_t e = 0; e < out.ints.size(); e += 4) {
      const auto words = philox({static_cast<uint32_t>(e / 4), op.stream, step, 0}, {seed, 0});
      for (size_t word = 0; word < 4 && e + word < out.ints.size(); ++word) out.ints[e + word] = words[word];
    }
    return out;
  }

  Elements<Real> operator()(const Map& op) { return map_elements(op.fn, operands()); }

  Elements<Real> operator()(const Reindex& op) { return reindex_elements(op, operand(0), node_->type); }
  Elements<Real> operator()(const Scatter& op) { return scatter_elements(op, operand(0), node_->type); }
  Elements<Real> operator()(const Reduce& op) { return reduce_elements(op, operand(0), node_->type); }
  Elements<Real> operator()(const Gather&) { return gather_elements(operand(0), operand(1), node_->type); }
  Elements<Real> operator()(const Deposit&) { return deposit_elements(operand(0), operand(1), node_->type); }
  Elements<Real> operator()(const Concat& op) { return concat_elements(op, operands(), node_->type); }
  Elements<Real> operator()(const Contract& op) {
    return contract_elements(op, operand(0), operand(1), node_->type);
  }

  Elements<Real> operator()(const Reshape&) {
    Elements<Real> out = operand(0);
    out.type = node_->type;
    return out;
  }

  Elements<Real> operator()(const Detach&) { return operand(0); }

 private:
  const Elements<Real>& given(const std::string& name, const Type& type) const {
    const auto found = environment_.find(name);
    if (found == environment_.end()) throw Error("no value is given for \"{}\"", name);
    const Elements<Real>& elements = found->second;
    if (elements.type != type) {
      throw Error("\"{}\" is {}, but the value given is {}", name, to_string(type), to_string(elements.type));
    }
    if (stored_count(elements) != static_cast<size_t>(element_count(type.shape))) {
      throw Error("\"{}\" is {}, but {} elements are given", name, to_string(type), stored_count(elements));
    }
    return elements;
  }

  const Elements<Real>& operand(size_t i) const { return value(node_->operands[i]); }
  std::vector<const Elements<Real>*> operands() const {
    std::vector<const Elements<Real>*> operands;
    for (Value operand : node_->operands) operands.push_back(&value(operand));
    return operands;
  }
  Elements<Real> zeros() const { return filled<Real>(node_->type, 0); }

  const Graph& graph_;
  const Environment<Real>& environment_;
  std::vector<Elements<Real>> owned_;
  std::vector<const Elements<Real>*> values_;
  const Node* node_ = nullptr;  // under way
};

}  // namespace

template <typename Real>
Environment<Real> interpret(const Graph& graph, const Environment<Real>& environment) {
  const StandardFloats standard;
  const std::vector<bool> live = live_nodes(graph);
  std::vector<int> readers(graph.size(), 0);
  for (uint32_t i = 0; i < graph.size(); ++i) {
    if (!live[i]) continue;
    for (Value operand : graph.nodes()[i].operands) ++readers[index(operand)];
  }
  for (const Output& output : graph.outputs()) ++readers[index(output.value)];

  Interpreter<Real> interpreter(graph, environment);
  for (uint32_t i = 0; i < graph.size(); ++i) {
    if (!live[i]) continue;
    interpreter.compute(Value{i});
    for (Value operand : graph.nodes()[i].operands) {
      if (--readers[index(operand)] == 0) interpreter.release(operand);
    }
  }
  Environment<Real> outputs;
  for (const Output& output : graph.outputs()) outputs.emplace(output.name, interpreter.value(output.value));
  return outputs;
}

template <typename Real>
std::vector<Elements<Real>> interpret_all(const Graph& graph, const Environment<Real>& environment) {
  const StandardFloats standard;
  Interpreter<Real> interpreter(graph, environment);
  std::vector<Elements<Real>> values;
  for (uint32_t i = 0; i < graph.size(); ++i) {
    interpreter.compute(Value{i});
    values.push_back(interpreter.value(Value{i}));
  }
  return values;
}

template Environment<float> interpret(const Graph&, const Environment<float>&);
template Environment<double> interpret(const Graph&, const Environment<double>&);
template std::vector<Elements<float>> interpret_all(const Graph&, const Environment<float>&);
template std::vector<Elements<double>> interpret_all(const Graph&, const Environment<double>&);

}  // namespace cgan_jit
