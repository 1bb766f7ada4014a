#include "bench/nets/gan.h"

namespace cgan_jit::nets {

Sequential generator(const Scope& scope, int64_t in, const std::vector<int64_t>& widths, int64_t pixels) {
  Sequential model(scope);
  for (size_t i = 0; i < widths.size(); ++i) {
    model.add<Linear>(in, widths[i]);
    if (i > 0) model.add<BatchNorm1d>(widths[i], batch_norm_eps);
    model.add<LeakyReLU>(leaky_slope);
    in = widths[i];
  }
  model.add<Linear>(in, pixels);
  model.add<Tanh>();
  return model;
}

Sequential critic_trunk(const Scope& scope, int64_t in, const std::vector<int64_t>& widths) {
  Sequential model(scope);
  for (int64_t out : widths) {
    model.add<Linear>(in, out);
    model.add<LeakyReLU>(leaky_slope);
    in = out;
  }
  return model;
}

}  // namespace cgan_jit::nets
