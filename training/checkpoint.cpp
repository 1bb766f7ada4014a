#include "training/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "io/safetensors_checksum.h"
#include "ir/excerpt.h"
#include "training/finite.h"
#include "training/schedule.h"

namespace cgan_jit::training {
namespace {

using Metadata = std::map<std::string, std::string>;

constexpr const char* format_name = "cgan_jit 1";
constexpr const char* damaged = "damaged: its checksum does not fit what it holds";
constexpr const char *format_key = "format", *step_key = "step", *config_key = "config", *data_key = "data";

io::StoredType stored_type(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return io::StoredType::F32;
    case DType::i32:
      return io::StoredType::I32;
    case DType::u32:
      return io::StoredType::U32;
    case DType::u8:
      return io::StoredType::U8;
    case DType::boolean:
      return io::StoredType::BOOL;
  }
  throw InternalError("internal error: an element type out of range");
}

io::TensorSource param_source(const Session& session, const std::string& name) {
  const Type& type = session.param_type(name);
  return {name, stored_type(type.dtype), type.shape, [&session, name, &type](std::span<std::byte> space) {
            session.read_param_bytes(name, space);
            const std::span values(reinterpret_cast<const float*>(space.data()),
                                   space.size() / sizeof(float));
            if (type.dtype == DType::f32 && !all_finite(values)) throw NotFinite("{} is not finite", name);
          }};
}

void restore_param(Session& session, const std::string& name, const io::TensorView& tensor) {
  const Type& type = session.param_type(name);
  const io::StoredType wanted = stored_type(type.dtype);
  if (tensor.type != wanted || tensor.shape != type.shape)
    throw Error("tensor '{}' is {}{}, not {}{}", tensor.name, name_of(tensor.type), to_string(tensor.shape),
                name_of(wanted), to_string(type.shape));
  session.set_param_bytes(name, tensor.data);
}

void restore_params(Session& session, const io::SafetensorsView& file, const std::string& source,
                    const std::string& prefix) {
  for (const std::string& name : session.param_names()) {
    try {
      restore_param(session, name, file.at(prefix + name));
    } catch (const Error& error) { throw Error("{}: {}", source, error.what()); }
  }
}

/// PyTorch's BatchNorm counts its batches in a buffer of its own and wants it when it loads its state. A
/// program that counts them itself has it already.
void add_batch_counts(std::vector<io::TensorSource>& tensors, int64_t step) {
  const auto is_there = [&](const std::string& name) {
    return std::ranges::any_of(tensors, [&](const io::TensorSource& tensor) { return tensor.name == name; });
  };
  constexpr std::string_view ending = "running_mean";
  for (size_t i = 0, count = tensors.size(); i < count; ++i) {
    std::string name = tensors[i].name;
    if (!name.ends_with(ending)) continue;
    name.replace(name.size() - ending.size(), ending.size(), "num_batches_tracked");
    if (!is_there(name)) tensors.push_back(io::source_of(io::store_integer(name, step)));
  }
}

std::string text_of_checksum(uint32_t sum) { return fmt::format("{:08x}", sum); }

std::string metadata_at(const Metadata& metadata, const std::string& key, const std::string& source) {
  const auto found = metadata.find(key);
  if (found == metadata.end())
    throw Error("{}: no checkpoint of cgan_jit: its metadata lack '{}'", source, key);
  return found->second;
}

bool is_own(const Metadata& metadata) {
  const auto format = metadata.find(format_key);
  return format != metadata.end() && format->second == format_name;
}

// Whatever bit of the metadata is wrong, it shows: in a value by the checksum, in a key by this.
void expect_own_metadata(const Metadata& metadata, const std::string& source) {
  if (metadata_at(metadata, format_key, source) != format_name)
    throw Error("{}: another version's checkpoint", source);
  for (const auto& [key, value] : metadata) {
    const bool known = key == format_key || key == step_key || key == config_key || key == data_key ||
                       key == io::checksum_key;
    if (!known) throw Error("{}: a checkpoint's metadata have no '{}'", source, excerpt(key));
  }
}

std::string config_of(const Metadata& metadata, const std::string& source) {
  expect_own_metadata(metadata, source);
  return metadata_at(metadata, config_key, source);
}

int64_t step_of(const std::string& text, const std::string& source) {
  int64_t number = -1;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size() || number < 0 || number > most_steps) {
    throw Error("{}: '{}' is no number of steps in [0, {}]", source, excerpt(text), most_steps);
  }
  return number;
}

bool is_finite(const io::StoredTensor& tensor) {
  if (tensor.type != io::StoredType::F32) return true;
  return all_finite(io::floats_of(tensor, tensor.shape));
}

bool is_damaged(const io::SafetensorsView& file) {
  const auto stored = file.metadata.find(io::checksum_key);
  return stored != file.metadata.end() && stored->second != text_of_checksum(io::checksum(file));
}

void expect_sound(const io::Safetensors& file, const std::string& source) {
  const auto bad = std::ranges::find_if_not(file.tensors, is_finite);
  const std::string values = bad == file.tensors.end() ? "" : bad->name + " is not finite";
  if (is_damaged(io::view_of(file)))
    throw Error("{}: {}{}{}", source, damaged, values.empty() ? "" : "; ", values);
  if (!values.empty()) throw Error("{}: {}", source, values);
}

}  // namespace

void save_checkpoint(const std::filesystem::path& file, const Session& session, int64_t step,
                     const std::string& config, const std::string& data) {
  std::vector<io::TensorSource> tensors;
  for (const std::string& name : session.param_names()) tensors.push_back(param_source(session, name));
  add_batch_counts(tensors, step);
  Metadata metadata = {
      {format_key, format_name}, {step_key, std::to_string(step)}, {config_key, config}, {data_key, data}};
  metadata[io::checksum_key] = text_of_checksum(io::checksum(tensors, metadata));
  io::write_safetensors(file, tensors, metadata);
}

Checkpoint read_checkpoint(const std::filesystem::path& path) {
  Checkpoint checkpoint;
  checkpoint.path = path;
  checkpoint.file = io::read_safetensors(path);
  const Metadata& metadata = checkpoint.file.metadata;
  const std::string source = path.string();
  checkpoint.config = config_of(metadata, source);
  checkpoint.step = step_of(metadata_at(metadata, step_key, source), source);
  if (metadata.count(data_key) > 0) checkpoint.data = metadata.at(data_key);
  expect_sound(checkpoint.file, source);
  return checkpoint;
}

std::string read_checkpoint_config(const std::filesystem::path& file) {
  return config_of(io::read_safetensors_metadata(file), file.string());
}

void restore(Session& session, const Checkpoint& checkpoint) {
  restore_params(session, io::view_of(checkpoint.file), checkpoint.path.string(), "");
}

void read_params(Session& session, const std::filesystem::path& path, const std::string& prefix) {
  const io::MappedFile bytes(path);
  const io::SafetensorsView file = io::view_safetensors(bytes.bytes(), path.string());
  if (is_own(file.metadata) && is_damaged(file)) throw Error("{}: {}", path.string(), damaged);
  restore_params(session, file, path.string(), prefix);
}

}  // namespace cgan_jit::training
