#include "io/loss_log.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

namespace cgan_jit::io {
namespace {

/// Whole lines whose step is below `next_step`, and the heading.
std::string lines_before(const std::vector<std::byte>& bytes, int64_t next_step) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::string kept;
  for (size_t begin = 0, end; (end = text.find('\n', begin)) != text.npos; begin = end + 1) {
    const std::string line(text.substr(begin, end + 1 - begin));
    if (begin == 0 || std::atoll(line.c_str()) < next_step) kept += line;
  }
  return kept;
}

}  // namespace

LossLog::LossLog(const std::filesystem::path& path)
    : path_(path), file_(std::fopen(path.c_str(), "we"), std::fclose) {
  if (!file_) throw WriteError("{}: {}", path.string(), std::strerror(errno));
  write("step,epoch,d_loss,g_loss\n");
}

LossLog::LossLog(const std::filesystem::path& path, Appended)
    : path_(path), file_(std::fopen(path.c_str(), "ae"), std::fclose) {
  if (!file_) throw WriteError("{}: {}", path.string(), std::strerror(errno));
}

LossLog LossLog::continued(const std::filesystem::path& path, int64_t next_step) {
  write_file(path, lines_before(read_file(path), next_step));
  return LossLog(path, Appended{});
}

void LossLog::add(int64_t step, int64_t epoch, float d_loss, float g_loss) {
  write(fmt::format("{},{},{},{}\n", step, epoch, d_loss, g_loss));
}

void LossLog::write(const std::string& line) {
  if (std::fputs(line.c_str(), file_.get()) >= 0 && std::fflush(file_.get()) == 0) return;
  throw WriteError("{}: {}", path_.string(), std::strerror(errno));
}

}  // namespace cgan_jit::io
