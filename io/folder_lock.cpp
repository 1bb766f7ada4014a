#include "io/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>

#include "io/file.h"

namespace cgan_jit::io {

FolderLock::FolderLock(const std::filesystem::path& folder)
    : folder_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (!folder_) throw WriteError("{}: {}", folder.string(), std::strerror(errno));
  if (flock(*folder_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    throw Error("{}: another training is at work in this folder", folder.string());
}

}  // namespace cgan_jit::io
