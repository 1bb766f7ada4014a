#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "codegen/jit.h"
#include "ir/loops.h"

namespace cgan_jit {

/// A test run for each kind of code; skipped where the host lacks the instructions.
class OnTarget : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!host_can_run(GetParam())) GTEST_SKIP() << "this host cannot run " << GetParam();
  }
  Target target() const { return target_named(GetParam()); }

  /// Compiles the kernel and runs all of its units.
  void run(const loop::Kernel& kernel, const std::vector<void*>& buffers) const {
    loop::verify(kernel);
    Jit jit(target(), {"", 1});
    struct alignas(64) Line {
      std::byte bytes[64];
    };
    std::vector<Line> scratch(static_cast<size_t>(kernel.scratch_bytes() + 63) / 64 + 1);
    jit.compile({&kernel, 1}).front()(buffers.data(), scratch.data(), 0, kernel.units);
  }
};

inline const auto all_targets = testing::Values("x86-64-v3", "x86-64-v4", "native");
inline std::string target_name(const testing::TestParamInfo<std::string>& info) {
  return info.param == "native" ? "native" : info.param == "x86-64-v3" ? "avx2" : "avx512";
}

}  // namespace cgan_jit
