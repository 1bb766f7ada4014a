#pragma once

#include <cstdio>
#include <functional>
#include <string>

#include "io/process.h"

namespace cgan_jit::training {

/// Where lines for people go, each without a line end.
using Say = std::function<void(const std::string& line)>;

inline void say_on_stderr(const std::string& line) { io::say(stderr, line + "\n"); }

}  // namespace cgan_jit::training
