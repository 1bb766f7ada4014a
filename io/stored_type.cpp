#include "io/stored_type.h"

#include <algorithm>
#include <array>

namespace cgan_jit::io {
namespace {

struct TypeRow {
  StoredType type;
  std::string_view name;
  uint64_t bytes;
};
constexpr std::array type_rows{TypeRow{StoredType::BOOL, "BOOL", 1}, TypeRow{StoredType::U8, "U8", 1},
                               TypeRow{StoredType::I8, "I8", 1},     TypeRow{StoredType::U16, "U16", 2},
                               TypeRow{StoredType::I16, "I16", 2},   TypeRow{StoredType::F16, "F16", 2},
                               TypeRow{StoredType::BF16, "BF16", 2}, TypeRow{StoredType::U32, "U32", 4},
                               TypeRow{StoredType::I32, "I32", 4},   TypeRow{StoredType::F32, "F32", 4},
                               TypeRow{StoredType::U64, "U64", 8},   TypeRow{StoredType::I64, "I64", 8},
                               TypeRow{StoredType::F64, "F64", 8}};

const TypeRow& row_of(StoredType type) {
  return *std::find_if(type_rows.begin(), type_rows.end(),
                       [&](const TypeRow& row) { return row.type == type; });
}

}  // namespace

std::string_view name_of(StoredType type) { return row_of(type).name; }

std::optional<StoredType> type_named(std::string_view name) {
  for (const TypeRow& row : type_rows) {
    if (row.name == name) return row.type;
  }
  return {};
}

std::optional<uint64_t> bytes_of(StoredType type, const std::vector<int64_t>& shape) {
  uint64_t bytes = row_of(type).bytes;
  for (int64_t extent : shape) {
    if (extent < 0 || __builtin_mul_overflow(bytes, static_cast<uint64_t>(extent), &bytes)) return {};
  }
  return bytes;
}

}  // namespace cgan_jit::io
