#pragma once

#include <xmmintrin.h>

namespace cgan_jit {

/// The floating-point environment in which a program has its meaning: round to nearest, subnormals as they
/// are, no traps. The calling thread has it as long as this lives; then its own is back, sticky flags and
/// all. (MXCSR alone: nothing here computes with the x87 unit.)
class StandardFloats {
 public:
  StandardFloats() : host_(_mm_getcsr()) { _mm_setcsr(standard); }
  ~StandardFloats() { _mm_setcsr(host_); }
  StandardFloats(const StandardFloats&) = delete;
  StandardFloats& operator=(const StandardFloats&) = delete;

 private:
  static constexpr unsigned standard = 0x1f80;  // as the system starts a thread
  const unsigned host_;
};

}  // namespace cgan_jit
