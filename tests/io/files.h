#pragma once

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "ir/error.h"

namespace cgan_jit::io {

/// A folder of a test's own, gone afterwards.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "cgan_jit_io.XXXXXX").string();
    if (!mkdtemp(name.data())) throw Error("{}: cannot be made", name);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline void put(const std::filesystem::path& file, const std::vector<uint8_t>& bytes) {
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// The text of the Error that `action` throws: one line, naming `place`. Fails when there is none.
template <typename Action>
std::string error_of(Action&& action, const std::string& place) {
  try {
    action();
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find(place), std::string::npos) << text;
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
    return text;
  }
  ADD_FAILURE() << "no Error";
  return {};
}

/// How many things lie in a folder.
inline size_t entries(const std::filesystem::path& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

/// Files of this process can grow to `bytes` only while this lives: what a full disk is like.
struct FullDisk {
  rlimit before{};
  explicit FullDisk(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    const rlimit low{bytes, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &low);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before); }
};

/// Acts as the user nobody while it lives, if we are root, whom permissions do not stop.
struct AsNobody {
  bool root = geteuid() == 0;
  AsNobody() { become(65534); }
  ~AsNobody() { become(0); }
  void become(uid_t user) const { EXPECT_TRUE(!root || seteuid(user) == 0); }
};

inline const std::filesystem::path mnist = std::filesystem::path(CGAN_JIT_SOURCE_DIR) / "data/mnist";

}  // namespace cgan_jit::io
