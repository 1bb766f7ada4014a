#include "cli/checkpoint.h"

#include <charconv>

namespace cgan_jit::cli {
namespace {

constexpr const char* format_name = "cgan_jit 1";

io::TensorSource param_source(const Session& session, const std::string& name) {
  return {name, io::StoredType::F32, session.param_type(name).shape,
          [&session, name](std::span<std::byte> space) {
            session.read_param(name, {reinterpret_cast<float*>(space.data()), space.size() / sizeof(float)});
          }};
}

/// PyTorch's BatchNorm1d counts its batches in a buffer of its own and wants it when it loads its state.
void add_batch_counts(std::vector<io::TensorSource>& tensors, int64_t step) {
  constexpr std::string_view ending = "running_mean";
  for (size_t i = 0, count = tensors.size(); i < count; ++i) {
    std::string name = tensors[i].name;
    if (!name.ends_with(ending)) continue;
    name.replace(name.size() - ending.size(), ending.size(), "num_batches_tracked");
    tensors.push_back(io::source_of(io::store_integer(name, step)));
  }
}

std::string metadata_at(const io::Safetensors& file, const std::string& key, const std::string& source) {
  const auto found = file.metadata.find(key);
  if (found == file.metadata.end())
    throw Error("{}: no checkpoint of cgan_jit: its metadata lack '{}'", source, key);
  return found->second;
}

int64_t number_of(const std::string& text, const std::string& source) {
  int64_t number = -1;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size() || number < 0) {
    throw Error("{}: '{}' is no number of steps", source, text);
  }
  return number;
}

}  // namespace

std::filesystem::path save_checkpoint(const std::filesystem::path& run, const Session& session, int64_t step,
                                      const TrainConfig& config) {
  const std::map<std::string, std::string> metadata = {
      {"format", format_name}, {"step", std::to_string(step)}, {"config", to_json(config)}};
  std::vector<io::TensorSource> tensors;
  for (const std::string& name : session.param_names()) tensors.push_back(param_source(session, name));
  add_batch_counts(tensors, step);
  const std::filesystem::path folder = run / "checkpoints";
  const std::string name = fmt::format("{:06}.safetensors", step);
  io::make_folder(folder);
  io::write_safetensors(folder / name, tensors, metadata);
  io::point_link(folder / "last", name);
  return folder / name;
}

Checkpoint read_checkpoint(const std::filesystem::path& path) {
  Checkpoint checkpoint;
  checkpoint.file = io::read_safetensors(path);
  const std::string source = path.string();
  if (metadata_at(checkpoint.file, "format", source) != format_name)
    throw Error("{}: another version's checkpoint", source);
  checkpoint.step = number_of(metadata_at(checkpoint.file, "step", source), source);
  checkpoint.config = merge({layer_from_json(metadata_at(checkpoint.file, "config", source), source)});
  return checkpoint;
}

std::filesystem::path last_checkpoint(const std::filesystem::path& run) {
  const std::filesystem::path link = run / "checkpoints" / "last";
  std::error_code error;
  if (!std::filesystem::exists(link, error)) throw Error("{}: this run has no checkpoint", run.string());
  return link;
}

void restore(Session& session, const Checkpoint& checkpoint) {
  for (const std::string& name : session.param_names()) {
    session.set_param(name, io::floats_of(checkpoint.file.at(name), session.param_type(name).shape));
  }
}

}  // namespace cgan_jit::cli
