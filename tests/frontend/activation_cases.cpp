#include "tests/frontend/cases.h"

namespace cgan_jit {

std::vector<Case> activation_cases() {
  return {
      CGAN_JIT_CASE("gelu", (Shapes{{6}}), gelu(p[0])),
      CGAN_JIT_CASE("gelu tanh", (Shapes{{6}}), gelu(p[0], Approximate::tanh)),
      CGAN_JIT_CASE("silu", (Shapes{{6}}), silu(p[0])),
      CGAN_JIT_CASE("elu", (Shapes{{6}}), elu(p[0], 0.75f)),
      CGAN_JIT_CASE("softplus", (Shapes{{6}}), softplus(p[0], 3, 2)),
      CGAN_JIT_CASE("prelu", (Shapes{{2, 3, 2}, {3}}), prelu(p[0], p[1])),
      CGAN_JIT_CASE("prelu of one", (Shapes{{6}, {1}}), prelu(p[0], p[1])),
      CGAN_JIT_CASE("logsigmoid", (Shapes{{6}}), logsigmoid(p[0])),
      CGAN_JIT_CASE("hardtanh", (Shapes{{6}}), hardtanh(p[0], -0.75f, 0.5f) * p[0]),
      CGAN_JIT_CASE("relu6", (Shapes{{6}}), relu6(p[0] * 5) * p[0]),
      CGAN_JIT_CASE("hardsigmoid", (Shapes{{6}}), hardsigmoid(p[0] * 3) * p[0]),
      CGAN_JIT_CASE("hardswish", (Shapes{{6}}), hardswish(p[0] * 3)),
      CGAN_JIT_CASE("mish", (Shapes{{6}}), mish(p[0])),
      CGAN_JIT_CASE("selu", (Shapes{{6}}), selu(p[0])),
      CGAN_JIT_CASE("celu", (Shapes{{6}}), celu(p[0], 0.75f)),
      CGAN_JIT_CASE("softsign", (Shapes{{6}}), softsign(p[0])),
      CGAN_JIT_CASE("tanhshrink", (Shapes{{6}}), tanhshrink(p[0])),
      CGAN_JIT_CASE("glu", (Shapes{{4, 6}}), glu(glu(p[0]), 0)),
  };
}

}  // namespace cgan_jit
