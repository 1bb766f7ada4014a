#pragma once

#include <vector>

#include "cli/feed.h"
#include "io/prepared.h"

namespace cgan_jit::cli {

/// A data set as "images" and "labels", and as "indices" its shuffled rows, `batch` a step.
class DataFeed : public Feed {
 public:
  /// Throws Error when the data set has less rows.
  DataFeed(io::PreparedSet data, int64_t batch);
  std::span<const std::byte> values(const Root& input) override;
  void advance() override;

 private:
  io::PreparedSet data_;
  int64_t next_row_ = 0;
  std::vector<int32_t> order_, indices_;
};

}  // namespace cgan_jit::cli
