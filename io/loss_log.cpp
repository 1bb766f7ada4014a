#include "io/loss_log.h"

#include <cerrno>
#include <cstring>

namespace cgan_jit::io {

LossLog::LossLog(const std::filesystem::path& path)
    : path_(path), file_(std::fopen(path.c_str(), "we"), std::fclose) {
  if (!file_) throw WriteError("{}: {}", path.string(), std::strerror(errno));
  write("step,epoch,d_loss,g_loss\n");
}

void LossLog::add(int64_t step, int64_t epoch, float d_loss, float g_loss) {
  write(fmt::format("{},{},{},{}\n", step, epoch, d_loss, g_loss));
}

void LossLog::write(const std::string& line) {
  if (std::fputs(line.c_str(), file_.get()) >= 0 && std::fflush(file_.get()) == 0) return;
  throw WriteError("{}: {}", path_.string(), std::strerror(errno));
}

}  // namespace cgan_jit::io
