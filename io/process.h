#pragma once

#include <cstdio>
#include <string_view>

namespace cgan_jit::io {

/// What a program does before anything else. Standard streams that are closed are opened on the null device:
/// the next file would get their descriptor, and what is printed would land in it. And a file that grows
/// beyond the limit (`ulimit -f`) is an error of that write, as a full disk is, not the end of the process.
void begin_process();

/// Prints if that is possible. A log that takes no more (a full disk, a closed pipe) does not end the work.
void say(std::FILE* out, std::string_view text);

}  // namespace cgan_jit::io
