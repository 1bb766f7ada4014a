#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ir/type.h"

namespace cgan_jit {

// What a session is given, held against what it wants. `what` is the thing's name for its user: "param 'w'".

/// Throws Error "param 'w' is u8[3], not f32".
void expect_dtype(const std::string& what, const Type& type, DType given);
/// Throws Error "param 'w' is f32[2], but 3 values are given".
void expect_size(const std::string& what, const Type& type, size_t bytes);
/// "a, b, c", of very many the first: for errors that say what there is.
std::string listed(const std::vector<std::string>& names);

}  // namespace cgan_jit
