#pragma once

#include <cstddef>
#include <span>

#include "ir/type.h"

namespace cgan_jit {

/// Elements `first`, `first` + 1, ... (row-major) of a value that lies at `stored` so: as many as `row_major`
/// has bytes of.
void put_elements(const Type& type, const Layout& layout, std::byte* stored, int64_t first,
                  std::span<const std::byte> row_major);
void get_elements(const Type& type, const Layout& layout, const std::byte* stored, int64_t first,
                  std::span<std::byte> row_major);

}  // namespace cgan_jit
