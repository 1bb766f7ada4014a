#pragma once

#include "frontend/tensor.h"

namespace cgan_jit {

// Activations. f32, as torch.nn.functional has them; but for glu's the result has x's shape.

/// exp(x) / sum(exp(x)) along the axis, without overflow. NaN where all are -infinity.
Tensor softmax(const Located& x, int axis);
/// log(softmax(x)), whose small numbers it keeps.
Tensor log_softmax(const Located& x, int axis);

/// How `gelu` has the normal distribution's function: exactly, or by tanh.
enum class Approximate : uint8_t { none, tanh };
/// x Phi(x), Phi the normal distribution's function (Hendrycks & Gimpel 2016).
Tensor gelu(const Located& x, Approximate how = Approximate::none);
/// x sigmoid(x).
Tensor silu(const Located& x);
/// x where it is positive, else alpha (e^x - 1).
Tensor elu(const Located& x, float alpha = 1);
/// x where it is positive, else weight x; weight is [1], or [c] for x [n,c,...].
Tensor prelu(const Located& x, const Located& weight);
/// log(1 + e^(beta x)) / beta; x itself where beta x > threshold. beta is positive.
Tensor softplus(const Located& x, float beta = 1, float threshold = 20);
/// log(sigmoid(x)), whose small numbers it keeps.
Tensor logsigmoid(const Located& x);
/// x, no lower than `low` and no higher than `high`; no gradient outside, nor at the bounds. low <= high.
Tensor hardtanh(const Located& x, float low = -1, float high = 1);
/// hardtanh(x, 0, 6).
Tensor relu6(const Located& x);
/// relu6(x + 3) / 6.
Tensor hardsigmoid(const Located& x);
/// x relu6(x + 3) / 6 (Howard et al. 2019).
Tensor hardswish(const Located& x);
/// x tanh(softplus(x)) (Misra 2019).
Tensor mish(const Located& x);
/// 1.0507 elu(x, 1.6733), with more digits (Klambauer et al. 2017).
Tensor selu(const Located& x);
/// x where it is positive, else alpha (e^(x / alpha) - 1) (Barron 2017). alpha is positive.
Tensor celu(const Located& x, float alpha = 1);
/// x / (1 + |x|).
Tensor softsign(const Located& x);
/// x - tanh(x).
Tensor tanhshrink(const Located& x);
/// a sigmoid(b) of the halves a and b along the axis, whose extent is even (Dauphin et al. 2017).
Tensor glu(const Located& x, int axis = -1);

}  // namespace cgan_jit
