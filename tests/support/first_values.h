#pragma once

#include <map>
#include <string>
#include <vector>

#include "frontend/draws.h"
#include "frontend/recording.h"
#include "ir/overloaded.h"
#include "ir/philox.h"

namespace cgan_jit {

inline std::vector<float> uniform_values(uint32_t seed, uint32_t stream, int64_t count, float bound) {
  std::vector<float> values;
  for (uint32_t e = 0; static_cast<int64_t>(values.size()) < count; ++e) {
    const uint32_t word = philox({e / 4, stream, 0, 0}, {seed, 0})[e % 4];
    values.push_back((2 * (static_cast<float>(word >> 8) * 0x1p-24f) - 1) * bound);
  }
  return values;
}

inline std::vector<float> normal_values(uint32_t seed, uint32_t stream, int64_t count,
                                        const NormalInit& normal) {
  std::vector<float> values = normal_values(seed, stream, count);
  for (float& value : values) value *= normal.std;
  if (normal.mean == 0) return values;
  for (float& value : values) value += normal.mean;
  return values;
}

/// What Session::initialize makes of f32 params, by the definition: row-major, one after the other.
inline std::map<std::string, std::vector<float>> first_values(const std::vector<ParamDecl>& params,
                                                              uint32_t seed) {
  std::map<std::string, std::vector<float>> values;
  for (uint32_t k = 0; k < params.size(); ++k) {
    const int64_t count = element_count(params[k].shape);
    if (params[k].dtype != DType::f32) continue;
    values[params[k].name] = std::visit(
        Overloaded{
            [&](const UniformInit& init) { return uniform_values(seed, 2 * k, count, init.bound); },
            [&](const NormalInit& init) { return normal_values(seed, 2 * k, count, init); },
            [&](const ConstantInit& init) { return std::vector<float>(count, init.value); },
        },
        distribution_of(params[k].init, params[k].shape));
  }
  return values;
}

}  // namespace cgan_jit
