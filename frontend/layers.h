#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "frontend/ops.h"

namespace cgan_jit {

// Layers under PyTorch's names, with PyTorch's default initialisation unless another is given. A layer is
// called like a function: `layer(x)`.

/// How a layer's params begin; nothing: as the layer says.
struct LayerInit {
  std::optional<Init> weight, bias;
};

/// x [..., in] -> x weight^T + bias [..., out]; "weight" [out, in] and "bias" [out], both U(-1/sqrt(in),
/// 1/sqrt(in)).
struct Linear {
  Linear(const Scope& scope, int64_t in, int64_t out, const LayerInit& init = {});
  Tensor operator()(const Located& x) const;
  Tensor weight, bias;
};

/// x [n, in, h, w] -> [n, out, (h+2*padding-kernel)/stride+1, (w+2*padding-kernel)/stride+1]; "weight"
/// [out, in, kernel, kernel] and "bias" [out], both U(-1/sqrt(in kernel^2), 1/sqrt(in kernel^2)).
struct Conv2d {
  Conv2d(const Scope& scope, int64_t in, int64_t out, int64_t kernel, int64_t with_stride = 1,
         int64_t with_padding = 0, const LayerInit& init = {});
  Tensor operator()(const Located& x) const;
  Tensor weight, bias;
  int64_t stride, padding;
};

struct MaxPool2d {
  int64_t size = 2;  // pixels a side, and from window to window
  Tensor operator()(const Located& x) const { return max_pool2d(x, size, size); }
};

/// x [n, ...] -> [n, all others].
struct Flatten {
  Tensor operator()(const Located& x) const { return reshape(x, {x.shape()[0], -1}); }
};

/// Indices [...] -> rows [..., width] of "weight" [count, width], N(0, 1).
struct Embedding {
  Embedding(const Scope& scope, int64_t count, int64_t width, const Init& init = NormalInit{});
  Tensor operator()(const Located& indices) const;
  Tensor weight;
};

/// x [batch, features]. In training the batch's own statistics, which move the running ones by `momentum`
/// (the variance unbiased); in evaluation the running ones. "weight" 1, "bias" 0; "running_mean" 0 and
/// "running_var" 1 are state.
struct BatchNorm1d {
  BatchNorm1d(const Scope& scope, int64_t features, float with_eps = 1e-5f, float with_momentum = 0.1f);
  Tensor operator()(const Located& x) const;
  Tensor weight, bias, running_mean, running_var;
  float eps, momentum;
};

struct LeakyReLU {
  float slope = 0.01f;
  Tensor operator()(const Located& x) const { return leaky_relu(x, slope); }
};

struct ReLU {
  Tensor operator()(const Located& x) const { return relu(x); }
};

struct Dropout {
  float p = 0.5f;
  Tensor operator()(const Located& x) const { return dropout(x, p); }
};

struct Tanh {
  Tensor operator()(const Located& x) const { return tanh(x); }
};

struct Sigmoid {
  Tensor operator()(const Located& x) const { return sigmoid(x); }
};

/// Layers one after the other; child i lives under the name "i".
class Sequential {
 public:
  explicit Sequential(Scope scope) : scope_(std::move(scope)) {}

  /// Makes a layer of kind L at the end: `model.add<Linear>(784, 10)`.
  template <typename L, typename... Args>
  void add(Args... args) {
    if constexpr (std::constructible_from<L, Scope, Args...>) {
      layers_.emplace_back(L(scope_ / std::to_string(layers_.size()), args...));
    } else {
      layers_.emplace_back(L(args...));
    }
  }
  Tensor operator()(const Located& x) const;

 private:
  Scope scope_;
  std::vector<std::function<Tensor(const Located&)>> layers_;
};

}  // namespace cgan_jit
