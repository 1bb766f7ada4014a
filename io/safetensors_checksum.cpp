#include "io/safetensors_checksum.h"

#include <algorithm>
#include <string_view>

#include "io/checksum.h"

namespace cgan_jit::io {
namespace {

// With their length first, so that no two lists of texts are one text.
uint32_t add(uint32_t sum, std::string_view text) {
  const uint64_t length = text.size();
  return crc32(std::as_bytes(std::span(text)), crc32(std::as_bytes(std::span(&length, 1)), sum));
}

template <typename Tensor, typename DataOf>
uint32_t sum_of(const std::vector<Tensor>& tensors, const std::map<std::string, std::string>& metadata,
                DataOf data_of) {
  uint32_t sum = 0;
  for (const auto& [key, value] : metadata) {
    if (key != checksum_key) sum = add(add(sum, key), value);
  }
  std::vector<const Tensor*> in_order;
  for (const Tensor& tensor : tensors) in_order.push_back(&tensor);
  std::ranges::sort(in_order, {}, [](const Tensor* tensor) { return std::string_view(tensor->name); });
  for (const Tensor* tensor : in_order) {
    sum = add(add(sum, tensor->name), name_of(tensor->type));
    sum = add(sum, fmt::format("{}", fmt::join(tensor->shape, ",")));
    sum = crc32(data_of(*tensor), sum);
  }
  return sum;
}

}  // namespace

uint32_t checksum(const std::vector<TensorSource>& tensors,
                  const std::map<std::string, std::string>& metadata) {
  std::vector<std::byte> space;
  return sum_of(tensors, metadata, [&](const TensorSource& tensor) -> std::span<const std::byte> {
    space.resize(bytes_of(tensor));
    tensor.fill(space);
    return space;
  });
}

uint32_t checksum(const SafetensorsView& file) {
  return sum_of(file.tensors, file.metadata, [](const TensorView& tensor) { return tensor.data; });
}

}  // namespace cgan_jit::io
