#include "training/data_set.h"

#include <gtest/gtest.h>

#include "io/checksum.h"
#include "tests/io/files.h"
#include "tests/io/idx_files.h"

namespace cgan_jit::training {
namespace {

using io::error_of;

const std::vector<float> points = {0, 1, 2, 3, 4, 5};
const std::vector<uint8_t> labels = {7, 8, 9};

TEST(DataSet, HasRowsOfItsTablesAndConstants) {
  DataSet data;
  data.table("points", {2}, points).table("labels", {}, std::span(labels));
  data.constant("weights", {4}, std::vector<float>(4, 1));
  EXPECT_EQ(data.count(), 3);
  EXPECT_EQ(data.table("points")->type, (Type{DType::f32, {2}}));
  EXPECT_EQ(data.table("points")->row_bytes(), 8);
  EXPECT_EQ(data.table("labels")->type, (Type{DType::u8, {}}));
  EXPECT_EQ(data.constant("weights")->type, (Type{DType::f32, {4}}));
  EXPECT_EQ(data.table("weights"), nullptr);
  EXPECT_EQ(data.constant("points"), nullptr);
}

// A span is looked at where it is, a vector is kept as long as any copy of the set lives.
TEST(DataSet, KeepsVectorsAndNotSpans) {
  DataSet copy;
  {
    std::vector<float> values(1000, 0.5f);
    DataSet data;
    data.table("kept", {}, values).table("seen", {}, std::span(std::as_const(values)));
    values.assign(values.size(), 2);
    EXPECT_EQ(reinterpret_cast<const float*>(data.table("kept")->bytes.data())[0], 0.5f);
    EXPECT_EQ(reinterpret_cast<const float*>(data.table("seen")->bytes.data())[0], 2);
    copy = data;
  }
  const auto* kept = reinterpret_cast<const float*>(copy.table("kept")->bytes.data());
  EXPECT_EQ(std::vector<float>(kept, kept + 1000), std::vector<float>(1000, 0.5f));
}

TEST(DataSet, RefusesWhatDoesNotFit) {
  DataSet data;
  data.table("points", {2}, points);
  error_of([&] { data.table("points", {3}, points); }, "'points'");
  error_of([&] { data.constant("points", {6}, points); }, "'points'");
  error_of([&] { data.table("labels", {}, std::vector<uint8_t>(4)); },
           "'labels': 4 rows, but 'points' has 3");
  error_of([&] { data.table("x", {4}, points); }, "24 bytes are no whole rows of f32[4]");
  error_of([&] { data.table("x", {0}, points); }, "f32[0]");
  error_of([&] { data.constant("x", {7}, points); }, "24 bytes are no f32[7]");
  for (const char* own : {"indices", "seed", "step"}) {
    error_of([&] { data.table(own, {2}, points); }, own);
    error_of([&] { data.constant(own, {6}, points); }, own);
  }
  EXPECT_EQ(data.names(), "points f32[2]");
}

TEST(DataSet, EveryBitIsInItsIdentity) {
  std::vector<float> values = points;
  const auto identity = [&] {
    return DataSet().table("x", {2}, std::span(std::as_const(values))).table("labels", {}, labels).identity();
  };
  const std::string before = identity();
  EXPECT_TRUE(before.starts_with("3 rows, ")) << before;
  EXPECT_EQ(identity(), before);
  values.back() = -values.back();
  EXPECT_NE(identity(), before);
}

// Law: what checkpoints say of MNIST is its count and the CRC-32 of pixels and labels.
TEST(DataSet, OfPicturesHasImagesAndLabels) {
  const io::TemporaryFolder folder;
  const io::Bytes classes = {3, 1, 4, 1, 5};
  io::put(folder / "train-images-idx3-ubyte", io::images_file(5, 4, 6));
  io::put(folder / "train-labels-idx1-ubyte", io::labels_file(classes));
  const io::SplitFiles files = io::find_split(folder.path(), io::Split::train);
  const io::ImageSet read = io::read_split(files);

  const DataSet as_it_is = picture_set(read);
  EXPECT_EQ(as_it_is.count(), 5);
  EXPECT_EQ(as_it_is.names(), "images u8[4,6], labels u8[]");
  const uint32_t sum =
      io::crc32(std::as_bytes(std::span(read.labels)), io::crc32(std::as_bytes(std::span(read.pixels))));
  EXPECT_EQ(as_it_is.identity(), fmt::format("5 pictures, {:08x}", sum));

  const DataSet resized = picture_set(io::prepare(files, 3, "", [](const std::string&) {}));
  EXPECT_EQ(resized.names(), "images u8[3,3], labels u8[]");
  EXPECT_EQ(std::memcmp(resized.table("labels")->bytes.data(), classes.data(), classes.size()), 0);
}

TEST(ComingData, KnowsItsRowsBeforeItIsThere) {
  const ComingData ready = DataSet().table("x", {2}, points);
  EXPECT_EQ(ready.count, 3);
  EXPECT_EQ(ready.set.get().count(), 3);
  std::promise<DataSet> promise;
  const ComingData coming{3, promise.get_future().share()};
  EXPECT_EQ(coming.count, 3);
  promise.set_value(DataSet().table("x", {2}, points));
  EXPECT_EQ(coming.set.get().names(), "x f32[2]");
}

}  // namespace
}  // namespace cgan_jit::training
