#include "io/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>

#include "io/stored_type.h"
#include "ir/excerpt.h"

namespace cgan_jit::io {
namespace {

using Json = nlohmann::json;

constexpr uint64_t longest_header = 100'000'000;
constexpr size_t length_bytes = 8;
constexpr const char* metadata_key = "__metadata__";

/// What the header says of one tensor.
struct Entry {
  std::string name;
  std::optional<StoredType> type;
  std::optional<std::vector<int64_t>> shape;
  std::vector<uint64_t> offsets;  // begin and end in the data
};

/// Follows the parser through the header and refuses all but the one form: an object of objects, each with
/// the three keys of a tensor or, once, texts. Equal keys reach us both, which a finished JSON value would
/// hide.
class HeaderReader : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return refuse("null"); }
  bool boolean(bool) override { return refuse("true or false"); }
  bool number_float(double, const std::string& text) override { return refuse(excerpt(text)); }
  bool binary(binary_t&) override { return refuse("binary data"); }
  bool number_integer(int64_t number) override { return refuse(std::to_string(number)); }

  bool number_unsigned(uint64_t number) override {
    if (state_ == State::shape && number <= INT64_MAX) {
      entries.back().shape->push_back(static_cast<int64_t>(number));
      return true;
    }
    if (state_ == State::offsets) {
      entries.back().offsets.push_back(number);
      return true;
    }
    return refuse(std::to_string(number));
  }

  bool string(std::string& text) override {
    if (state_ == State::metadata) {
      if (!metadata.emplace(key_, text).second) return fail("two metadata entries \"" + excerpt(key_) + "\"");
      return true;
    }
    if (state_ != State::tensor || key_ != "dtype") return refuse('"' + excerpt(text) + '"');
    entries.back().type = type_named(text);
    return entries.back().type ? true : fail("unknown dtype \"" + excerpt(text) + '"');
  }

  bool start_object(size_t) override {
    if (state_ == State::outside) return enter(State::top);
    if (state_ != State::top) return refuse("an object");
    if (!names_.insert(key_).second) return fail("two entries \"" + excerpt(key_) + '"');
    if (key_ == metadata_key) return enter(State::metadata);
    entries.push_back({key_, {}, {}, {}});
    keys_.clear();
    return enter(State::tensor);
  }

  bool key(std::string& text) override {
    key_ = text;
    if (state_ != State::tensor || keys_.insert(text).second) return true;
    return fail("two keys \"" + excerpt(text) + "\" in \"" + excerpt(entries.back().name) + '"');
  }

  bool end_object() override {
    if (state_ == State::tensor) {
      const Entry& entry = entries.back();
      if (!entry.type || !entry.shape || entry.offsets.size() != 2) {
        return fail('"' + excerpt(entry.name) + "\" lacks a dtype, a shape or two data_offsets");
      }
    }
    return enter(state_ == State::top ? State::outside : State::top);
  }

  bool start_array(size_t) override {
    if (state_ == State::tensor && key_ == "shape") {
      entries.back().shape.emplace();
      return enter(State::shape);
    }
    if (state_ == State::tensor && key_ == "data_offsets") { return enter(State::offsets); }
    return refuse("a list");
  }

  bool end_array() override { return enter(State::tensor); }

  bool parse_error(size_t position, const std::string&, const Json::exception&) override {
    return fail("no JSON at byte " + std::to_string(position) + " of the header");
  }

  std::vector<Entry> entries;
  std::map<std::string, std::string> metadata;
  std::string problem;

 private:
  enum class State { outside, top, metadata, tensor, shape, offsets };

  bool enter(State state) {
    state_ = state;
    return true;
  }
  bool fail(std::string what) {
    problem = std::move(what);
    return false;
  }
  bool refuse(const std::string& what) {
    return fail(what + " where the format has none, after key \"" + excerpt(key_) + '"');
  }

  State state_ = State::outside;
  std::string key_;
  std::set<std::string> names_, keys_;
};

uint64_t read_length(std::span<const std::byte> bytes) {
  uint64_t length = 0;
  for (size_t i = 0; i < length_bytes; ++i) length |= std::to_integer<uint64_t>(bytes[i]) << (8 * i);
  return length;
}

std::string_view header_of(std::span<const std::byte> bytes) {
  if (bytes.size() < length_bytes) throw Error("{} bytes are too few for a safetensors file", bytes.size());
  const uint64_t length = read_length(bytes);
  if (length > longest_header)
    throw Error("a header of {} bytes; at most {} are allowed", length, longest_header);
  if (length > bytes.size() - length_bytes) {
    throw Error("a header of {} bytes in a file of {}", length, bytes.size());
  }
  const std::string_view header(reinterpret_cast<const char*>(bytes.data()) + length_bytes, length);
  if (header.empty() || header.front() != '{') throw Error("the header does not begin with '{{'");
  const size_t end = header.find_last_not_of(' ');
  if (header[end] != '}') throw Error("the header does not end with '}}' and spaces");
  return header;
}

