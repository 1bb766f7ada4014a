#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/file.h"
#include "io/stored_type.h"

namespace cgan_jit::io {

/// One tensor of a file: row-major, little-endian. Rank 0 and extents of 0 are fine.
struct StoredTensor {
  std::string name;
  StoredType type = StoredType::F32;
  std::vector<int64_t> shape;
  std::vector<std::byte> data;
  bool operator==(const StoredTensor&) const = default;
};

/// A safetensors file: tensors in the order of their data, and free text.
struct Safetensors {
  std::vector<StoredTensor> tensors;
  std::map<std::string, std::string> metadata;
  bool operator==(const Safetensors&) const = default;

  /// Throws Error, naming `name`, when there is none.
  const StoredTensor& at(const std::string& name) const;
  bool contains(const std::string& name) const;
};

/// A tensor of a file that lies in memory, whose bytes its data are.
struct TensorView {
  std::string name;
  StoredType type = StoredType::F32;
  std::vector<int64_t> shape;
  std::span<const std::byte> data;
};

/// The same of a whole file; good for as long as the bytes are.
struct SafetensorsView {
  std::vector<TensorView> tensors;
  std::map<std::string, std::string> metadata;

  /// Throws Error, naming `name`, when there is none.
  const TensorView& at(const std::string& name) const;
};
SafetensorsView view_of(const Safetensors& file);

/// A tensor on its way into a file: `fill` puts its bytes into the space that it is given, when its turn
/// comes.
struct TensorSource {
  std::string name;
  StoredType type = StoredType::F32;
  std::vector<int64_t> shape;
  std::function<void(std::span<std::byte>)> fill;
};

/// What its data take. Throws Error when that cannot be counted.
uint64_t bytes_of(const TensorSource& tensor);

/// Of a tensor in memory, which must fit its shape (Error).
TensorSource source_of(StoredTensor tensor);

/// The file's bytes (github.com/huggingface/safetensors): 8 bytes of header length, the header in JSON,
/// padded with spaces to a multiple of 8, the data. Tensors are put in the order of falling element size, so
/// that each is aligned. Throws Error when two tensors have one name, or a name is "__metadata__".
std::vector<std::byte> to_safetensors(const std::vector<TensorSource>& tensors,
                                      const std::map<std::string, std::string>& metadata);
/// The same into a file, tensor by tensor: they are never in memory together. Throws WriteError, too.
void write_safetensors(const std::filesystem::path& path, const std::vector<TensorSource>& tensors,
                       const std::map<std::string, std::string>& metadata);

/// Reads strictly. Throws Error "SOURCE: what" unless the header is one JSON object of at most 100,000,000
/// bytes that begins with
/// '{' and ends in nothing but spaces, without equal names or unknown keys, and the offsets cover the data
/// without holes or overlap, each tensor's as many bytes as its shape says.
SafetensorsView view_safetensors(std::span<const std::byte> bytes, const std::string& source);
/// The same, copied.
Safetensors from_safetensors(std::span<const std::byte> bytes, const std::string& source);

Safetensors read_safetensors(const std::filesystem::path& path);
/// The free text alone, without a look at the data.
std::map<std::string, std::string> read_safetensors_metadata(const std::filesystem::path& path);

StoredTensor store_floats(std::string name, std::vector<int64_t> shape, std::span<const float> values);
/// Throw Error, naming the tensor, when it is of another type or shape.
std::vector<float> floats_of(const StoredTensor& tensor, const std::vector<int64_t>& shape);

StoredTensor store_integer(std::string name, int64_t value);
int64_t integer_of(const StoredTensor& tensor);

}  // namespace cgan_jit::io
