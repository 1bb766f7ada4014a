#pragma once

#include <future>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/idx.h"
#include "io/prepared.h"
#include "ir/type.h"

namespace cgan_jit::training {

/// The element type of a program that a C++ type fills.
template <typename T>
constexpr DType dtype_of = [] {
  if constexpr (std::is_same_v<T, float>) return DType::f32;
  if constexpr (std::is_same_v<T, int32_t>) return DType::i32;
  if constexpr (std::is_same_v<T, uint32_t>) return DType::u32;
  if constexpr (std::is_same_v<T, uint8_t>) return DType::u8;
  if constexpr (std::is_same_v<T, bool>) return DType::boolean;
}();

/// A named array in memory, row-major: a table, whose rows are of one type, or a constant, which is one
/// value.
struct Array {
  std::string name;
  Type type;  // of a row, or of the whole constant
  std::span<const std::byte> bytes;

  /// Of a row, or of the whole constant.
  int64_t row_bytes() const { return element_count(type.shape) * bytes_of(type.dtype); }
};

/// What a program learns from, by the names of its inputs: tables with as many rows each, and constants. A
/// copy reads the same memory.
class DataSet {
 public:
  /// A set whose rows are called so, in errors and in its identity.
  explicit DataSet(std::string noun = "rows") : noun_(std::move(noun)) {}

  /// Adds a table of rows of that shape: `values` is [rows][row...]. A span's memory must outlive the set and
  /// its copies; a vector is kept. Throw Error when the name is taken, or one that the training fills itself
  /// ("indices", "seed", "step"), when `values` are no whole rows, or not as many as other tables have.
  template <typename T>
  DataSet& table(std::string name, Shape row, std::span<const T> values) {
    return add_table({std::move(name), {dtype_of<T>, std::move(row)}, std::as_bytes(values)});
  }
  template <typename T>
  DataSet& table(std::string name, Shape row, std::vector<T> values) {
    return table(std::move(name), std::move(row), kept(std::move(values)));
  }
  /// Adds what an input of that shape is in every step. Memory and errors as above.
  template <typename T>
  DataSet& constant(std::string name, Shape shape, std::span<const T> values) {
    return add_constant({std::move(name), {dtype_of<T>, std::move(shape)}, std::as_bytes(values)});
  }
  template <typename T>
  DataSet& constant(std::string name, Shape shape, std::vector<T> values) {
    return constant(std::move(name), std::move(shape), kept(std::move(values)));
  }
  /// Keeps memory that spans point to.
  DataSet& keep(std::shared_ptr<const void> memory);

  /// Rows of each table.
  int64_t count() const { return count_; }
  /// Nothing when there is none of that name.
  const Array* table(const std::string& name) const;
  const Array* constant(const std::string& name) const;
  /// "images u8[8,8], labels u8[]", for errors.
  std::string names() const;

  /// The count and a checksum of all values, "72 pictures, 0a1b2c3d": what tells two data sets apart,
  /// wherever they lie.
  std::string identity() const;

 private:
  template <typename T>
  std::span<const T> kept(std::vector<T> values) {
    const auto memory = std::make_shared<const std::vector<T>>(std::move(values));
    keep(memory);
    return *memory;
  }
  DataSet& add_table(Array array);
  DataSet& add_constant(Array array);
  void expect_free(const std::string& name) const;

  std::string noun_;
  int64_t count_ = 0;
  std::vector<Array> tables_, constants_;
  std::vector<std::shared_ptr<const void>> memory_;
};

/// A data set that may still be on its way; how many rows it will have is known already.
struct ComingData {
  ComingData(DataSet ready);  // NOLINT: implicit
  ComingData(int64_t rows, std::shared_future<DataSet> coming) : count(rows), set(std::move(coming)) {}
  int64_t count;
  std::shared_future<DataSet> set;
};

/// Pictures and what they show: tables "images" u8 [rows][cols] and "labels" u8 [].
DataSet picture_set(const io::PreparedSet& pictures);
DataSet picture_set(io::ImageSet pictures);

}  // namespace cgan_jit::training
