#include "frontend/report.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "ir/text.h"

namespace cgan_jit {
namespace {

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

/// The new file's name; empty when none could be made.
std::string keep(const std::string& text) {
  std::error_code error;
  std::string name = (std::filesystem::temp_directory_path(error) / "cgan_jit-XXXXXX.ir").string();
  const int file = error ? -1 : ::mkstemps(name.data(), 3);
  if (file < 0) return "";
  const bool written = write_all(file, text);
  const bool closed = ::close(file) == 0;
  return written && closed ? name : "";
}

}  // namespace

InternalError reported(const Graph& graph, const std::string& what) {
  const std::string file = keep(print(graph));
  const std::string place =
      file.empty() ? fmt::format("(its graph could not be kept: {})", std::strerror(errno))
                   : fmt::format("and the graph in {}; 'cgan_jit opt --run {}' shows it again", file, file);
  return InternalError(fmt::format(
      "{}\nThis is a fault of cgan_jit, not of your program. Please report it with this message {}", what,
      place));
}

}  // namespace cgan_jit
