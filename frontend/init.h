#pragma once

#include <map>
#include <string>
#include <vector>

#include "frontend/tensor.h"

namespace cgan_jit {

/// The first values of a program's params, by name, row-major: a pure function of the declarations and the
/// seed, equal on every machine. Param k (in the order of declaration) is drawn from the Philox streams 2k
/// and 2k+1 at step 0, which no training step has:
///   uniform  (2 u - 1) * bound       u = (word >> 8) * 2^-24 of stream 2k
///   normal   as `random_normal` draws it
/// What is not f32 is left out: it is 0 in a new session.
std::map<std::string, std::vector<float>> initial_params(const std::vector<ParamDecl>& params, uint32_t seed);

/// The same without params that are 0 everywhere, as they are in a new session.
std::map<std::string, std::vector<float>> nonzero_initial_params(const std::vector<ParamDecl>& params,
                                                                 uint32_t seed);

/// `count` numbers from N(0, 1), from the streams `stream` and `stream` + 1 at step 0.
std::vector<float> normal_values(uint32_t seed, uint32_t stream, int64_t count, Line at = Line::current());

}  // namespace cgan_jit
