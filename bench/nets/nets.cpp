#include "bench/nets/nets.h"

#include "bench/nets/dcgan.h"
#include "bench/nets/infogan.h"
#include "bench/nets/lenet.h"
#include "bench/nets/mlp.h"
#include "bench/nets/recurrent.h"
#include "bench/nets/transformer.h"
#include "bench/nets/vae.h"
#include "bench/nets/wgan.h"

namespace cgan_jit::nets {
namespace {

TrainingStep deep_mlp(int64_t batch) { return mlp({batch, 2048, std::vector<int64_t>(10, 2048)}); }

}  // namespace

std::map<std::string, TrainingStep (*)()> all() {
  return {
      {"mlp", [] { return mlp({}); }},
      {"deep_mlp", [] { return deep_mlp(64); }},
      {"deep_mlp_1", [] { return deep_mlp(1); }},
      {"residual_mlp", [] { return residual_mlp({}); }},
      {"lenet", [] { return lenet({}); }},
      {"vae", [] { return vae({}); }},
      {"wgan", [] { return wgan({}); }},
      {"wgan_gp", [] { return wgan_gp({}); }},
      {"infogan", [] { return infogan({}); }},
      {"lstm", [] { return lstm(lstm_sizes); }},
      {"rnn", [] { return rnn(rnn_sizes); }},
      {"dcgan", [] { return dcgan({}); }},
      {"transformer", [] { return transformer({}); }},
  };
}

}  // namespace cgan_jit::nets
