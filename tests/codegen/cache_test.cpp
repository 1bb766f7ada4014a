#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <tuple>

#include "ir/error.h"
#include "tests/codegen/build.h"

namespace cgan_jit {
namespace {

namespace fs = std::filesystem;

const Target avx2{"x86-64-v3", "", 16, 8};

/// out[0] = value.
loop::Kernel constant_kernel(double value) {
  loop::KernelWriter w;
  const loop::Buf out = w.buffer(DType::f32, 1, true);
  const loop::Reg reg = w.reg(loop::scalar(DType::f32));
  w.kernel.body = {loop::Literal{reg, value}, loop::Store{{out, loop::at(0), {}}, reg, {}}};
  return w.kernel;
}

class CacheTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "cgan_jit_cache_XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    dir_ = root_ / "objects";
  }
  void TearDown() override {
    fs::permissions(root_, fs::perms::owner_all);
    fs::remove_all(root_);
  }

  /// Compiles with a Jit of its own and checks what the code computes.
  JitStats compile(double value, const Target& target = avx2) const {
    Jit jit(target, {dir_.string(), 1});
    const loop::Kernel kernel = constant_kernel(value);
    const KernelFn fn = jit.compile({&kernel, 1}).front();
    float got = 0;
    void* buffers[] = {&got};
    if (host_can_run(avx2.cpu)) {
      fn(buffers, nullptr, 0, 1);
      EXPECT_EQ(got, static_cast<float>(value));
    }
    return jit.stats();
  }

  std::vector<fs::path> objects() const {
    std::vector<fs::path> result;
    for (const auto& entry : fs::directory_iterator(dir_))
      if (entry.path().extension() == ".o") result.push_back(entry);
    return result;
  }

  fs::path root_, dir_;
};

TEST_F(CacheTest, SecondProcessCompilesNothing) {
  EXPECT_EQ(compile(1).compiled, 1);
  const JitStats again = compile(1);
  EXPECT_EQ(again.compiled, 0);
  EXPECT_EQ(again.from_cache, 1);
}

TEST_F(CacheTest, FolderIsPrivate) {
  compile(1);
  EXPECT_EQ(fs::status(dir_).permissions(), fs::perms::owner_all);
}

TEST_F(CacheTest, EqualKernelsAreCompiledOnce) {
  Jit jit(avx2, {"", 2});
  const std::vector<loop::Kernel> kernels = {constant_kernel(1), constant_kernel(2), constant_kernel(1)};
  const auto functions = jit.compile(kernels);
  EXPECT_EQ(functions[0], functions[2]);
  EXPECT_NE(functions[0], functions[1]);
  EXPECT_EQ(jit.stats().kernels, 3);
  EXPECT_EQ(jit.stats().distinct, 2);
  EXPECT_EQ(jit.compile(kernels), functions);
  EXPECT_EQ(jit.stats().compiled, 2);
}

TEST_F(CacheTest, ChangedKernelOrTargetNeverHits) {
  compile(1);
  EXPECT_EQ(compile(2).compiled, 1);
  Target other = avx2;
  other.features = "-movbe";
  EXPECT_EQ(compile(1, other).compiled, 1);
  other.cpu = "haswell";
  EXPECT_EQ(compile(1, other).compiled, 1);
  EXPECT_EQ(objects().size(), 4u);
}

TEST_F(CacheTest, DamagedObjectIsCompiledAgainWithOneWarning) {
  for (int kind : {0, 1, 2}) {
    compile(1);
    const fs::path file = objects().front();
    if (kind == 0) fs::resize_file(file, fs::file_size(file) - 1);
    if (kind == 1) fs::resize_file(file, 3);
    if (kind == 2) {
      std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
      bytes.seekp(static_cast<std::streamoff>(fs::file_size(file)) - 40);
      bytes.put('\x5a');
    }
    testing::internal::CaptureStderr();
    EXPECT_EQ(compile(1).compiled, 1);
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find("damaged"), std::string::npos) << said;
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
    EXPECT_EQ(compile(1).from_cache, 1) << "the damaged file is replaced";
  }
}

TEST_F(CacheTest, ObjectUnderAnotherKeyIsDamage) {
  compile(1);
  const fs::path first = objects().front();
  compile(2);
  for (const fs::path& file : objects())
    if (file != first) fs::copy_file(first, file, fs::copy_options::overwrite_existing);
  testing::internal::CaptureStderr();
  EXPECT_EQ(compile(2).compiled, 1);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("damaged"), std::string::npos);
}

/// What the action says on stderr: one line, which names the place.
template <typename Action>
void expect_one_warning(const std::string& place, Action&& action) {
  testing::internal::CaptureStderr();
  action();
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find(place), std::string::npos) << said;
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
}