HeaderReader read_header(std::string_view header) {
  HeaderReader reader;
  if (!Json::sax_parse(header.begin(), header.end(), &reader)) throw Error("header: {}", reader.problem);
  return reader;
}

uint64_t begin_of(const Entry& entry) { return entry.offsets[0]; }
uint64_t end_of(const Entry& entry) { return entry.offsets[1]; }

template <typename Number>
std::string list_of(const std::vector<Number>& numbers) {
  return excerpt(fmt::format("{}", fmt::join(numbers, ", ")));
}

void expect_fitting(const Entry& entry, uint64_t data_bytes) {
  if (begin_of(entry) > end_of(entry) || end_of(entry) > data_bytes) {
    throw Error("\"{}\": data_offsets [{}] in {} bytes of data", excerpt(entry.name), list_of(entry.offsets),
                data_bytes);
  }
  const std::optional<uint64_t> bytes = bytes_of(*entry.type, *entry.shape);
  if (bytes != end_of(entry) - begin_of(entry)) {
    throw Error("\"{}\": {} [{}] does not take the {} bytes of its data_offsets", excerpt(entry.name),
                name_of(*entry.type), list_of(*entry.shape), end_of(entry) - begin_of(entry));
  }
}

/// Sorted by their data, tensors must touch: each begins where the one before ended.
void expect_cover(const std::vector<Entry>& entries, uint64_t data_bytes) {
  uint64_t covered = 0;
  for (const Entry& entry : entries) {
    if (begin_of(entry) != covered) {
      throw Error("\"{}\": its data begin at {}, the tensor's before end at {}", excerpt(entry.name),
                  begin_of(entry), covered);
    }
    covered = end_of(entry);
  }
  if (covered != data_bytes) throw Error("tensors cover {} of {} bytes of data", covered, data_bytes);
}

SafetensorsView read_strictly(std::span<const std::byte> bytes) {
  const std::string_view header = header_of(bytes);
  HeaderReader reader = read_header(header);
  const auto data = bytes.subspan(length_bytes + header.size());
  for (const Entry& entry : reader.entries) expect_fitting(entry, data.size());
  std::stable_sort(reader.entries.begin(), reader.entries.end(),
                   [](const Entry& a, const Entry& b) { return a.offsets < b.offsets; });
  expect_cover(reader.entries, data.size());

  SafetensorsView file{{}, std::move(reader.metadata)};
  for (Entry& entry : reader.entries)
    file.tensors.push_back({std::move(entry.name), *entry.type, std::move(*entry.shape),
                            data.subspan(begin_of(entry), end_of(entry) - begin_of(entry))});
  return file;
}

template <typename Tensor>
const Tensor& tensor_named(const std::vector<Tensor>& tensors, const std::string& name) {
  const auto found = std::ranges::find(tensors, name, &Tensor::name);
  if (found == tensors.end()) throw Error("there is no tensor \"{}\"", name);
  return *found;
}

void expect_own_names(const std::vector<TensorSource>& tensors) {
  std::set<std::string> names{metadata_key};
  for (const TensorSource& tensor : tensors) {
    if (!names.insert(tensor.name).second)
      throw Error("safetensors: two tensors are called \"{}\"", tensor.name);
  }
}

std::vector<TensorSource> in_file_order(std::vector<TensorSource> tensors) {
  expect_own_names(tensors);
  std::stable_sort(tensors.begin(), tensors.end(), [](const TensorSource& a, const TensorSource& b) {
    return bytes_of(a.type, {}) > bytes_of(b.type, {});
  });
  return tensors;
}

