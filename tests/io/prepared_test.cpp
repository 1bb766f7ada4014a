#include "io/prepared.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "files.h"
#include "idx_files.h"

namespace cgan_jit::io {
namespace {

/// The test split of MNIST, prepared; warnings are kept.
struct Preparation {
  TemporaryFolder folder;
  std::filesystem::path cache = folder / "cache";
  std::vector<std::string> warnings;
  PreparedSet run(int size = 32) {
    return prepare(find_split(mnist, Split::test), size, cache,
                   [&](const std::string& text) { warnings.push_back(text); });
  }
  std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(cache / "data"))
      found.push_back(entry.path());
    return found;
  }
};

bool equal(const PreparedSet& a, const PreparedSet& b) {
  return a.count == b.count && a.size == b.size && std::ranges::equal(a.pixels, b.pixels) &&
         std::ranges::equal(a.labels, b.labels);
}

PreparedSet by_hand(int size) {
  const SplitFiles files = find_split(mnist, Split::test);
  return prepare(files, size, "", [](const std::string&) {});
}

TEST(Prepared, IsTheResizedSplit) {
  const ImageSet set = read_split(find_split(mnist, Split::test));
  const PreparedSet prepared = by_hand(20);
  EXPECT_EQ(prepared.count, 10000);
  EXPECT_EQ(prepared.size, 20);
  EXPECT_TRUE(std::ranges::equal(prepared.pixels, resize_bilinear(set.pixels, {28, 28}, {20, 20})));
  EXPECT_TRUE(std::ranges::equal(prepared.labels, set.labels));
}

TEST(Prepared, TheCacheHoldsTheSame) {
  Preparation preparation;
  const PreparedSet made = preparation.run(), mapped = preparation.run();
  EXPECT_TRUE(equal(made, by_hand(32)));
  EXPECT_TRUE(equal(mapped, made));
  EXPECT_NE(mapped.pixels.data(), made.pixels.data());
  EXPECT_EQ(preparation.files().size(), 1u);
  EXPECT_TRUE(preparation.warnings.empty());
}

TEST(Prepared, AnotherSizeIsAnotherFile) {
  Preparation preparation;
  preparation.run(32);
  EXPECT_TRUE(equal(preparation.run(20), by_hand(20)));
  EXPECT_EQ(preparation.files().size(), 2u);
}

TEST(Prepared, WhatWasUsedLongestAgoMakesRoom) {
  Preparation preparation;
  preparation.run(32);
  const std::filesystem::path used = preparation.files().at(0), folder = used.parent_path();
  const auto put_old = [&](const char* name, std::chrono::hours ago) {
    put(folder / name, {});
    std::filesystem::resize_file(folder / name, uintmax_t{300} << 20);
    std::filesystem::last_write_time(folder / name, std::filesystem::file_time_type::clock::now() - ago);
    return folder / name;
  };
  std::filesystem::last_write_time(used,
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours(9));
  const auto older = put_old("00000001.bin", std::chrono::hours(3)),
             old = put_old("00000002.bin", std::chrono::hours(2));
  preparation.run(32);
  EXPECT_TRUE(std::filesystem::exists(older)) << "nothing was made";
  preparation.run(20);
  EXPECT_FALSE(std::filesystem::exists(older));
  EXPECT_TRUE(std::filesystem::exists(old));
  EXPECT_TRUE(std::filesystem::exists(used));
  EXPECT_EQ(preparation.files().size(), 3u);
}

/// A split of pictures of 28 x 28 made up, and a cache; warnings are kept.
struct MadeUp {
  TemporaryFolder folder;
  std::filesystem::path images = folder / "t10k-images-idx3-ubyte",
                        labels = folder / "t10k-labels-idx1-ubyte", cache = folder / "cache";
  std::vector<std::string> warnings;
  explicit MadeUp(uint32_t count) {
    put(images, images_file(count, 28, 28));
    put(labels, labels_file(Bytes(count, 3)));
  }
  PreparedSet run() {
    return prepare(find_split(folder.path(), Split::test), 32, cache,
                   [&](const std::string& text) { warnings.push_back(text); });
  }
  void expect_good(const PreparedSet& set) const {
    const ImageSet source = read_split(find_split(folder.path(), Split::test));
    EXPECT_TRUE(std::ranges::equal(set.pixels, resize_bilinear(source.pixels, {28, 28}, {32, 32})));
    EXPECT_TRUE(std::ranges::equal(set.labels, source.labels));
  }
};

