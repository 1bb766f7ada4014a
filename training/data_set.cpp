#include "training/data_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "io/checksum.h"

namespace cgan_jit::training {
namespace {

constexpr std::array own_names = {"indices", "seed", "step"};

const Array* find(const std::vector<Array>& arrays, const std::string& name) {
  const auto found = std::ranges::find(arrays, name, &Array::name);
  return found == arrays.end() ? nullptr : &*found;
}

int64_t rows_of(const Array& table) {
  const auto bytes = static_cast<int64_t>(table.bytes.size()), row = table.row_bytes();
  if (row > 0 && bytes / row > std::numeric_limits<int32_t>::max())
    throw Error("table '{}': {} rows are more than indices can count", table.name, bytes / row);
  if (row > 0 && bytes % row == 0) return bytes / row;
  throw Error("table '{}': {} bytes are no whole rows of {}", table.name, bytes, to_string(table.type));
}

}  // namespace

DataSet& DataSet::keep(std::shared_ptr<const void> memory) {
  memory_.push_back(std::move(memory));
  return *this;
}

void DataSet::expect_free(const std::string& name) const {
  if (std::ranges::find(own_names, name) != own_names.end())
    throw Error("'{}': an input of this name is filled by the training", name);
  if (table(name) || constant(name)) throw Error("'{}': the data set has one already", name);
}

DataSet& DataSet::add_table(Array array) {
  expect_free(array.name);
  const int64_t rows = rows_of(array);
  if (!tables_.empty() && rows != count_)
    throw Error("table '{}': {} rows, but '{}' has {}", array.name, rows, tables_.front().name, count_);
  count_ = rows;
  tables_.push_back(std::move(array));
  return *this;
}

DataSet& DataSet::add_constant(Array array) {
  expect_free(array.name);
  const auto bytes = static_cast<int64_t>(array.bytes.size());
  if (bytes != array.row_bytes())
    throw Error("constant '{}': {} bytes are no {}", array.name, bytes, to_string(array.type));
  constants_.push_back(std::move(array));
  return *this;
}

const Array* DataSet::table(const std::string& name) const { return find(tables_, name); }
const Array* DataSet::constant(const std::string& name) const { return find(constants_, name); }

std::string DataSet::names() const {
  std::string text;
  for (const auto* arrays : {&tables_, &constants_}) {
    for (const Array& array : *arrays)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", array.name, to_string(array.type));
  }
  return text;
}

std::string DataSet::identity() const {
  uint32_t sum = 0;
  for (const auto* arrays : {&tables_, &constants_}) {
    for (const Array& array : *arrays) sum = io::crc32(array.bytes, sum);
  }
  return fmt::format("{} {}, {:08x}", count_, noun_, sum);
}

ComingData::ComingData(DataSet ready) : count(ready.count()) {
  std::promise<DataSet> promise;
  promise.set_value(std::move(ready));
  set = promise.get_future().share();
}

DataSet picture_set(const io::PreparedSet& pictures) {
  return DataSet("pictures")
      .table("images", {pictures.size, pictures.size}, pictures.pixels)
      .table("labels", {}, pictures.labels)
      .keep(pictures.memory);
}

DataSet picture_set(io::ImageSet pictures) {
  return DataSet("pictures")
      .table("images", {pictures.rows, pictures.cols}, std::move(pictures.pixels))
      .table("labels", {}, std::move(pictures.labels));
}

}  // namespace cgan_jit::training
