#pragma once

#include <vector>

namespace cgan_jit::cli {

/// Of at least one value.
double median(std::vector<double> values);

}  // namespace cgan_jit::cli
