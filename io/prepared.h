#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "io/idx.h"
#include "io/resize.h"

namespace cgan_jit::io {

/// A data set as the training step wants it. The memory lives as long as any copy of this.
struct PreparedSet {
  int64_t count = 0;
  int size = 0;                     // pixels a side
  std::span<const uint8_t> pixels;  // [count][size][size]
  std::span<const uint8_t> labels;  // [count]
  std::shared_ptr<const void> memory;
};

/// Where warnings go: one line each, without a line end.
using Warn = std::function<void(const std::string&)>;

/// The split's pictures, resized to `size` x `size`, and their labels.
///
/// The first time, the IDX files are read (errors as in read_split, and Error when they change meanwhile) and
/// the result is written, a slice at a time, to `cache_dir`/data, a folder of this user's alone
/// (os::PrivateFolder), in a file named after its source: lengths and CRC-32 of both files, and `size`. That
/// file is mapped, and so it is from then on, after its CRC-32 was checked. A damaged one, one of another
/// version or one that others may have written is made anew with a warning; a cache that cannot be used or
/// trusted (not ours, full, read-only) costs a warning and the time, nothing else. An empty `cache_dir`: no
/// cache. When a file is made and all of them exceed 512 MB, those used longest ago are removed.
PreparedSet prepare(const SplitFiles& names, int size, const std::filesystem::path& cache_dir,
                    const Warn& warn);

}  // namespace cgan_jit::io