std::string write_header(const std::vector<TensorSource>& tensors,
                         const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header[metadata_key] = metadata;
  uint64_t offset = 0;
  for (const TensorSource& tensor : tensors) {
    const uint64_t end = offset + bytes_of(tensor);
    header[tensor.name] = {
        {"dtype", name_of(tensor.type)}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  text.append((length_bytes - text.size() % length_bytes) % length_bytes, ' ');
  return text;
}

/// Gives put(bytes) the file piece by piece: the header behind its length, then tensor by tensor.
template <typename Put>
void serialize(const std::vector<TensorSource>& given, const std::map<std::string, std::string>& metadata,
               Put put) {
  const std::vector<TensorSource> tensors = in_file_order(given);
  const std::string header = write_header(tensors, metadata);
  std::array<std::byte, length_bytes> length;
  for (size_t i = 0; i < length_bytes; ++i) length[i] = static_cast<std::byte>(header.size() >> (8 * i));
  put(std::span<const std::byte>(length));
  put(std::as_bytes(std::span(header)));
  std::vector<std::byte> data;
  for (const TensorSource& tensor : tensors) {
    data.resize(bytes_of(tensor));
    tensor.fill(data);
    put(std::span<const std::byte>(data));
  }
}

void expect(const StoredTensor& tensor, StoredType type, const std::vector<int64_t>& shape) {
  if (tensor.type == type && tensor.shape == shape) return;
  throw Error("\"{}\" is {} [{}]; {} [{}] is needed", excerpt(tensor.name), name_of(tensor.type),
              list_of(tensor.shape), name_of(type), list_of(shape));
}

}  // namespace

uint64_t bytes_of(const TensorSource& tensor) {
  const std::optional<uint64_t> bytes = bytes_of(tensor.type, tensor.shape);
  if (!bytes)
    throw Error("safetensors: \"{}\" cannot be {} [{}]", tensor.name, name_of(tensor.type),
                fmt::join(tensor.shape, ", "));
  return *bytes;
}

const StoredTensor& Safetensors::at(const std::string& name) const { return tensor_named(tensors, name); }
const TensorView& SafetensorsView::at(const std::string& name) const { return tensor_named(tensors, name); }

SafetensorsView view_of(const Safetensors& file) {
  SafetensorsView view{{}, file.metadata};
  for (const StoredTensor& tensor : file.tensors)
    view.tensors.push_back({tensor.name, tensor.type, tensor.shape, tensor.data});
  return view;
}

bool Safetensors::contains(const std::string& name) const {
  return std::any_of(tensors.begin(), tensors.end(),
                     [&](const StoredTensor& tensor) { return tensor.name == name; });
}

TensorSource source_of(StoredTensor tensor) {
  if (bytes_of(tensor.type, tensor.shape) != tensor.data.size()) {
    throw Error("safetensors: \"{}\": {} bytes for {} [{}]", tensor.name, tensor.data.size(),
                name_of(tensor.type), fmt::join(tensor.shape, ", "));
  }
  return {tensor.name, tensor.type, tensor.shape,
          [data = std::move(tensor.data)](std::span<std::byte> space) {
            std::copy(data.begin(), data.end(), space.begin());
          }};
}

std::vector<std::byte> to_safetensors(const std::vector<TensorSource>& tensors,
                                      const std::map<std::string, std::string>& metadata) {
  std::vector<std::byte> bytes;
  serialize(tensors, metadata,
            [&](std::span<const std::byte> part) { bytes.insert(bytes.end(), part.begin(), part.end()); });
  return bytes;
}

SafetensorsView view_safetensors(std::span<const std::byte> bytes, const std::string& source) {
  try {
    return read_strictly(bytes);
  } catch (const Error& error) { throw Error("{}: {}", source, error.what()); }
}

Safetensors from_safetensors(std::span<const std::byte> bytes, const std::string& source) {
  SafetensorsView view = view_safetensors(bytes, source);
  Safetensors file{{}, std::move(view.metadata)};
  for (TensorView& tensor : view.tensors)
    file.tensors.push_back({std::move(tensor.name),
                            tensor.type,
                            std::move(tensor.shape),
                            {tensor.data.begin(), tensor.data.end()}});
  return file;
}

void write_safetensors(const std::filesystem::path& path, const std::vector<TensorSource>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  NewFile file(path);
  serialize(tensors, metadata, [&](std::span<const std::byte> part) { file.write(part); });
  file.commit();
}

Safetensors read_safetensors(const std::filesystem::path& path) {
  return from_safetensors(MappedFile(path).bytes(), path.string());
}

std::map<std::string, std::string> read_safetensors_metadata(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::byte> bytes(length_bytes);
  const auto fill = [&](size_t from) {
    file.read(reinterpret_cast<char*>(bytes.data() + from),
              static_cast<std::streamsize>(bytes.size() - from));
    bytes.resize(from + static_cast<size_t>(file.gcount()));
  };
  fill(0);
  if (bytes.size() == length_bytes && read_length(bytes) <= longest_header) {
    bytes.resize(length_bytes + read_length(bytes));
    fill(length_bytes);
  }
  try {
    return read_header(header_of(bytes)).metadata;
  } catch (const Error& error) { throw Error("{}: {}", path.string(), error.what()); }
}

StoredTensor store_floats(std::string name, std::vector<int64_t> shape, std::span<const float> values) {
  const auto bytes = std::as_bytes(values);
  return {std::move(name), StoredType::F32, std::move(shape), {bytes.begin(), bytes.end()}};
}

std::vector<float> floats_of(const StoredTensor& tensor, const std::vector<int64_t>& shape) {
  expect(tensor, StoredType::F32, shape);
  std::vector<float> values(tensor.data.size() / sizeof(float));
  std::memcpy(values.data(), tensor.data.data(), tensor.data.size());
  return values;
}

StoredTensor store_integer(std::string name, int64_t value) {
  const auto bytes = std::as_bytes(std::span(&value, 1));
  return {std::move(name), StoredType::I64, {}, {bytes.begin(), bytes.end()}};
}

int64_t integer_of(const StoredTensor& tensor) {
  expect(tensor, StoredType::I64, {});
  int64_t value = 0;
  std::memcpy(&value, tensor.data.data(), sizeof value);
  return value;
}

}  // namespace cgan_jit::io
