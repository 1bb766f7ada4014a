#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "frontend/session.h"
#include "ir/error.h"

namespace cgan_jit {

/// Without a cache.
inline SessionOptions plain(int threads = 2) {
  SessionOptions options;
  options.threads = threads;
  options.cache_dir = "";
  return options;
}

/// What the action's Error says; "nothing" if it throws none.
template <typename Action>
std::string told(const Action& action) {
  try {
    action();
  } catch (const Error& error) { return error.what(); }
  return "nothing";
}

template <typename T>
std::vector<std::byte> as_bytes(const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {bytes.begin(), bytes.end()};
}

}  // namespace cgan_jit
