#include "bench/nets/nets.h"

#include "bench/nets/dcgan.h"
#include "bench/nets/infogan.h"
#include "bench/nets/layers.h"
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
      {"lstm_200", [] { return lstm(long_lstm_sizes); }},
      {"rnn", [] { return rnn(rnn_sizes); }},
      {"dcgan", [] { return dcgan({}); }},
      {"transformer", [] { return transformer({}); }},
      {"layer_conv_5x5",
       [] {
         return conv_layer({32, 64, 5, 14});
       }},
      {"layer_conv_3x3",
       [] {
         return conv_layer({128, 64, 3, 32});
       }},
      {"layer_conv_3x3_stride_2",
       [] {
         return conv_layer({64, 128, 3, 32, 2});
       }},
      {"layer_conv_depthwise",
       [] {
         return conv_layer({64, 64, 3, 32, 1, 64});
       }},
      {"layer_matmul_64x1000x1000", [] { return matmul_layer(64, 1000, 1000); }},
      {"layer_matmul_7x333x129", [] { return matmul_layer(7, 333, 129); }},
      {"layer_matmul_1x4096x4096", [] { return matmul_layer(1, 4096, 4096); }},
      {"layer_attention",
       [] {
         return attention_layer({16, 4, 64, 32});
       }},
  };
}

}  // namespace cgan_jit::nets
