#pragma once

namespace cgan_jit {

/// The first and last phase in which a kernel touches a root (first > last: none does).
struct LiveRange {
  int first = 0, last = -1;
};

}  // namespace cgan_jit
