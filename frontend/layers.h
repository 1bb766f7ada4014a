#pragma once

#include <concepts>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "frontend/functional_layers.h"

namespace cgan_jit {

// Layers with params. Under PyTorch's names, with PyTorch's default initialisation unless another is given. A
// layer is called like a function: `layer(x)`; Error names the line of the call, and the shapes that do not
// fit. A name that the scope has already is an Error of the layer's own line.

/// How a layer's params begin; nothing: as the layer says. And whether it has a bias.
struct LayerInit {
  std::optional<Init> weight, bias;
  bool has_bias = true;
};

/// x [..., in] -> x weight^T + bias [..., out]; "weight" [out, in] and "bias" [out], both U(-1/sqrt(in),
/// 1/sqrt(in)).
struct Linear {
  Linear(const Scope& scope, int64_t in, int64_t out, const LayerInit& init = {});
  Tensor operator()(const Located& x) const;
  Tensor weight, bias;  // bias: none's if there is none
};

/// x [n, in, h, w] -> conv2d(x, weight) + bias [n, out, ...]; "weight" [out, in/groups, kernel...] and "bias"
/// [out], both U(-1/sqrt(f), 1/sqrt(f)), f = in/groups * kernel's elements.
struct Conv2d {
  Conv2d(const Scope& scope, int64_t in, int64_t out, Size2d kernel, const ConvOptions& with = {},
         const LayerInit& init = {});
  Tensor operator()(const Located& x) const;
  Tensor weight, bias;
  ConvOptions how;
};

/// The same of x [n, in, l].
struct Conv1d {
  Conv1d(const Scope& scope, int64_t in, int64_t out, int64_t kernel, const Conv1dOptions& with = {},
         const LayerInit& init = {});
  Tensor operator()(const Located& x) const;
  Tensor weight, bias;
  Conv1dOptions how;
};

/// x [n, in, h, w] -> conv_transpose2d(x, weight) + bias; "weight" [in, out/groups, kernel...] and "bias"
/// [out], both U(-1/sqrt(f), 1/sqrt(f)), f = out/groups * kernel's elements.
struct ConvTranspose2d {
  ConvTranspose2d(const Scope& scope, int64_t in, int64_t out, Size2d kernel,
                  const ConvTransposeOptions& with = {}, const LayerInit& init = {});
  Tensor operator()(const Located& x) const;
  Tensor weight, bias;
  ConvTransposeOptions how;
};

/// The same of x [n, in, l], of conv_transpose1d.
struct ConvTranspose1d {
  ConvTranspose1d(const Scope& scope, int64_t in, int64_t out, int64_t kernel,
                  const ConvTranspose1dOptions& with = {}, const LayerInit& init = {});
  Tensor operator()(const Located& x) const;
  Tensor weight, bias;
  ConvTranspose1dOptions how;
};

/// Indices [...] -> rows [..., width] of "weight" [count, width], N(0, 1).
struct Embedding {
  Embedding(const Scope& scope, int64_t count, int64_t width, const Init& init = NormalInit{});
  Tensor operator()(const Located& indices) const;
  Tensor weight;
};

/// prelu(x, weight); "weight" [num_parameters], all `init`: 1 of them, or one a channel.
struct PReLU {
  PReLU(const Scope& scope, int64_t num_parameters = 1, float init = 0.25f);
  Tensor operator()(const Located& x) const { return prelu(x, weight); }
  Tensor weight;
};

/// x [n, c, ...]. In training the batch's own statistics, which move the running ones by `momentum` (the
/// variance unbiased); in evaluation the running ones. "weight" 1, "bias" 0; "running_mean" 0 and
/// "running_var" 1 are state; [c] all of them.
struct BatchNorm {
  BatchNorm(const Scope& scope, int64_t channels, float with_eps = 1e-5f, float with_momentum = 0.1f);
  Tensor operator()(const Located& x) const;
  Tensor weight, bias, running_mean, running_var;
  float eps, momentum;
};
/// x [batch, features] or [batch, features, l].
struct BatchNorm1d : BatchNorm {
  using BatchNorm::BatchNorm;
  Tensor operator()(const Located& x) const;
};
/// x [n, c, h, w].
struct BatchNorm2d : BatchNorm {
  using BatchNorm::BatchNorm;
  Tensor operator()(const Located& x) const;
};

/// layer_norm over x's last axes, of shape `over`, which "weight" 1 and "bias" 0 have, too.
struct LayerNorm {
  LayerNorm(const Scope& scope, Shape with_over, float eps = 1e-5f);
  LayerNorm(const Scope& scope, int64_t over_last, float eps = 1e-5f)
      : LayerNorm(scope, Shape{over_last}, eps) {}
  Tensor operator()(const Located& x) const { return layer_norm(x, over, how); }
  Shape over;
  NormOptions how;
};

/// rms_norm over x's last axes, of shape `over`, which "weight" 1 has, too.
struct RMSNorm {
  RMSNorm(const Scope& scope, Shape with_over, float eps = std::numeric_limits<float>::epsilon());
  RMSNorm(const Scope& scope, int64_t over_last, float eps = std::numeric_limits<float>::epsilon())
      : RMSNorm(scope, Shape{over_last}, eps) {}
  Tensor operator()(const Located& x) const { return rms_norm(x, over, how); }
  Shape over;
  RmsNormOptions how;
};

/// group_norm of x [n, c, ...] with "weight" 1 and "bias" 0, [c].
struct GroupNorm {
  GroupNorm(const Scope& scope, int64_t with_groups, int64_t channels, float eps = 1e-5f);
  Tensor operator()(const Located& x) const { return group_norm(x, groups, how); }
  int64_t groups;
  NormOptions how;
};

/// As PyTorch's constructor has them.
struct InstanceNormOptions {
  float eps = 1e-5f;
  bool affine = false;  // with "weight" 1 and "bias" 0, [c]
};
/// instance_norm of x [n, c, h, w].
struct InstanceNorm2d {
  InstanceNorm2d(const Scope& scope, int64_t with_channels, const InstanceNormOptions& with = {});
  Tensor operator()(const Located& x) const;
  int64_t channels;
  NormOptions how;
};

// Layers in a row.

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
