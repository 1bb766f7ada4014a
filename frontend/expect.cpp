#include "frontend/expect.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "ir/error.h"

namespace cgan_jit {
namespace {

constexpr size_t most_listed = 20;

}  // namespace

void expect_dtype(const std::string& what, const Type& type, DType given) {
  if (type.dtype != given) throw Error("{} is {}, not {}", what, to_string(type), name_of(given));
}

void expect_size(const std::string& what, const Type& type, size_t bytes) {
  const auto width = static_cast<size_t>(bytes_of(type.dtype));
  const size_t wanted = static_cast<size_t>(element_count(type.shape)) * width;
  if (bytes == wanted) return;
  if (bytes % width == 0)
    throw Error("{} is {}, but {} values are given", what, to_string(type), bytes / width);
  throw Error("{} is {}, {} bytes, but {} are given", what, to_string(type), wanted, bytes);
}

std::string listed(const std::vector<std::string>& names) {
  if (names.empty()) return "none";
  const size_t shown = std::min(names.size(), most_listed);
  std::string text = fmt::format("{}", fmt::join(names.begin(), names.begin() + shown, ", "));
  if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

}  // namespace cgan_jit
