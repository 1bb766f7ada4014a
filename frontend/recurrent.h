#pragma once

#include "frontend/ops.h"

namespace cgan_jit {

// Recurrent nets. As PyTorch's: x [l, n, in] ([n, l, in] if batch_first) -> outputs [l, n, d * hidden], d = 2
// directions if bidirectional, else 1. The params of layer k are "weight_ih_lk" [gates * hidden, in or d *
// hidden], "weight_hh_lk" [gates * hidden, hidden], "bias_ih_lk" and "bias_hh_lk" [gates * hidden], with
// "_reverse" behind them for the second direction; all U(-1/sqrt(hidden), 1/sqrt(hidden)). A program has as
// many steps as x: a loop over them is unrolled.

/// As PyTorch's constructors have them.
struct RecurrentOptions {
  int64_t num_layers = 1;
  bool bias = true, batch_first = false;
  float dropout = 0;  // of the outputs of each layer but the last
  bool bidirectional = false;
};

/// h_n [num_layers * d, n, hidden]: the last states, layer by layer.
struct RecurrentOutput {
  Tensor output, h_n;
};

/// What RNN, LSTM and GRU share: the params and the walk through layers and steps.
class RecurrentStack {
 public:
  struct Cell {
    Tensor weight_ih, weight_hh, bias_ih, bias_hh;
  };
  using State = std::vector<Tensor>;  // h, and what else a step hands on; [n, hidden]
  /// The state behind a step, of what x [n, gates * hidden] and h make of their weights, biases added.
  using Step = State (*)(const Tensor& of_x, const Tensor& of_h, const State& before);

  RecurrentStack(const Scope& scope, int64_t in, int64_t with_hidden, int64_t gates,
                 const RecurrentOptions& with);
  /// For each part of the state [num_layers * d, n, hidden], or nothing: 0.
  using FirstStates = std::vector<std::optional<Tensor>>;
  /// The outputs, then the last states, part by part, stacked.
  std::vector<Tensor> run(const Located& x, Step step, const FirstStates& first, std::string_view op) const;

  std::vector<Cell> cells;  // layer by layer, forwards and backwards
  int64_t hidden;
  RecurrentOptions how;

 private:
  void require_fit(const Located& x, const FirstStates& first, std::string_view op) const;
  /// Of one cell; x [l, n, ...].
  State first_state(const Located& x, const FirstStates& first, size_t cell) const;
};

/// h' = tanh(x W_ih^T + b_ih + h W_hh^T + b_hh).
struct RNN {
  RNN(const Scope& scope, int64_t in, int64_t hidden, const RecurrentOptions& with = {});
  RecurrentOutput operator()(const Located& x, const std::optional<Tensor>& h_0 = {}) const;
  RecurrentStack stack;
};

/// Gates i, f, g, o: c' = s(f) c + s(i) tanh(g), h' = s(o) tanh(c'), s the logistic function (Hochreiter &
/// Schmidhuber 1997).
struct LSTM {
  struct Output {
    Tensor output, h_n, c_n;
  };
  LSTM(const Scope& scope, int64_t in, int64_t hidden, const RecurrentOptions& with = {});
  Output operator()(const Located& x, const std::optional<Tensor>& h_0 = {},
                    const std::optional<Tensor>& c_0 = {}) const;
  RecurrentStack stack;
};

/// Gates r, z, n: n = tanh(x_n + s(r) h_n), h' = (1 - s(z)) n + s(z) h (Cho et al. 2014).
struct GRU {
  GRU(const Scope& scope, int64_t in, int64_t hidden, const RecurrentOptions& with = {});
  RecurrentOutput operator()(const Located& x, const std::optional<Tensor>& h_0 = {}) const;
  RecurrentStack stack;
};

}  // namespace cgan_jit
