#include "io/idx.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <random>

#include "files.h"
#include "idx_files.h"

namespace cgan_jit::io {
namespace {

Bytes first(const Bytes& bytes, size_t count) {
  return {bytes.begin(), bytes.begin() + static_cast<long>(count)};
}

/// A folder with a good training split of three pictures of 2 x 5.
struct SmallFolder {
  TemporaryFolder folder;
  std::filesystem::path images = folder / "train-images-idx3-ubyte";
  std::filesystem::path labels = folder / "train-labels-idx1-ubyte";
  SmallFolder() {
    put(images, images_file(3, 2, 5));
    put(labels, labels_file({4, 0, 9}));
  }
  ImageSet read() const { return read_split(find_split(folder.path(), Split::train)); }
};

TEST(Idx, MnistIsComplete) {
  const ImageSet train = read_split(find_split(mnist, Split::train)),
                 test = read_split(find_split(mnist, Split::test));
  EXPECT_EQ(train.count, 60000);
  EXPECT_EQ(test.count, 10000);
  EXPECT_EQ(train.rows, 28);
  EXPECT_EQ(train.cols, 28);
  EXPECT_EQ(Bytes(train.labels.begin(), train.labels.begin() + 5), (Bytes{5, 0, 4, 1, 9}));
  EXPECT_NO_THROW(check_labels(train.labels, 10, "labels"));
}

TEST(Idx, PlainAndGzipFilesReadTheSame) {
  const SmallFolder plain;
  const ImageSet set = plain.read();
  EXPECT_EQ(set.count, 3);
  EXPECT_EQ(set.rows, 2);
  EXPECT_EQ(set.cols, 5);
  EXPECT_EQ(set.pixels[29], static_cast<uint8_t>(29 * 7));
  EXPECT_EQ(set.labels, (Bytes{4, 0, 9}));

  const TemporaryFolder packed;
  put(packed / "train-images.idx3-ubyte.gz", gzip(images_file(3, 2, 5)));
  put(packed / "train-labels-idx1-ubyte.gz", gzip(labels_file({4, 0, 9})));
  EXPECT_EQ(read_split(find_split(packed.path(), Split::train)), set);
}

TEST(Idx, MissingFolderIsRefused) {
  const TemporaryFolder folder;
  const std::string text =
      error_of([&] { find_split(folder / "nowhere", Split::train); }, (folder / "nowhere").string());
  EXPECT_NE(text.find("no such folder"), std::string::npos) << text;
}

TEST(Idx, EmptyFolderIsRefused) {
  const TemporaryFolder folder;
  const std::string text = error_of([&] { find_split(folder.path(), Split::test); }, folder.path().string());
  EXPECT_NE(text.find("t10k-images-idx3-ubyte"), std::string::npos) << text;
}

TEST(Idx, FileInsteadOfFolderIsRefused) {
  const SmallFolder small;
  error_of([&] { find_split(small.images, Split::train); }, "not a folder");
}

TEST(Idx, FolderWithoutPermissionIsRefused) {
  const SmallFolder small;
  chmod(small.folder.path().c_str(), 0000);
  {
    const AsNobody nobody;
    const std::string text = error_of([&] { small.read(); }, small.folder.path().string());
    EXPECT_NE(text.find("ermission denied"), std::string::npos) << text;
  }
  chmod(small.folder.path().c_str(), 0700);
}

TEST(Idx, FileWithoutPermissionIsRefused) {
  const SmallFolder small;
  chmod(small.folder.path().c_str(), 0755);
  chmod(small.images.c_str(), 0000);
  const AsNobody nobody;
  error_of([&] { small.read(); }, small.images.string() + ": Permission denied");
}

TEST(Idx, TruncatedGzipIsRefused) {
  const SmallFolder small;
  const Bytes packed = gzip(images_file(3, 2, 5));
  for (size_t size : {packed.size() - 1, packed.size() - 9, packed.size() / 2, size_t{12}}) {
    put(small.images, first(packed, size));
    error_of([&] { small.read(); }, small.images.string());
  }
}

TEST(Idx, DamagedGzipIsRefused) {
  const SmallFolder small;
  Bytes packed = gzip(images_file(3, 2, 5));
  packed[packed.size() - 6] ^= 1;  // the stream's checksum
  put(small.images, packed);
  const std::string text = error_of([&] { small.read(); }, small.images.string());
  EXPECT_NE(text.find("gzip"), std::string::npos) << text;
}

TEST(Idx, WrongMagicIsRefused) {
  const SmallFolder small;
  put(small.images, labels_file({1, 2, 3}));
  const std::string text = error_of([&] { small.read(); }, small.images.string());
  EXPECT_NE(text.find("0x00000801"), std::string::npos) << text;
  EXPECT_NE(text.find("0x00000803"), std::string::npos) << text;
}

TEST(Idx, TooFewBytesAreRefused) {
  const SmallFolder small;
  const Bytes whole = images_file(3, 2, 5);
  for (size_t size = 0; size < whole.size(); ++size) {
    put(small.images, first(whole, size));
    error_of([&] { small.read(); }, small.images.string());
  }
}

TEST(Idx, TrailingBytesAreRefused) {
  const SmallFolder small;
  Bytes longer = labels_file({4, 0, 9});
  longer.push_back(0);
  put(small.labels, longer);
  error_of([&] { small.read(); }, small.labels.string() + ": more data");
}

TEST(Idx, CountsThatDisagreeAreRefused) {
  const SmallFolder small;
  put(small.labels, labels_file({4, 0}));
  const std::string text = error_of([&] { small.read(); }, small.labels.string());
  EXPECT_NE(text.find("3 pictures"), std::string::npos) << text;
  EXPECT_NE(text.find("2 labels"), std::string::npos) << text;
}

TEST(Idx, NoPicturesAreRefused) {
  const SmallFolder small;
  put(small.images, images_file(0, 2, 5));
  put(small.labels, labels_file({}));
  error_of([&] { small.read(); }, small.images.string() + ": holds no pictures");
  put(small.images, images_file(3, 0, 5));
  error_of([&] { small.read(); }, small.images.string());
}

TEST(Idx, AHeaderThatPromisesTooMuchTakesNoMemory) {
  const SmallFolder small;
  Bytes bytes;
  for (uint32_t word : {0x803u, 0xffffffffu, 2048u, 2048u, 0u}) append_word(bytes, word);
  put(small.images, bytes);
  IdxImageReader reader(small.images);
  Bytes pixels;
  error_of([&] { reader.read(reader.left(), pixels); }, small.images.string() + ": ends after 4 bytes");
}

TEST(Idx, HugePicturesAreRefusedUnread) {
  const SmallFolder small;
  for (const auto& [rows, cols] : {std::pair(16384u, 16384u), {2049u, 2048u}, {0xffffffffu, 0xffffffffu}}) {
    Bytes bytes;
    for (uint32_t word : {0x803u, 3u, rows, cols}) append_word(bytes, word);
    put(small.images, bytes);
    error_of([&] { small.read(); }, fmt::format("pictures of {} x {} pixels", rows, cols));
  }
}

TEST(Idx, LabelsThatCannotFitAreNotRead) {
  const SmallFolder small;
  Bytes bytes;
  for (uint32_t word : {0x801u, 0xffffffffu}) append_word(bytes, word);
  put(small.labels, bytes);
  error_of([&] { small.read(); }, "holds 4294967295 labels");
}

TEST(Idx, APipeIsRefusedAndNotWaitedFor) {
  const SmallFolder small;
  std::filesystem::remove(small.labels);
  ASSERT_EQ(mkfifo(small.labels.c_str(), 0600), 0);
  error_of([&] { small.read(); }, small.labels.string() + ": no regular file");
}

TEST(Idx, PicturesComeSomeAtATime) {
  const SmallFolder small;
  IdxImageReader reader(small.images);
  EXPECT_EQ(reader.count(), 3);
  Bytes two, one(100);
  reader.read(2, two);
  EXPECT_EQ(reader.left(), 1);
  reader.read(1, one);
  EXPECT_EQ(reader.left(), 0);
  two.insert(two.end(), one.begin(), one.end());
  EXPECT_EQ(two, small.read().pixels);
  EXPECT_THROW(reader.read(1, one), InternalError);
}

TEST(Idx, AWrongEndIsFoundWithTheLastPicturesAtTheLatest) {
  const SmallFolder small;
  const Bytes whole = images_file(3, 2, 5), packed = gzip(whole);
  Bytes longer = whole, damaged = packed;
  longer.push_back(0);
  damaged[packed.size() - 6] ^= 1;  // the stream's checksum
  for (const Bytes& bytes :
       {longer, damaged, first(whole, whole.size() - 1), first(packed, packed.size() - 1)}) {
    put(small.images, bytes);
    const auto read_both = [&] {
      IdxImageReader reader(small.images);
      Bytes pixels;
      reader.read(2, pixels);
      reader.read(1, pixels);
    };
    error_of(read_both, small.images.string());
  }
}

TEST(Idx, LabelsOutOfRangeAreRefused) {
  const Bytes labels{4, 0, 9};
  EXPECT_NO_THROW(check_labels(labels, 10, "labels.gz"));
  const std::string text = error_of([&] { check_labels(labels, 9, "labels.gz"); }, "labels.gz");
  EXPECT_NE(text.find("label 9 at position 2"), std::string::npos) << text;
}

TEST(Idx, DamagedFilesAreReadOrRefusedNeverWorse) {
  const SmallFolder small;
  std::mt19937 random(20230509);
  const Bytes plain = images_file(3, 2, 5), packed = gzip(plain);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    Bytes bytes = i % 2 ? plain : packed;
    for (uint32_t changes = random() % 3 + 1; changes > 0; --changes)
      bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
    if (random() % 4 == 0) bytes.resize(random() % bytes.size());
    put(small.images, bytes);
    try {
      EXPECT_EQ(small.read().count, 3);
    } catch (const Error&) { ++refused; }
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace cgan_jit::io