TEST(Prepared, AnyNumberOfPictures) {
  for (uint32_t count : {1u, 31u, 32u, 255u, 256u, 257u, 600u}) {
    MadeUp data(count);
    data.expect_good(data.run());
    data.expect_good(data.run());
    EXPECT_EQ(entries(data.cache / "data"), 1u);
    EXPECT_TRUE(data.warnings.empty());
    data.cache.clear();
    data.expect_good(data.run());
  }
}

TEST(Prepared, BadDataLeaveNothingInTheCache) {
  MadeUp data(600);
  const Bytes packed = gzip(images_file(600, 28, 28));
  Bytes longer = images_file(600, 28, 28), damaged = packed;
  longer.push_back(0);
  damaged[packed.size() - 6] ^= 1;  // the stream's checksum
  for (const Bytes& bytes : {longer, damaged, Bytes(packed.begin(), packed.end() - 1),
                             Bytes(packed.begin(), packed.begin() + packed.size() / 2)}) {
    put(data.images, bytes);
    error_of([&] { data.run(); }, data.images.string());
    EXPECT_EQ(entries(data.cache / "data"), 0u);
  }
  EXPECT_TRUE(data.warnings.empty());
}

TEST(Prepared, BadHeadersLeaveNothingInTheCache) {
  MadeUp data(3);
  put(data.labels, labels_file({1, 2}));
  error_of([&] { data.run(); }, "holds 3 pictures");
  put(data.labels, labels_file({}));
  put(data.images, images_file(0, 28, 28));
  error_of([&] { data.run(); }, "holds no pictures");
  EXPECT_EQ(entries(data.cache / "data"), 0u);
}

TEST(Prepared, AHeaderThatPromisesTooMuchTakesNoMemory) {
  MadeUp data(3);
  Bytes bytes;
  for (uint32_t word : {0x803u, 3u, 2048u, 2048u, 0u}) append_word(bytes, word);
  put(data.images, bytes);
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  error_of([&] { data.run(); }, data.images.string() + ": ends after 4 bytes");
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 100 << 10);  // KiB
}

/// Puts other bytes of the same length into a file that keeps its times, its inode and its size.
void replace_secretly(const std::filesystem::path& file, const Bytes& bytes) {
  struct stat info {};
  ASSERT_EQ(stat(file.c_str(), &info), 0);
  ASSERT_EQ(static_cast<size_t>(info.st_size), bytes.size());
  put(file, bytes);
  const timespec times[] = {info.st_atim, info.st_mtim};
  ASSERT_EQ(utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
}

TEST(Prepared, ChangedSourcesAreReadAgain) {
  MadeUp data(40);
  data.expect_good(data.run());
  Bytes pictures = images_file(40, 28, 28), labels = labels_file(Bytes(40, 3));
  pictures.back() ^= 1;
  replace_secretly(data.images, pictures);
  data.expect_good(data.run());
  labels.back() ^= 1;
  replace_secretly(data.labels, labels);
  data.expect_good(data.run());
  put(data.images, images_file(41, 28, 28));
  put(data.labels, labels_file(Bytes(41, 5)));
  data.expect_good(data.run());
  EXPECT_TRUE(data.warnings.empty());
}

TEST(Prepared, EqualDataAreEqualWhereverTheyLie) {
  MadeUp data(40);
  data.run();
  for (const auto& file : {data.images, data.labels}) {
    std::filesystem::copy_file(file, file.string() + "~");
    std::filesystem::rename(file.string() + "~", file);
  }
  data.expect_good(data.run());
  EXPECT_EQ(entries(data.cache / "data"), 1u);
}

// The second reading of the pictures finds others than the first, which gave the cache's file its name.
TEST(Prepared, DataThatChangeWhileTheyAreReadAreAnErrorOrConsistent) {
  MadeUp data(600);
  const Bytes one = images_file(600, 28, 28);
  Bytes other = one;
  for (uint8_t& byte : std::span(other).subspan(16)) byte ^= 255;
  std::atomic<bool> ended = false;
  std::thread changing([&] {
    for (int i = 0; !ended; ++i) {
      put(data.folder / "new", i % 2 ? one : other);
      std::filesystem::rename(data.folder / "new", data.images);
    }
  });
  for (int i = 0; i < 30; ++i) {
    try {
      data.run();
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("changed while"), std::string::npos) << error.what();
    }
  }
  ended = true;
  changing.join();
  for (const Bytes& bytes : {one, other}) {
    put(data.images, bytes);
    data.expect_good(data.run());
  }
}

