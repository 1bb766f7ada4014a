#include "io/safetensors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "files.h"
#include "io/safetensors_checksum.h"

namespace cgan_jit::io {
namespace {

std::vector<std::byte> file_of(const std::string& header, size_t data_bytes) {
  std::vector<std::byte> bytes;
  for (size_t i = 0; i < 8; ++i) bytes.push_back(static_cast<std::byte>(header.size() >> (8 * i)));
  for (char letter : header) bytes.push_back(static_cast<std::byte>(letter));
  bytes.resize(bytes.size() + data_bytes);
  return bytes;
}

Safetensors read(const std::string& header, size_t data_bytes) {
  return from_safetensors(file_of(header, data_bytes), "x.safetensors");
}

std::string refusal(const std::string& header, size_t data_bytes) {
  return error_of([&] { read(header, data_bytes); }, "x.safetensors: ");
}

Safetensors example() {
  Safetensors file;
  file.metadata = {{"config", R"({"lr": 0.0002})"}, {"format", "pt"}};
  file.tensors.push_back(store_integer("step", -7));
  file.tensors.push_back(
      store_floats("weight", {2, 3}, std::vector<float>{1, -2, 0.5f, 1e-40f, INFINITY, 3}));
  file.tensors.push_back(store_floats("nothing", {0, 3}, {}));
  file.tensors.push_back(store_floats("scalar", {}, std::vector<float>{4}));
  file.tensors.push_back({"bytes", StoredType::U8, {3}, std::vector<std::byte>(3, std::byte{9})});
  return file;
}

std::vector<TensorSource> sources_of(const Safetensors& file) {
  std::vector<TensorSource> sources;
  for (const StoredTensor& tensor : file.tensors) sources.push_back(source_of(tensor));
  return sources;
}

std::vector<std::byte> bytes_of(const Safetensors& file) {
  return to_safetensors(sources_of(file), file.metadata);
}

TEST(Safetensors, WhatIsWrittenComesBack) {
  const TemporaryFolder folder;
  write_safetensors(folder / "a.safetensors", sources_of(example()), example().metadata);
  EXPECT_EQ(read_safetensors(folder / "a.safetensors"), example());
}

TEST(Safetensors, DataAreAligned) {
  Safetensors file = example();
  std::swap(file.tensors.front(), file.tensors.back());  // bytes first
  const std::vector<std::byte> bytes = bytes_of(file);
  uint64_t header = 0;
  std::memcpy(&header, bytes.data(), 8);
  EXPECT_EQ(header % 8, 0u);
  EXPECT_EQ(from_safetensors(bytes, "x").tensors.front().name, "step");
}

TEST(Safetensors, ReadsWhatTheFormatAllows) {
  EXPECT_TRUE(read("{}", 0).tensors.empty());
  EXPECT_TRUE(read("{}      ", 0).tensors.empty());
  // Any order of keys, data in another order than the header.
  const Safetensors file = read(R"({"b":{"data_offsets":[4,8],"shape":[1],"dtype":"F32"},)"
                                R"("a":{"dtype":"F16","shape":[2,1],"data_offsets":[0,4]},)"
                                R"("__metadata__":{"k":"v"}})",
                                8);
  EXPECT_EQ(file.tensors.at(0).name, "a");
  EXPECT_EQ(file.tensors.at(1).name, "b");
  EXPECT_EQ(file.metadata.at("k"), "v");
}

TEST(Safetensors, HeadersOfAnyOtherFormAreRefused) {
  const std::string tensor = R"("dtype":"F32","shape":[1],"data_offsets":[0,4])";
  const std::vector<std::string> headers{
      "",
      " {}",
      "{}\n",
      "{}x",
      "[]",
      "{",
      R"({"a":{)" + tensor + "}",
      R"({"a":1})",
      R"({"a":null})",
      R"({"a":"F32"})",
      R"({"a":[]})",
      R"({"a":{"dtype":"F32","shape":[1]}})",
      R"({"a":{"dtype":"F4","shape":[1],"data_offsets":[0,4]}})",
      R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})",
      R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})",
      R"({"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}})",
      R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})",
      R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}})",
      R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":"x"}})",
      R"({"a":{"dtype":{},"shape":[1],"data_offsets":[0,4]}})",
      R"({"a":{)" + tensor + R"(},"a":{)" + tensor + "}}",
      R"({"a":{"dtype":"F32",)" + tensor + "}}",
      R"({"a":{"shape":[1],)" + tensor + "}}",
      R"({"a":{"data_offsets":[0,4],)" + tensor + "}}",
      R"({"__metadata__":{"k":1},"a":{)" + tensor + "}}",
      R"({"__metadata__":{"k":"1","k":"2"},"a":{)" + tensor + "}}",
      R"({"__metadata__":{},"__metadata__":{},"a":{)" + tensor + "}}",
      "{\"\xff\":{" + tensor + "}}",
  };
  for (const std::string& header : headers) {
    SCOPED_TRACE(header);
    refusal(header, 4);
  }
}

