#include "cli/data_feed.h"

#include <algorithm>

#include "cli/shuffle.h"
#include "ir/error.h"

namespace cgan_jit::cli {

DataFeed::DataFeed(io::PreparedSet data, int64_t batch)
    : data_(std::move(data)), order_(epoch_order(1, 1, data_.count)), indices_(static_cast<size_t>(batch)) {
  if (batch > data_.count)
    throw Error("batch_size: {}, but the data set has {} pictures", batch, data_.count);
}

std::span<const std::byte> DataFeed::values(const Root& input) {
  if (input.name == "images") return std::as_bytes(data_.pixels);
  if (input.name == "labels") return std::as_bytes(data_.labels);
  if (input.name == "indices") return std::as_bytes(std::span(indices_));
  throw Error("input '{}': the data set has no such values", input.name);
}

void DataFeed::advance() {
  const auto batch = std::ssize(indices_);
  if (next_row_ + batch > data_.count) next_row_ = 0;
  std::copy_n(order_.begin() + next_row_, batch, indices_.begin());
  next_row_ += batch;
}

}  // namespace cgan_jit::cli
