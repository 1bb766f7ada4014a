#include "ir/excerpt.h"

#include <fmt/format.h>

#include <cstdint>

namespace cgan_jit {

namespace {

constexpr size_t longest = 80;

/// A character at the front of a text; of no bytes where that is no UTF-8.
struct Character {
  size_t bytes = 0;
  uint32_t code = 0;
};

Character first_character(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t head = byte(0);
  if (head < 0x80) return {1, head};
  const size_t bytes = head >= 0xf0 ? 4 : head >= 0xe0 ? 3 : 2;
  if (head < 0xc2 || head > 0xf4 || bytes > text.size()) return {};
  uint32_t code = head & (0x7fu >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3f);
  }
  constexpr uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return code < least[bytes] || code > 0x10ffff || surrogate ? Character{} : Character{bytes, code};
}

/// Neither a control character nor one that is unseen or turns the direction of writing.
bool can_be_shown(uint32_t code) {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xfeff) return false;
  return !((code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f));
}

}  // namespace

std::string excerpt(std::string_view text) {
  std::string shown;
  std::string_view rest = text;
  while (!rest.empty() && shown.size() < longest) {
    const Character next = first_character(rest);
    if (next.bytes > 0 && can_be_shown(next.code)) {
      shown += rest.substr(0, next.bytes);
      rest.remove_prefix(next.bytes);
    } else {
      shown += fmt::format("\\x{:02x}", static_cast<uint8_t>(rest.front()));
      rest.remove_prefix(1);
    }
  }
  return rest.empty() ? shown : fmt::format("{}... ({} bytes)", shown, text.size());
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const size_t bytes = first_character(text).bytes;
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

}  // namespace cgan_jit
