#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace cgan_jit::io {

/// The element types of the format that fill whole bytes.
enum class StoredType : uint8_t { BOOL, U8, I8, U16, I16, F16, BF16, U32, I32, F32, U64, I64, F64 };

/// As the format writes it: "F32".
std::string_view name_of(StoredType type);
std::optional<StoredType> type_named(std::string_view name);
/// Bytes that a tensor needs; nothing when they are more than 64 bits can count, or an extent is negative.
std::optional<uint64_t> bytes_of(StoredType type, const std::vector<int64_t>& shape);

}  // namespace cgan_jit::io
