#include "cli/made_up_feed.h"

#include "ir/error.h"
#include "ir/philox.h"

namespace cgan_jit::cli {
namespace {

constexpr uint32_t seed = 1, step = 0;
constexpr float classes = 10;

/// U[0, 1) times `below`.
template <typename T>
std::vector<T> drawn(uint32_t stream, int64_t count, float below) {
  std::vector<T> values;
  values.reserve(count + 3);
  for (uint32_t block = 0; std::ssize(values) < count; ++block) {
    for (uint32_t word : philox({block, stream, step, 0}, {seed, 0}))
      values.push_back(static_cast<T>(static_cast<float>(word >> 8) * 0x1p-24f * below));
  }
  values.resize(static_cast<size_t>(count));
  return values;
}

}  // namespace

std::span<const std::byte> MadeUpFeed::values(const Root& input) {
  const int64_t count = element_count(input.type.shape);
  const auto bytes = [](const auto& values) { return std::as_bytes(std::span(values)); };
  if (input.type.dtype == DType::f32)
    return bytes(reals_.try_emplace(input.name, drawn<float>(0, count, 1)).first->second);
  if (input.type.dtype == DType::i32)
    return bytes(labels_.try_emplace(input.name, drawn<int32_t>(1, count, classes)).first->second);
  throw Error("input '{}': no values are made up for {}", input.name, to_string(input.type));
}

}  // namespace cgan_jit::cli
