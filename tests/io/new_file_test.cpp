#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "files.h"
#include "io/file.h"

// What becomes of names, links, devices and leftovers when files are made.
namespace cgan_jit::io {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const fs::path& path) {
  struct stat info {};
  EXPECT_EQ(lstat(path.c_str(), &info), 0) << path;
  return info.st_mode;
}

/// Runs in a process of its own, which ends without a word.
template <typename Action>
void in_child(Action&& action) {
  const pid_t child = fork();
  if (child == 0) {
    action();
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(NewFile, IsAsOpenAsTheUmaskLetsItBe) {
  const TemporaryFolder folder;
  for (const mode_t mask : {0000, 0002, 0022, 0027, 0077, 0777}) {
    in_child([&] {
      umask(mask);
      write_file(folder / "a", "x");
      if (umask(0) != mask) _exit(1);
    });
    EXPECT_EQ(mode_of(folder / "a") & 0777, 0666u & ~mask);
  }
}

// A thread that sets the umask to read it would let the other's files through.
TEST(NewFile, ThreadsNeverTouchTheUmask) {
  const TemporaryFolder folder;
  in_child([&] {
    umask(0077);
    std::atomic<bool> wrong = false;
    const auto write_many = [&](const std::string& name) {
      for (int i = 0; i < 300; ++i) {
        write_file(folder / name, "x");
        struct stat info {};
        if (stat((folder / name).c_str(), &info) != 0 || (info.st_mode & 0777) != 0600) wrong = true;
      }
    };
    std::thread other(write_many, "a");
    write_many("b");
    other.join();
    if (wrong || umask(0) != 0077) _exit(1);
  });
}

TEST(NewFile, ADeviceIsWrittenInto) {
  const mode_t before = mode_of("/dev/null");
  ASSERT_TRUE(S_ISCHR(before));
  EXPECT_NO_THROW(write_file("/dev/null", "x"));
  EXPECT_EQ(mode_of("/dev/null"), before);
  error_of([] { write_file("/dev/full", "x"); }, "/dev/full: No space left");
}

TEST(NewFile, APipeIsWrittenInto) {
  const TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  std::string got;
  std::thread reader([&] { got = text_of(folder / "pipe"); });
  write_file(folder / "pipe", "through");
  reader.join();
  EXPECT_EQ(got, "through");
  EXPECT_TRUE(S_ISFIFO(mode_of(folder / "pipe")));
  EXPECT_EQ(entries(folder.path()), 1u);
}

// Whatever standard output is, a file too, it is written on from where it stands.
TEST(NewFile, StandardOutputGoesOn) {
  const TemporaryFolder folder;
  for (const char* name : {"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}) {
    in_child([&] {
      const int file = open((folder / "a").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      if (dup2(file, 1) != 1 || write(1, "begin ", 6) != 6) _exit(1);
      write_file(name, "middle ");
      if (write(1, "end", 3) != 3) _exit(1);
    });
    EXPECT_EQ(text_of(folder / "a"), "begin middle end") << name;
  }
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(NewFile, LinksStayAndTheirTargetIsReplaced) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "far");
  fs::create_directory_symlink("far", folder / "near");
  write_file(folder / "far/target", "old");
  fs::create_hard_link(folder / "far/target", folder / "old");
  fs::create_symlink("../near/target", folder / "far/second");
  fs::create_symlink(folder / "near/second", folder / "first");
  write_file(folder / "first", "new");
  EXPECT_EQ(text_of(folder / "far/target"), "new");
  EXPECT_EQ(text_of(folder / "old"), "old") << "replaced, not written over";
  EXPECT_TRUE(S_ISLNK(mode_of(folder / "first")) && S_ISLNK(mode_of(folder / "far/second")));
  EXPECT_TRUE(S_ISREG(mode_of(folder / "far/target")));
  EXPECT_EQ(entries(folder / "far"), 2u);
}

TEST(NewFile, ALinkToNothingMakesIt) {
  const TemporaryFolder folder;
  fs::create_symlink("later", folder / "link");
  write_file(folder / "link", "now");
  EXPECT_EQ(text_of(folder / "later"), "now");
  fs::create_symlink("/dev/null", folder / "null");
  write_file(folder / "null", "x");
  EXPECT_TRUE(S_ISLNK(mode_of(folder / "null")) && S_ISCHR(mode_of("/dev/null")));
}

TEST(NewFile, WhatCannotBeWrittenIsAnError) {
  const TemporaryFolder folder;
  fs::create_symlink("b", folder / "a");
  fs::create_symlink("a", folder / "b");
  error_of([&] { write_file(folder / "a", "x"); }, "Too many levels");
  error_of([&] { write_file(folder.path(), "x"); }, folder.path().string() + ": Is a directory");
  EXPECT_EQ(entries(folder.path()), 2u);
}

TEST(NewFile, TheLongestNamesAreNames) {
  const TemporaryFolder folder;
  const std::string name(255, 'n');
  write_file(folder / name, "x");
  EXPECT_EQ(text_of(folder / name), "x");
  point_link(folder / name, "elsewhere");
  EXPECT_TRUE(S_ISLNK(mode_of(folder / name)));
}

TEST(Temporaries, OfTheDeadGoAndOfTheLivingStay) {
  const TemporaryFolder folder;
  in_child([&] {
    NewFile left(folder / "a");
    left.write(std::as_bytes(std::span("half", 4)));
    _exit(0);
  });
  fs::create_symlink("nowhere", folder / ".cgan_jit-0123456789abcdef.tmp");
  EXPECT_EQ(entries(folder.path()), 2u);
  NewFile living(folder / "b");
  living.write(std::as_bytes(std::span("all", 3)));
  remove_temporaries(folder.path());
  EXPECT_EQ(entries(folder.path()), 1u);
  living.publish();
  EXPECT_EQ(text_of(folder / "b"), "all");
}

TEST(Temporaries, NothingElseIsTouched) {
  const TemporaryFolder folder;
  for (const char* name :
       {".cgan_jit-0123456789abcdeg.tmp", ".cgan_jit-0123456789abcde.tmp", ".cgan_jit-.tmp",
        "cgan_jit-0123456789abcdef.tmp", ".cgan_jit-0123456789abcdef.tmp~", "a.tmp"})
    put(folder / name, {});
  fs::create_directory(folder / ".cgan_jit-0123456789abcdef.tmp");
  mkfifo((folder / ".cgan_jit-1123456789abcdef.tmp").c_str(), 0600);
  remove_temporaries(folder.path());
  EXPECT_EQ(entries(folder.path()), 8u);
  EXPECT_NO_THROW(remove_temporaries(folder / "missing"));
}

}  // namespace
}  // namespace cgan_jit::io
