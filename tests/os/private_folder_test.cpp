#include "os/private_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "tests/io/files.h"

namespace cgan_jit::os {
namespace {

namespace fs = std::filesystem;
using io::entries;
using io::error_of;
using io::put;
using io::TemporaryFolder;
using io::text_of;

constexpr uid_t other_user = 65534;

mode_t mode_of(const fs::path& path) {
  struct stat info {};
  EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
  return info.st_mode & 0777;
}

void store(const PrivateFolder& folder, const std::string& name, std::string_view text) {
  Replacement file = folder.create(name);
  file.write(std::as_bytes(std::span(text)));
  file.publish();
}

std::string load(const PrivateFolder& folder, const std::string& name) {
  const Descriptor file = folder.open(name);
  struct stat info {};
  if (!file || fstat(*file, &info) != 0) return "(none)";
  std::string text(static_cast<size_t>(info.st_size), '\0');
  EXPECT_TRUE(read_all(file, std::as_writable_bytes(std::span(text))));
  return text;
}

/// Whether the action ends without a failure, in a process of its own, as the user, under the umask.
bool done_by(uid_t user, mode_t mask, const std::function<void()>& action) {
  const pid_t child = fork();
  if (child == 0) {
    umask(mask);
    if (user != geteuid() && setuid(user) != 0) _exit(2);
    try {
      action();
    } catch (const std::exception&) { _exit(1); }
    _exit(testing::Test::HasFailure() ? 3 : 0);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return status == 0;
}

TEST(PrivateFolder, IsMadeForThisUserAloneWhateverTheUmask) {
  for (const mode_t mask : {0000, 0002, 0022, 0077, 0277, 0777}) {
    const TemporaryFolder root;
    EXPECT_TRUE(done_by(geteuid(), mask, [&] {
      const PrivateFolder folder(root / "cache");
      store(folder.subfolder("data"), "a", "x");
    }));
    EXPECT_EQ(mode_of(root / "cache"), 0700u);
    EXPECT_EQ(mode_of(root / "cache/data"), 0700u);
    EXPECT_EQ(mode_of(root / "cache/data/a"), 0600u);
  }
}

TEST(PrivateFolder, OneThatIsThereKeepsItsMode) {
  const TemporaryFolder root;
  fs::create_directory(root / "cache");
  chmod((root / "cache").c_str(), 0755);
  store(PrivateFolder(root / "cache/"), "a", "x");
  EXPECT_EQ(mode_of(root / "cache"), 0755u);
}

TEST(PrivateFolder, WhatOthersMayWriteIsRefused) {
  const TemporaryFolder root;
  const PrivateFolder folder(root / "cache");
  store(folder, "a", "x");
  folder.subfolder("data");
  for (const mode_t mode : {0770, 0707, 0777}) {
    chmod((root / "cache/data").c_str(), mode);
    error_of([&] { folder.subfolder("data"); }, (root / "cache/data").string() + ": other users may write");
  }
  for (const mode_t mode : {0620, 0602}) {
    chmod((root / "cache/a").c_str(), mode);
    error_of([&] { folder.open("a"); }, (root / "cache/a").string() + ": other users may write");
  }
}

TEST(PrivateFolder, LinksAreRefused) {
  const TemporaryFolder root;
  const PrivateFolder folder(root / "cache");
  put(root / "theirs", {'x'});
  fs::create_symlink(root / "theirs", root / "cache/soft");
  fs::create_hard_link(root / "theirs", root / "cache/hard");
  fs::create_directory_symlink(root / "cache", root / "link");
  error_of([&] { folder.open("soft"); }, (root / "cache/soft").string());
  error_of([&] { folder.open("hard"); }, "second name");
  error_of([&] { PrivateFolder(root / "link"); }, "a symbolic link");
  error_of([&] { PrivateFolder(root / "link/"); }, "a symbolic link");
}

TEST(PrivateFolder, WhatIsNoFileIsRefusedAtOnce) {
  const TemporaryFolder root;
  const PrivateFolder folder(root / "cache");
  mkfifo((root / "cache/pipe").c_str(), 0600);
  fs::create_directory(root / "cache/folder");
  error_of([&] { folder.open("pipe"); }, "no regular file");
  error_of([&] { folder.open("folder"); }, "no regular file");
  EXPECT_FALSE(folder.open("none"));
  put(root / "file", {});
  error_of([&] { PrivateFolder(root / "file"); }, "Not a directory");
  error_of([&] { PrivateFolder(root / "file/cache"); }, "Not a directory");
}

// Another user may rename what lies in the folder above: what was opened and judged is what is used.
TEST(PrivateFolder, SwappingFoldersLeadsNobodyAstray) {
  const TemporaryFolder root;
  const PrivateFolder folder(root / "cache");
  const PrivateFolder data = folder.subfolder("data");
  store(folder, "a", "ours");
  fs::rename(root / "cache", root / "away");
  fs::create_directories(root / "cache/data");
  put(root / "cache/a", {'x'});
  put(root / "cache/data/a", {'x'});
  EXPECT_EQ(load(folder, "a"), "ours");
  EXPECT_EQ(load(data, "a"), "(none)");
  store(data, "b", "ours");
  EXPECT_EQ(text_of(root / "away/data/b"), "ours");
  folder.prune([](std::string_view) { return true; }, 0);
  EXPECT_EQ(entries(root / "cache"), 2u);
}

TEST(PrivateFolder, WhatAnotherUserOwnsIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, who can act as two users";
  const TemporaryFolder root;
  chmod(root.path().c_str(), 0777);
  EXPECT_TRUE(done_by(other_user, 0022, [&] {
    store(PrivateFolder(root / "theirs"), "a", "x");
    put(root / "planted", {'x'});
  }));
  error_of([&] { PrivateFolder(root / "theirs"); }, "belongs to another user");
  const PrivateFolder folder(root / "ours");
  fs::rename(root / "theirs", root / "ours/data");
  fs::rename(root / "planted", root / "ours/a");
  error_of([&] { folder.subfolder("data"); }, "belongs to another user");
  error_of([&] { folder.open("a"); }, "belongs to another user");
  store(folder, "a", "ours");
  EXPECT_EQ(load(folder, "a"), "ours") << "theirs is replaced";
}

TEST(PrivateFolder, AnotherUserMayOwnOrWriteTheFoldersAbove) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, who can act as two users";
  const TemporaryFolder root;
  chmod(root.path().c_str(), 0777);
  EXPECT_TRUE(done_by(other_user, 0000, [&] { fs::create_directory(root / "theirs"); }));
  EXPECT_NO_THROW(store(PrivateFolder(root / "theirs/cache"), "a", "x"));
  EXPECT_FALSE(done_by(other_user, 0022, [&] { PrivateFolder(root / "theirs/cache"); }));
}

TEST(PrivateFolder, WhatWasUsedLongestAgoMakesRoom) {
  const TemporaryFolder root;
  const PrivateFolder folder(root / "cache");
  const auto store_old = [&](const std::string& name, time_t seconds) {
    store(folder, name, std::string(100, 'x'));
    const timespec times[] = {{seconds, 0}, {seconds, 0}};
    utimensat(AT_FDCWD, (root / "cache" / name).c_str(), times, 0);
  };
  for (int i = 0; i < 5; ++i) store_old(fmt::format("a{}", i), 1000 + i);
  store_old("b", 1);
  EXPECT_TRUE(folder.open("a0"));  // used now
  put(root / "cache/.cgan_jit-0123456789abcdef.tmp", {});
  fs::create_directory(root / "cache/a");
  const auto left = [&] {
    std::string names;
    for (const char* name : {"a0", "a1", "a2", "a3", "a4", "b"})
      if (fs::exists(root / "cache" / name)) names += name;
    return names;
  };
  const auto belongs = [](std::string_view name) { return name.starts_with('a'); };
  folder.prune(belongs, 500);
  EXPECT_EQ(left(), "a0a1a2a3a4b");
  folder.prune(belongs, 499);
  EXPECT_EQ(left(), "a0a2a3a4b");
  folder.prune(belongs, 200);
  EXPECT_EQ(left(), "a0a4b");
  folder.prune(belongs, 0);
  EXPECT_EQ(left(), "a0b");
  EXPECT_EQ(entries(root / "cache"), 3u) << "a0, b and the folder; nothing left behind";
}

}  // namespace
}  // namespace cgan_jit::os
