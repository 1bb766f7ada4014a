#pragma once

#include <atomic>

namespace cgan_jit {

/// Notices two threads that use one thing at once: any number may look, or a single one may change. Who comes
/// between gets an Error.
class Uses {
 public:
  void begin_look();
  void end_look();
  void begin_change();
  void end_change();

 private:
  std::atomic<int> count_{0};
};

}  // namespace cgan_jit
