#include "training/feed.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace cgan_jit::training {
namespace {

constexpr const char *indices_name = "indices", *seed_name = "seed", *step_name = "step";

template <typename T>
std::span<const std::byte> bytes_of_value(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

/// Whether an input of that type is `rows` rows of the table.
bool is_rows_of(const Type& input, const Array& table, int64_t rows) {
  const bool leads = input.shape.size() == 1 || (!input.shape.empty() && input.shape.front() == rows);
  return leads && input.dtype == table.type.dtype &&
         element_count(input.shape) == rows * element_count(table.type.shape);
}

[[noreturn]] void refuse_rows(const Type& input, const Array& table, int64_t rows, const char* of) {
  throw Error("input '{}' is {}, no {} rows of {}: {}", table.name, to_string(input), rows,
              to_string(table.type), of);
}

void gather(const Array& table, std::span<const int32_t> rows, std::byte* batch) {
  const auto bytes = static_cast<size_t>(table.row_bytes());
  for (const int32_t row : rows) {
    std::memcpy(batch, table.bytes.data() + static_cast<size_t>(row) * bytes, bytes);
    batch += bytes;
  }
}

std::vector<std::byte> gathered(const Array& table, std::span<const int32_t> rows) {
  std::vector<std::byte> batch(rows.size() * static_cast<size_t>(table.row_bytes()));
  gather(table, rows, batch.data());
  return batch;
}

void expect_type(const std::string& name, const Type& input, const Type& wanted) {
  if (input != wanted)
    throw Error("input '{}' is {}, but the training fills {}", name, to_string(input), to_string(wanted));
}

[[noreturn]] void refuse_unknown(const std::string& name, const Type& input, const DataSet& data) {
  throw Error("input '{}' {}: the data set has no such values; it has {}", name, to_string(input),
              data.names());
}

const Array& constant_of(const std::string& name, const Type& input, const DataSet& data) {
  const Array* constant = data.constant(name);
  if (!constant) refuse_unknown(name, input, data);
  if (constant->type != input)
    throw Error("input '{}' is {}, the constant {}", name, to_string(input), to_string(constant->type));
  return *constant;
}

template <typename T>
std::vector<int64_t> integers(std::span<const std::byte> bytes) {
  std::vector<int64_t> values;
  for (size_t at = 0; at < bytes.size(); at += sizeof(T)) {
    T value;
    std::memcpy(&value, &bytes[at], sizeof value);
    values.push_back(static_cast<int64_t>(value));
  }
  return values;
}

Elements<float> elements_of(const Type& type, std::span<const std::byte> bytes) {
  Elements<float> elements{type, {}, {}};
  switch (type.dtype) {
    case DType::f32:
      elements.reals.resize(bytes.size() / sizeof(float));
      std::memcpy(elements.reals.data(), bytes.data(), bytes.size());
      return elements;
    case DType::i32:
      elements.ints = integers<int32_t>(bytes);
      return elements;
    case DType::u32:
      elements.ints = integers<uint32_t>(bytes);
      return elements;
    case DType::u8:
    case DType::boolean:
      elements.ints = integers<uint8_t>(bytes);
      return elements;
  }
  throw InternalError("internal error: an element type out of range");
}

struct GraphInput {
  std::string name;
  Type type;
};

std::vector<GraphInput> inputs_of(const Graph& graph) {
  std::vector<GraphInput> inputs;
  for (const Node& node : graph.nodes()) {
    if (const auto* input = as<Input>(node)) inputs.push_back({input->name, node.type});
  }
  return inputs;
}

std::vector<GraphInput> inputs_of(const LoweredProgram& program) {
  std::vector<GraphInput> inputs;
  for (const Root& root : program.roots) {
    if (root.kind == Root::Kind::input) inputs.push_back({root.name, root.type});
  }
  return inputs;
}

bool has_indices(const std::vector<GraphInput>& inputs) {
  return std::ranges::find(inputs, indices_name, &GraphInput::name) != inputs.end();
}

}  // namespace

Feed::Feed(DataSet data, uint32_t seed, int64_t most_rows)
    : data_(std::move(data)), seed_(seed), indices_(static_cast<size_t>(most_rows)) {}

std::span<const std::byte> Feed::memory_of(const std::string& name, const Type& type, int64_t batch,
                                           bool gathers) {
  if (name == seed_name || name == step_name) {
    expect_type(name, type, {DType::u32, {}});
    return bytes_of_value(name == seed_name ? seed_ : step_);
  }
  if (name == indices_name) {
    expect_type(name, type, {DType::i32, {batch}});
    return std::as_bytes(std::span(indices_).first(static_cast<size_t>(batch)));
  }
  const Array* table = data_.table(name);
  if (!table) return constant_of(name, type, data_).bytes;
  if (!gathers && is_rows_of(type, *table, batch)) return staged(*table, batch);
  if (is_rows_of(type, *table, data_.count())) return table->bytes;
  refuse_rows(type, *table, gathers ? data_.count() : batch,
              gathers ? "a program with 'indices' reads whole tables" : "a batch, or the whole table");
}

std::span<const std::byte> Feed::staged(const Array& table, int64_t batch) {
  std::vector<std::byte>& rows = batches_[table.name];
  rows.resize(indices_.size() * static_cast<size_t>(table.row_bytes()));
  return std::span(rows).first(static_cast<size_t>(batch * table.row_bytes()));
}

void Feed::bind(Session& session, Session::ProgramId program, int64_t batch) {
  const std::vector<GraphInput> inputs = inputs_of(session.lowered(program));
  const bool gathers = has_indices(inputs);
  for (const auto& [name, type] : inputs)
    session.bind_bytes(program, name, memory_of(name, type, batch, gathers));
}

void Feed::next(std::span<const int32_t> rows, uint32_t step) {
  std::ranges::copy(rows, indices_.begin());
  step_ = step;
  for (auto& [name, batch] : batches_) gather(*data_.table(name), rows, batch.data());
}

Environment<float> inputs_on_paper(const Graph& graph, const DataSet& data, uint32_t seed,
                                   std::span<const int32_t> rows, uint32_t step) {
  const auto batch = static_cast<int64_t>(rows.size());
  std::vector<int32_t> indices(rows.begin(), rows.end());
  const std::vector<GraphInput> inputs = inputs_of(graph);
  const bool gathers = has_indices(inputs);
  Environment<float> environment;
  for (const auto& [name, type] : inputs) {
    const Array* table = data.table(name);
    if (!table) continue;
    const bool is_batch = is_rows_of(type, *table, batch), is_whole = is_rows_of(type, *table, data.count());
    if (!is_batch && !is_whole) refuse_rows(type, *table, batch, "a batch, or the whole table");
    const bool whole = is_whole && (gathers || !is_batch);
    environment[name] = elements_of(type, whole ? table->bytes : gathered(*table, rows));
    if (gathers && !whole) std::iota(indices.begin(), indices.end(), 0);
  }
  for (const auto& [name, type] : inputs) {
    if (data.table(name)) continue;
    environment[name] = elements_of(type, name == seed_name      ? bytes_of_value(seed)
                                          : name == step_name    ? bytes_of_value(step)
                                          : name == indices_name ? std::as_bytes(std::span(indices))
                                                                 : constant_of(name, type, data).bytes);
  }
  return environment;
}

}  // namespace cgan_jit::training
