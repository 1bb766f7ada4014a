#include "frontend/init.h"

#include "frontend/ops.h"
#include "ir/interpret.h"
#include "ir/philox.h"
#include "ir/standard_floats.h"

namespace cgan_jit {

namespace {

std::vector<float> uniform_values(uint32_t seed, uint32_t stream, int64_t count, float bound) {
  std::vector<float> values;
  values.reserve(count);
  for (uint32_t block = 0; static_cast<int64_t>(values.size()) < count; ++block) {
    for (uint32_t word : philox({block, stream, 0, 0}, {seed, 0})) {
      if (static_cast<int64_t>(values.size()) == count) break;
      const float u = static_cast<float>(word >> 8) * 0x1p-24f;
      values.push_back((2 * u - 1) * bound);
    }
  }
  return values;
}

std::vector<float> initial_value(const ParamDecl& param, uint32_t seed, uint32_t stream) {
  const StandardFloats standard;
  const int64_t count = element_count(param.shape);
  return std::visit(
      Overloaded{
          [&](const UniformInit& init) { return uniform_values(seed, stream, count, init.bound); },
          [&](const NormalInit&) { return normal_values(seed, stream, count); },
          [&](const ConstantInit& init) { return std::vector<float>(count, init.value); },
      },
      param.init);
}

}  // namespace

// The interpreter computes them, with the expansions of log and cos that every machine shares.
std::vector<float> normal_values(uint32_t seed, uint32_t stream, int64_t count, Line at) {
  Builder builder(Mode::train, stream);
  builder.output("z", random_normal(builder, {count}, at));
  const auto scalar = [](uint32_t value) { return Elements<float>{{DType::u32, {}}, {}, {value}}; };
  return interpret<float>(builder.build(), {{"seed", scalar(seed)}, {"step", scalar(0)}}).at("z").reals;
}

std::map<std::string, std::vector<float>> initial_params(const std::vector<ParamDecl>& params,
                                                         uint32_t seed) {
  std::map<std::string, std::vector<float>> values;
  for (uint32_t k = 0; k < params.size(); ++k) {
    if (params[k].dtype == DType::f32) values[params[k].name] = initial_value(params[k], seed, 2 * k);
  }
  return values;
}

std::map<std::string, std::vector<float>> nonzero_initial_params(const std::vector<ParamDecl>& params,
                                                                 uint32_t seed) {
  std::map<std::string, std::vector<float>> values;
  for (uint32_t k = 0; k < params.size(); ++k) {
    if (params[k].init == Init(ConstantInit{0})) continue;
    values[params[k].name] = initial_value(params[k], seed, 2 * k);
  }
  return values;
}

}  // namespace cgan_jit
