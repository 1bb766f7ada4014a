#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <type_traits>

namespace cgan_jit {

/// Text that came from elsewhere as a message may show it: on one line, at most about 80 characters, then how
/// many bytes there are; what a terminal would obey or would not show (control characters, marks of
/// direction, bytes that are no UTF-8) as \xHH.
std::string excerpt(std::string_view text);

/// fmt::format of values whose texts are excerpts.
template <typename... Args>
std::string format_excerpts(fmt::format_string<Args...> text, Args&&... args) {
  [[maybe_unused]] const auto shown = []<typename T>(const T& value) {
    if constexpr (std::is_convertible_v<const T&, std::string_view>)
      return excerpt(value);
    else
      return value;
  };
  return fmt::format(fmt::runtime(fmt::string_view(text)), shown(args)...);
}

/// Whether all of it is UTF-8 (RFC 3629).
bool is_utf8(std::string_view text);

}  // namespace cgan_jit