TEST(Prepared, DamagedFilesAreMadeAnewWithOneWarning) {
  Preparation preparation;
  const PreparedSet whole = by_hand(8);
  preparation.run(8);
  const std::filesystem::path file = preparation.files().at(0);
  const std::string good = text_of(file);
  const auto damage = [&](auto&& change) {
    std::string bad = good;
    change(bad);
    put(file, {bad.begin(), bad.end()});
    preparation.warnings.clear();
    EXPECT_TRUE(equal(preparation.run(8), whole));
    EXPECT_EQ(preparation.warnings.size(), 1u);
    EXPECT_EQ(text_of(file), good);
  };
  damage([](std::string& bytes) { bytes.clear(); });
  damage([](std::string& bytes) { bytes.resize(bytes.size() / 2); });
  damage([](std::string& bytes) { bytes += 'x'; });
  damage([](std::string& bytes) { bytes[3] ^= 1; });
  damage([](std::string& bytes) { bytes[17] ^= 64; });   // the count
  damage([](std::string& bytes) { bytes[1000] ^= 1; });  // a pixel
  damage([](std::string& bytes) { bytes.back() ^= 1; });
}

TEST(Prepared, WithoutAWritableCacheItWorksWithAWarning) {
  Preparation preparation;
  put(preparation.cache, {1});  // a file where the folder should be
  EXPECT_TRUE(equal(preparation.run(8), by_hand(8)));
  ASSERT_EQ(preparation.warnings.size(), 1u);
  EXPECT_NE(preparation.warnings[0].find(preparation.cache.string()), std::string::npos);
}

TEST(Prepared, AFullDiskCostsAWarning) {
  MadeUp data(600);
  {
    const FullDisk full(300000);  // the first slice has room
    data.expect_good(data.run());
  }
  ASSERT_EQ(data.warnings.size(), 1u);
  EXPECT_NE(data.warnings[0].find(data.cache.string()), std::string::npos);
  EXPECT_EQ(entries(data.cache / "data"), 0u);
}

TEST(Prepared, ACacheWithoutPermissionCostsAWarning) {
  MadeUp data(3);
  chmod(data.folder.path().c_str(), 0755);
  std::filesystem::create_directory(data.cache);
  if (geteuid() == 0) { ASSERT_EQ(chown(data.cache.c_str(), 65534, 65534), 0); }
  for (mode_t mode : {0000, 0555}) {
    chmod(data.cache.c_str(), mode);
    const AsNobody nobody;
    data.warnings.clear();
    data.expect_good(data.run());
    ASSERT_EQ(data.warnings.size(), 1u);
    EXPECT_NE(data.warnings[0].find("ermission denied"), std::string::npos) << data.warnings[0];
  }
  chmod(data.cache.c_str(), 0700);
}

TEST(Prepared, TheCacheIsTheUsersAlone) {
  Preparation preparation;
  preparation.run(8);
  for (const auto& folder : {preparation.cache, preparation.cache / "data"}) {
    struct stat info {};
    ASSERT_EQ(stat(folder.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0700u);
    chmod(folder.c_str(), 0720);
    preparation.warnings.clear();
    EXPECT_TRUE(equal(preparation.run(8), by_hand(8)));
    ASSERT_EQ(preparation.warnings.size(), 1u);
    EXPECT_NE(preparation.warnings[0].find("other users may write"), std::string::npos);
    chmod(folder.c_str(), 0700);
  }
}

TEST(Prepared, WhatOthersMayHaveWrittenIsMadeAnew) {
  Preparation preparation;
  preparation.run(8);
  const std::filesystem::path file = preparation.files().at(0), folder = file.parent_path();
  const auto expect_warning = [&](const std::string& why) {
    preparation.warnings.clear();
    EXPECT_TRUE(equal(preparation.run(8), by_hand(8)));
    ASSERT_EQ(preparation.warnings.size(), 1u);
    EXPECT_NE(preparation.warnings[0].find(why), std::string::npos) << preparation.warnings[0];
  };
  chmod(file.c_str(), 0666);
  expect_warning("other users may write");
  std::filesystem::create_hard_link(file, preparation.folder / "second");
  expect_warning("second name");
  if (geteuid() != 0) GTEST_SKIP() << "the rest needs root, who can give a file away";
  ASSERT_EQ(chown(file.c_str(), 65534, 65534), 0);
  expect_warning("another user");
  ASSERT_EQ(chown(folder.c_str(), 65534, 65534), 0);
  expect_warning("another user");
}

}  // namespace
}  // namespace cgan_jit::io
