#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>

namespace cgan_jit {

/// The user's program or data is wrong. The text names the place and the shapes; it is shown as it is.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
  template <typename... Args>
  explicit Error(fmt::format_string<Args...> text, Args&&... args)
      : std::runtime_error(fmt::format(text, std::forward<Args>(args)...)) {}
  explicit Error(const std::string& text) : std::runtime_error(text) {}
};

/// The compiler itself is wrong: an invariant of ours does not hold.
struct InternalError : std::logic_error {
  using std::logic_error::logic_error;
};

template <typename... Args>
void check(bool holds, fmt::format_string<Args...> text, Args&&... args) {
  if (!holds) throw InternalError("internal error: " + fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace cgan_jit
