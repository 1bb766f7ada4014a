#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/feed.h"

namespace cgan_jit::cli {

/// The same values in every step, drawn by Philox with seed 1 at step 0: f32 ones U[0, 1) from stream 0, i32
/// ones labels of ten classes from stream 1. Programs that name an input alike read the same memory.
class MadeUpFeed : public Feed {
 public:
  std::span<const std::byte> values(const Root& input) override;
  void advance() override {}

 private:
  std::map<std::string, std::vector<float>> reals_;
  std::map<std::string, std::vector<int32_t>> labels_;
};

}  // namespace cgan_jit::cli
