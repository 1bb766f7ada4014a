#include "frontend/recurrent.h"

#include <algorithm>

#include "frontend/emit.h"
#include "frontend/first_uniform.h"

namespace cgan_jit {
namespace {

using State = RecurrentStack::State;
using Cell = RecurrentStack::Cell;

Tensor gate(const Tensor& gates, int64_t i, const Tensor& h) {
  const int64_t hidden = h.shape()[1];
  return slice(gates, 1, i * hidden, (i + 1) * hidden);
}

State rnn_step(const Tensor& of_x, const Tensor& of_h, const State&) { return {tanh(of_x + of_h)}; }

State lstm_step(const Tensor& of_x, const Tensor& of_h, const State& before) {
  const Tensor gates = of_x + of_h, &h = before[0], &c = before[1];
  const Tensor next = sigmoid(gate(gates, 1, h)) * c + sigmoid(gate(gates, 0, h)) * tanh(gate(gates, 2, h));
  return {sigmoid(gate(gates, 3, h)) * tanh(next), next};
}

State gru_step(const Tensor& of_x, const Tensor& of_h, const State& before) {
  const Tensor& h = before[0];
  const Tensor reset = sigmoid(gate(of_x, 0, h) + gate(of_h, 0, h));
  const Tensor keep = sigmoid(gate(of_x, 1, h) + gate(of_h, 1, h));
  const Tensor proposed = tanh(gate(of_x, 2, h) + reset * gate(of_h, 2, h));
  return {(1 - keep) * proposed + keep * h};
}

Cell declared_cell(const Scope& scope, const std::string& suffix, int64_t in, int64_t hidden, int64_t rows,
                   bool bias) {
  const auto param = [&](const char* name, Shape shape) {
    return scope.builder->param(scope.name(name + suffix), std::move(shape), uniform_for(hidden),
                                scope.where);
  };
  Cell cell{param("weight_ih_l", {rows, in}), param("weight_hh_l", {rows, hidden}), {}, {}};
  if (bias) cell.bias_ih = param("bias_ih_l", {rows}), cell.bias_hh = param("bias_hh_l", {rows});
  return cell;
}

Tensor projected(const Located& x, const Tensor& weight, const Tensor& bias) {
  const Tensor y = matmul(x, at(transpose(at(weight, x)), x));
  return bias.builder ? at(y, x) + bias : y;
}

/// x [l, n, ...] as l tensors [n, ...].
std::vector<Tensor> steps_of(const Located& x) {
  std::vector<Tensor> steps;
  for (int64_t t = 0; t < x.shape()[0]; ++t) steps.push_back(squeeze(at(slice(x, 0, t, t + 1), x), 0));
  return steps;
}

/// The outputs of these steps; `state` becomes the last one.
std::vector<Tensor> walked_over(const Located& x, const std::vector<Tensor>& inputs, const Cell& cell,
                                RecurrentStack::Step step, State& state) {
  std::vector<Tensor> outputs;
  for (const Tensor& input : inputs) {
    state = step(input, projected(at(state[0], x), cell.weight_hh, cell.bias_hh), state);
    outputs.push_back(state[0]);
  }
  return outputs;
}

using Walk = std::vector<Tensor> (*)(const Located& x, const Cell&, RecurrentStack::Step, State&);

std::vector<Tensor> walked(const Located& x, const Cell& cell, RecurrentStack::Step step, State& state) {
  return walked_over(x, steps_of(at(projected(x, cell.weight_ih, cell.bias_ih), x)), cell, step, state);
}

/// From the last step to the first; the outputs in the order of the steps.
std::vector<Tensor> walked_back(const Located& x, const Cell& cell, RecurrentStack::Step step, State& state) {
  std::vector<Tensor> inputs = steps_of(at(projected(x, cell.weight_ih, cell.bias_ih), x));
  std::ranges::reverse(inputs);
  std::vector<Tensor> outputs = walked_over(x, inputs, cell, step, state);
  std::ranges::reverse(outputs);
  return outputs;
}

}  // namespace

RecurrentStack::RecurrentStack(const Scope& scope, int64_t in, int64_t with_hidden, int64_t gates,
                               const RecurrentOptions& with)
    : hidden(with_hidden), how(with) {
  if (how.num_layers < 1) fail(scope.where, fmt::format("{} layers: there is at least one", how.num_layers));
  const int64_t directions = how.bidirectional ? 2 : 1;
  for (int64_t layer = 0; layer < how.num_layers; ++layer) {
    for (int64_t direction = 0; direction < directions; ++direction)
      cells.push_back(declared_cell(scope, std::to_string(layer) + (direction == 0 ? "" : "_reverse"),
                                    layer == 0 ? in : directions * hidden, hidden, gates * hidden, how.bias));
  }
}

void RecurrentStack::require_fit(const Located& x, const FirstStates& first, std::string_view op) const {
  require_own(x, cells[0].weight_ih, op);
  require_dtype(x, DType::f32, op);
  const int64_t width = cells[0].weight_ih.shape()[1];
  if (x.rank() != 3 || x.shape()[2] != width || x.shape()[how.batch_first ? 1 : 0] == 0)
    fail(x.where,
         fmt::format(
             "{}: {} is no sequence of {} numbers a step, {}", op, to_string(x.shape()), width,
             how.batch_first ? fmt::format("[n,steps,{}]", width) : fmt::format("[steps,n,{}]", width)));
  const Shape wanted = {static_cast<int64_t>(cells.size()), x.shape()[how.batch_first ? 0 : 1], hidden};
  for (const std::optional<Tensor>& given : first) {
    if (!given) continue;
    require_own(x, *given, op);
    if (given->type() != Type{DType::f32, wanted})
      fail(x.where,
           fmt::format("{}: first states {}, not {}", op, to_string(given->type()), to_string(wanted)));
  }
}

RecurrentStack::State RecurrentStack::first_state(const Located& x, const FirstStates& first,
                                                  size_t cell) const {
  State state;
  for (const std::optional<Tensor>& given : first) {
    const Shape shape = {x.shape()[1], hidden};
    state.push_back(given ? steps_of(at(*given, x))[cell]
                          : x.builder->constant(0, DType::f32, shape, x.where));
  }
  return state;
}

std::vector<Tensor> RecurrentStack::run(const Located& x, Step step, const FirstStates& first,
                                        std::string_view op) const {
  require_fit(x, first, op);
  const auto turned = [&](const Tensor& y) { return how.batch_first ? permute(at(y, x), {1, 0, 2}) : y; };
  Located layer_in = at(turned(x), x);
  std::vector<std::vector<Tensor>> last(first.size());
  const size_t directions = how.bidirectional ? 2 : 1;
  for (size_t cell = 0; cell < cells.size(); cell += directions) {
    if (cell > 0) layer_in = at(dropout(layer_in, how.dropout), x);
    std::vector<Tensor> outputs;
    for (size_t direction = 0; direction < directions; ++direction) {
      State state = first_state(layer_in, first, cell + direction);
      const Walk walk = direction == 0 ? walked : walked_back;
      outputs.push_back(stack(walk(layer_in, cells[cell + direction], step, state), 0, x.where));
      for (size_t i = 0; i < state.size(); ++i) last[i].push_back(state[i]);
    }
    layer_in = at(concat(outputs, 2, x.where), x);
  }
  std::vector<Tensor> results = {turned(layer_in)};
  for (const std::vector<Tensor>& of_cells : last) results.push_back(stack(of_cells, 0, x.where));
  return results;
}

RNN::RNN(const Scope& scope, int64_t in, int64_t hidden, const RecurrentOptions& with)
    : stack(scope, in, hidden, 1, with) {}

RecurrentOutput RNN::operator()(const Located& x, const std::optional<Tensor>& h_0) const {
  const std::vector<Tensor> results = stack.run(x, rnn_step, {h_0}, "RNN");
  return {results[0], results[1]};
}

LSTM::LSTM(const Scope& scope, int64_t in, int64_t hidden, const RecurrentOptions& with)
    : stack(scope, in, hidden, 4, with) {}

LSTM::Output LSTM::operator()(const Located& x, const std::optional<Tensor>& h_0,
                              const std::optional<Tensor>& c_0) const {
  const std::vector<Tensor> results = stack.run(x, lstm_step, {h_0, c_0}, "LSTM");
  return {results[0], results[1], results[2]};
}

GRU::GRU(const Scope& scope, int64_t in, int64_t hidden, const RecurrentOptions& with)
    : stack(scope, in, hidden, 3, with) {}

RecurrentOutput GRU::operator()(const Located& x, const std::optional<Tensor>& h_0) const {
  const std::vector<Tensor> results = stack.run(x, gru_step, {h_0}, "GRU");
  return {results[0], results[1]};
}

}  // namespace cgan_jit
