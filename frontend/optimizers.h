#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/ops.h"
#include "frontend/schedules.h"

namespace cgan_jit {

// Optimisers. Each records its params' updates, and its own state's, as outputs of the program:
//   step(params, gradients)   gradients as `grad` gives them, clipped or changed at will
//   minimize(loss, params)    step(params, grad(loss, params))
// Every read of a param elsewhere in the program sees its value at the start of the step, so that two losses
// may be minimised in one program. Only an update goes on from the update before it: two optimisers over one
// param do what PyTorch's do one after the other, on gradients that both were taken before.
//
// State begins at 0 and is called NAME.PARAM.WHAT, so that programs of one session that train a param under
// one name share it. The count of steps, where one is needed (Adam, schedules), is NAME.PARAM.step, i32, of
// the first of `params`.
//
// Throw Error at the caller's line when there are no params, one is named twice, is none or not f32, when a
// gradient is missing or of another shape, when a number is out of range, or when the state's name is taken:
// two optimisers with state over one param in one program need two names.

/// g = gradient + weight_decay p; with momentum b = momentum b + g ("momentum"), and g becomes b, or g +
/// momentum b (nesterov; Sutskever et al. 2013); p -= lr g. 0 <= momentum < 1, above 0 for nesterov.
struct SGD {
  Rate lr = 0.01;
  double momentum = 0, weight_decay = 0;
  bool nesterov = false;
  std::string name = "sgd";
  void step(const std::vector<Tensor>& params, const std::vector<Tensor>& gradients,
            Line at = Line::current()) const;
  void minimize(const Located& loss, const std::vector<Tensor>& params) const;
};

/// Adam with bias correction (Kingma & Ba 2015, algorithm 1) of gradient + weight_decay p; 0 <= b1, b2 < 1.
/// The moments are "m" and "v". `count`, an integer scalar, says which step this is, from 1; without it Adam
/// counts by itself.
struct Adam {
  Rate lr = 0.001;
  double b1 = 0.9, b2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;
  std::string name = "adam";
  std::optional<Tensor> count = {};
  void step(const std::vector<Tensor>& params, const std::vector<Tensor>& gradients,
            Line at = Line::current()) const;
  void minimize(const Located& loss, const std::vector<Tensor>& params) const;
};

/// Adam of the gradient alone; the decay is apart, p -= lr weight_decay p (Loshchilov & Hutter 2019).
struct AdamW {
  Rate lr = 0.001;
  double b1 = 0.9, b2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0.01;
  std::string name = "adamw";
  void step(const std::vector<Tensor>& params, const std::vector<Tensor>& gradients,
            Line at = Line::current()) const;
  void minimize(const Located& loss, const std::vector<Tensor>& params) const;
};

/// g = gradient + weight_decay p; v = alpha v + (1 - alpha) g^2 ("v"); p -= lr g / (sqrt(v) + eps) (Tieleman
/// & Hinton 2012), with momentum lr b, b = momentum b + g / (sqrt(v) + eps) ("momentum"). 0 <= alpha,
/// momentum < 1.
struct RMSprop {
  Rate lr = 0.01;
  double alpha = 0.99, eps = 1e-8;
  double momentum = 0, weight_decay = 0;
  std::string name = "rmsprop";
  void step(const std::vector<Tensor>& params, const std::vector<Tensor>& gradients,
            Line at = Line::current()) const;
  void minimize(const Located& loss, const std::vector<Tensor>& params) const;
};

/// g = gradient + weight_decay p; s = s + g^2 ("sum"); p -= lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps)
/// in step t (Duchi et al. 2011).
struct Adagrad {
  Rate lr = 0.01;
  double lr_decay = 0, weight_decay = 0;
  double eps = 1e-10;
  std::string name = "adagrad";
  void step(const std::vector<Tensor>& params, const std::vector<Tensor>& gradients,
            Line at = Line::current()) const;
  void minimize(const Located& loss, const std::vector<Tensor>& params) const;
};

}  // namespace cgan_jit
