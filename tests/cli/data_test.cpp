#include "cli/data.h"

#include <gtest/gtest.h>

#include "tests/io/files.h"
#include "tests/io/idx_files.h"

namespace cgan_jit::cli {
namespace {

using io::Bytes, io::put, io::error_of;

/// Twelve pictures of 8 x 8 whose labels go round; their pixels start with `first`.
struct DataSet {
  io::TemporaryFolder folder;
  void write(uint32_t count, const Bytes& labels, uint8_t first = 0) const {
    Bytes pictures = io::images_file(count, 8, 8);
    pictures[16] = first;
    put(folder / "train-images-idx3-ubyte", pictures);
    put(folder / "train-labels-idx1-ubyte", io::labels_file(labels));
  }
  DataFacts facts() const { return inspect_data(folder.path(), io::Split::train, 10); }
  io::PreparedSet prepared(const DataFacts& facts, bool cached) const {
    return prepare_in_background(facts, 8, cached ? folder / "cache" : std::filesystem::path()).get();
  }
};

const Bytes labels = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1};

class Data : public testing::TestWithParam<bool> {};

// Law: steps are compiled for the labels that were inspected; data that have others by the time they are read
// are refused, more, fewer or as many.
TEST_P(Data, OfOtherLabelsThanInspectedAreRefused) {
  const DataSet data;
  Bytes fewer = labels, more = labels, others = labels;
  fewer.pop_back(), more.push_back(2), others.back() = 7;
  data.write(12, labels);
  const DataFacts facts = data.facts();
  EXPECT_EQ(data.prepared(facts, GetParam()).count, 12);
  for (const Bytes& changed : {fewer, more, others}) {
    data.write(static_cast<uint32_t>(changed.size()), changed);
    error_of([&] { data.prepared(facts, GetParam()); },
             facts.files.labels.string() + ": changed since the program started");
  }
  data.write(12, labels, 200);
  EXPECT_EQ(data.prepared(facts, GetParam()).pixels[0], 200);
}

INSTANTIATE_TEST_SUITE_P(Caches, Data, testing::Bool(),
                         [](const auto& one) { return one.param ? "Cached" : "WithoutACache"; });

}  // namespace
}  // namespace cgan_jit::cli
