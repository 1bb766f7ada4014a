#pragma once

#include <optional>
#include <string>

#include "ir/interpret.h"

namespace cgan_jit {

/// Where two results of runs differ by more than `tolerance`, relative to the largest element of an output
/// (but at least 1), as one line; nothing if they agree. Integers must be equal, and so must be the names.
std::optional<std::string> difference(const Environment<double>& a, const Environment<double>& b,
                                      double tolerance);

/// Where two results differ in any bit, as one line; nothing if they are equal. All NaNs are one.
std::optional<std::string> different_bits(const Environment<float>& a, const Environment<float>& b);

}  // namespace cgan_jit