TEST(Safetensors, OffsetsThatDoNotCoverTheDataAreRefused) {
  const auto one = [](const std::string& shape, const std::string& offsets) {
    return R"({"a":{"dtype":"F32","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
  };
  EXPECT_NO_THROW(read(one("[2]", "[0,8]"), 8));
  refusal(one("[2]", "[0,8]"), 9);
  refusal(one("[2]", "[0,8]"), 7);
  refusal(one("[2]", "[4,12]"), 12);
  refusal(one("[3]", "[0,8]"), 8);
  refusal(one("[2]", "[8,0]"), 8);
  refusal(one("[4611686018427387904,4]", "[0,0]"), 0);  // 2^66 bytes are 0 in 64 bits
  refusal(one("[1]", "[18446744073709551612,18446744073709551616]"), 4);
  refusal(one("[1]", "[18446744073709551612,0]"), 4);
  const auto two = [](const std::string& a, const std::string& b) {
    return R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + a +
           R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + b + "}}";
  };
  EXPECT_NO_THROW(read(two("[4,8]", "[0,4]"), 8));
  refusal(two("[0,4]", "[0,4]"), 8);
  refusal(two("[0,4]", "[2,6]"), 8);
  refusal(two("[0,4]", "[5,9]"), 9);
}

TEST(Safetensors, HeaderLengthsAreChecked) {
  std::vector<std::byte> bytes = file_of("{}", 0);
  bytes[7] = std::byte{0x7f};
  error_of([&] { from_safetensors(bytes, "x"); }, "x: a header of");
  bytes = file_of("{}", 0);
  bytes[0] = std::byte{3};
  error_of([&] { from_safetensors(bytes, "x"); }, "x: a header of 3 bytes in a file of 10");
  bytes.resize(7);
  error_of([&] { from_safetensors(bytes, "x"); }, "x: 7 bytes");
}

TEST(Safetensors, WrongUseIsRefused) {
  Safetensors file = example();
  file.tensors.push_back(file.tensors.front());
  error_of([&] { bytes_of(file); }, "step");
  file = {{store_floats("a", {3}, std::vector<float>{1, 2})}, {}};
  error_of([&] { bytes_of(file); }, "\"a\": 8 bytes for F32 [3]");
  error_of([&] { example().at("bias"); }, "bias");
  error_of(
      [&] {
        floats_of(example().at("weight"), {3, 2});
      },
      "\"weight\" is F32 [2, 3]; F32 [3, 2] is needed");
  error_of([&] { integer_of(example().at("weight")); }, "weight");
  EXPECT_EQ(integer_of(example().at("step")), -7);
}

TEST(Safetensors, DamagedFilesAreReadOrRefusedNeverWorse) {
  const std::vector<std::byte> whole = bytes_of(example());
  std::mt19937 random(20230509);
  int refused = 0;
  for (int i = 0; i < 20000; ++i) {
    std::vector<std::byte> bytes = whole;
    for (uint32_t changes = random() % 3 + 1; changes > 0; --changes) {
      const auto at = bytes.begin() + static_cast<long>(random() % bytes.size());
      switch (random() % 4) {
        case 0:
          *at = static_cast<std::byte>(random());
          break;
        case 1:
          *at = static_cast<std::byte>("{}[]\",:0123456789 -e"[random() % 20]);
          break;
        case 2:
          bytes.erase(at);
          break;
        default:
          bytes.insert(at, *at);
      }
    }
    try {
      from_safetensors(bytes, "x");
    } catch (const Error&) { ++refused; }
  }
  EXPECT_GT(refused, 10000);
}

TEST(SafetensorsChecksum, SeesEveryPartAndNoOrder) {
  const Safetensors file = example();
  const uint32_t sum = checksum(view_of(file));
  EXPECT_EQ(checksum(sources_of(file), file.metadata), sum);
  Safetensors turned = file;
  std::reverse(turned.tensors.begin(), turned.tensors.end());
  turned.metadata[checksum_key] = "whatever";
  EXPECT_EQ(checksum(view_of(turned)), sum);

  const auto changed = [&](auto change) {
    Safetensors other = file;
    change(other);
    return checksum(view_of(other));
  };
  EXPECT_NE(changed([](Safetensors& f) { f.tensors[1].data[3] ^= std::byte{1}; }), sum);
  EXPECT_NE(changed([](Safetensors& f) { f.tensors[1].name = "weighu"; }), sum);
  EXPECT_NE(changed([](Safetensors& f) { f.tensors[1].shape = {3, 2}; }), sum);
  EXPECT_NE(changed([](Safetensors& f) { f.tensors[4].type = StoredType::I8; }), sum);
  EXPECT_NE(changed([](Safetensors& f) { f.tensors.pop_back(); }), sum);
  EXPECT_NE(changed([](Safetensors& f) { f.metadata["format"] = "qt"; }), sum);
  EXPECT_NE(changed([](Safetensors& f) { f.metadata.erase("format"); }), sum);
}

TEST(Safetensors, MetadataComeWithoutTheData) {
  const TemporaryFolder folder;
  const auto path = folder / "a.safetensors";
  write_safetensors(path, sources_of(example()), example().metadata);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
  EXPECT_EQ(read_safetensors_metadata(path), example().metadata);
  std::filesystem::resize_file(path, 100);
  error_of([&] { read_safetensors_metadata(path); }, path.string());
  std::filesystem::resize_file(path, 5);
  error_of([&] { read_safetensors_metadata(path); }, path.string());
  error_of([&] { read_safetensors_metadata(folder / "b"); }, "b: ");
}

}  // namespace
}  // namespace cgan_jit::io