TEST_F(CacheTest, FolderThatCannotBeTrustedIsOneWarningAndNotUsed) {
  compile(1);
  const auto expect_unused = [&] {
    const size_t before = objects().size();
    expect_one_warning(dir_.string(), [&] {
      Jit jit(avx2, {dir_.string(), 1});
      const std::vector<loop::Kernel> kernels = {constant_kernel(1), constant_kernel(2)};
      jit.compile(kernels);
      EXPECT_EQ(jit.stats().compiled, 2);
    });
    EXPECT_EQ(objects().size(), before);
  };
  for (const mode_t mode : {0770, 0702, 0777}) {
    ::chmod(dir_.c_str(), mode);
    expect_unused();
  }
  ::chmod(dir_.c_str(), 0700);
  fs::rename(dir_, root_ / "elsewhere");
  fs::create_directory_symlink(root_ / "elsewhere", dir_);
  expect_unused();
  if (::geteuid() != 0) GTEST_SKIP() << "the rest needs root, who can give a folder away";
  fs::remove(dir_);
  fs::rename(root_ / "elsewhere", dir_);
  ASSERT_EQ(::chown(dir_.c_str(), 12345, 12345), 0);
  expect_unused();
}

TEST_F(CacheTest, ObjectThatCannotBeTrustedIsCompiledAgain) {
  const auto expect_replaced = [&](auto&& spoil) {
    compile(1);
    spoil(objects().front().c_str());
    expect_one_warning("such kernels are compiled again", [&] { EXPECT_EQ(compile(1).compiled, 1); });
    EXPECT_EQ(compile(1).from_cache, 1);
  };
  expect_replaced([](const char* object) { ::chmod(object, 0620); });
  expect_replaced([](const char* object) { ::chmod(object, 0602); });
  expect_replaced([&](const char* object) { fs::create_hard_link(object, root_ / "second"); });
  expect_replaced([&](const char* object) {
    fs::rename(object, root_ / "behind");
    fs::create_symlink(root_ / "behind", object);
  });
  if (::geteuid() != 0) GTEST_SKIP() << "the rest needs root, who can give a file away";
  expect_replaced([](const char* object) { EXPECT_EQ(::chown(object, 12345, 12345), 0); });
}

// Another user may write to the folder above and swaps the cache for one with objects of his own.
TEST_F(CacheTest, FolderSwappedAfterItWasOpenedIsNotUsed) {
  compile(1);
  fs::copy(dir_, root_ / "theirs", fs::copy_options::recursive);
  fs::remove(objects().front());
  Jit jit(avx2, {dir_.string(), 1});
  fs::rename(dir_, root_ / "ours");
  fs::rename(root_ / "theirs", dir_);
  const loop::Kernel kernel = constant_kernel(1);
  jit.compile({&kernel, 1});
  EXPECT_EQ(jit.stats().compiled, 1);
}

TEST_F(CacheTest, WhatIsNoObjectIsNeverRemoved) {
  fs::create_directory(dir_);
  fs::permissions(dir_, fs::perms::owner_all);
  std::ofstream(dir_ / "thesis.o") << "mine";
  fs::resize_file(dir_ / "thesis.o", uintmax_t{300} << 20);
  compile(1);
  compile(2);
  EXPECT_TRUE(fs::exists(dir_ / "thesis.o"));
}

TEST_F(CacheTest, FolderThatCannotBeMadeIsOneWarning) {
  std::ofstream(root_ / "file") << "no folder";
  dir_ = root_ / "file" / "objects";
  testing::internal::CaptureStderr();
  EXPECT_EQ(compile(1).compiled, 1);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("not kept"), std::string::npos) << said;
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
}

// The folder vanishes while it is in use.
TEST_F(CacheTest, UnwritableFolderIsOneWarning) {
  Jit jit(avx2, {dir_.string(), 1});
  fs::remove(dir_);
  const std::vector<loop::Kernel> kernels = {constant_kernel(1), constant_kernel(2)};
  testing::internal::CaptureStderr();
  jit.compile(kernels);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(jit.stats().compiled, 2);
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
}

TEST(Target, NamesAreKnownOrRefused) {
  EXPECT_THROW(target_named("pentium"), Error);
  EXPECT_THROW(target_named(""), Error);
  EXPECT_EQ(host_can_run("pentium"), false);
  for (const auto& [name, floats, registers] :
       {std::tuple("x86-64-v3", 8, 16), std::tuple("x86-64-v4", 16, 32)}) {
    if (!host_can_run(name)) continue;
    EXPECT_EQ(target_named(name).vector_floats, floats);
    EXPECT_EQ(target_named(name).vector_registers, registers);
  }
  EXPECT_EQ(host_target(), host_target());
}

}  // namespace
}  // namespace cgan_jit
